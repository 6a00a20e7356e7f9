import { z } from 'zod';
import type { Failure } from '../core/errors.ts';
import type { CauseType, SagaStatus } from '../core/store.ts';

/** Every status, in the order of a saga's life. */
export const statuses = [
  'running',
  'compensating',
  'completed',
  'compensated',
  'failed',
  'abandoned',
] as const satisfies readonly SagaStatus[];

/** Every cause of going backward. */
export const causes = [
  'stepFailed',
  'cancelled',
  'timedOut',
  'operator',
] as const satisfies readonly CauseType[];

const time = z.iso.datetime();
const stepKinds = ['compensatable', 'pivot', 'retriable', 'readonly'] as const;
const actions = ['cancel', 'retry', 'skip', 'compensate', 'resolve'] as const;

/** An error as it is journaled. */
export const FailureBody: z.ZodType<Failure> = z
  .strictObject({
    code: z.string(),
    category: z
      .enum(['validation', 'timeout', 'network', 'service', 'data', 'system', 'business', 'compensation'])
      .exactOptional(),
    message: z.string(),
    details: z.unknown().exactOptional(),
    get cause(): z.ZodExactOptional<z.ZodType<Failure>> {
      return z.exactOptional(FailureBody);
    },
  })
  .meta({ id: 'Failure' });

/** A saga in a list. */
export const SagaSummaryBody = z
  .strictObject({
    tenant: z.string(),
    id: z.string(),
    definition: z.strictObject({ name: z.string(), version: z.int(), hash: z.string() }),
    status: z.enum(statuses),
    step: z.string().nullable().meta({ description: 'The step or parked command at hand.' }),
    cause: z.enum(causes).nullable().meta({ description: 'Why it went backward.' }),
    attributes: z.record(z.string(), z.string()),
    version: z.int().meta({ description: 'Grows by one with each transition; the ETag.' }),
    createdAt: time,
    updatedAt: time,
    closedAt: time.nullable(),
    deadlineAt: time.nullable(),
  })
  .meta({ id: 'SagaSummary' });

const StepBody = z
  .strictObject({
    name: z.string(),
    kind: z.enum(stepKinds),
    status: z.enum(['pending', 'running', 'completed', 'failed', 'compensating', 'compensated', 'skipped']),
    inDoubt: z.boolean().meta({ description: 'The action may have had an effect that nobody confirmed.' }),
    attempts: z.int(),
    undoAttempts: z.int(),
    result: z.unknown().exactOptional(),
    error: FailureBody.exactOptional(),
  })
  .meta({ id: 'Step' });

/** A saga with everything there is to say about it now. */
export const SagaBody = SagaSummaryBody.extend({
  state: z.string().meta({ description: 'The chart’s state, such as `running.charge.executing`.' }),
  input: z.unknown(),
  results: z.record(z.string(), z.unknown()),
  steps: z.array(StepBody),
  causedBy: z
    .strictObject({
      type: z.enum(causes),
      step: z.string().exactOptional(),
      error: FailureBody.exactOptional(),
      actor: z.string().exactOptional(),
      reason: z.string().exactOptional(),
    })
    .nullable(),
  parked: z
    .strictObject({
      command: z.string(),
      why: z.enum(['refused', 'exhausted', 'engine']),
      error: FailureBody.exactOptional(),
    })
    .nullable()
    .meta({ description: 'Why it waits for a person.' }),
  isOverridden: z.boolean(),
  isLate: z.boolean(),
  legal: z.array(z.enum(actions)).meta({ description: 'What an operator may do now.' }),
  timers: z
    .record(z.string(), time)
    .meta({ description: 'When the chart moves by itself, by the event that does it.' }),
}).meta({ id: 'Saga' });

/** A page of sagas, newest first. */
export const SagaListBody = z
  .strictObject({ items: z.array(SagaSummaryBody), nextCursor: z.string().nullable() })
  .meta({ id: 'SagaList' });

/** A page of a saga's journal, oldest first. */
export const HistoryBody = z
  .strictObject({
    items: z.array(
      z
        .strictObject({
          seq: z.int().meta({ description: 'Counts from 1, without gaps.' }),
          type: z.string(),
          status: z.enum(statuses),
          state: z.string(),
          at: time,
          data: z.record(z.string(), z.unknown()).meta({ description: 'The event, without its type.' }),
        })
        .meta({ id: 'JournalEntry' }),
    ),
    nextAfter: z.int().nullable().meta({ description: '`after` of the following page.' }),
  })
  .meta({ id: 'History' });

/** What XState persists, and the timers; times in ms since the epoch. */
export const SnapshotBody = z
  .looseObject({
    status: z.enum(['active', 'done']),
    value: z.unknown(),
    context: z.record(z.string(), z.unknown()),
    timers: z.record(z.string(), z.number()),
  })
  .meta({
    id: 'Snapshot',
    description: 'Fit for XState’s `createActor(machine, { snapshot })`; timers in ms since the epoch.',
  });
