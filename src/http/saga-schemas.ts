import { z } from 'zod';
import type { Failure } from '../core/errors.ts';
import type { CauseType, SagaStatus } from '../core/store.ts';
import { batchActions } from '../runtime/batch-actions.ts';

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

/** A saga's fault, as it is searched for; long messages are cut. */
export const FaultBody = z
  .strictObject({
    step: z.string(),
    op: z.enum(['do', 'undo', 'seal']),
    code: z.string(),
    message: z.string(),
    at: time,
  })
  .meta({ id: 'Fault' });

/** A saga in a list. */
export const SagaSummaryBody = z
  .strictObject({
    tenant: z.string(),
    id: z.string(),
    definition: z.strictObject({ name: z.string(), version: z.int(), hash: z.string() }),
    status: z.enum(statuses),
    step: z.string().nullable().meta({ description: 'The step or parked command at hand.' }),
    participant: z
      .string()
      .nullable()
      .meta({ description: 'Whose answer is awaited, or would be asked again.' }),
    cause: z.enum(causes).nullable().meta({ description: 'Why it went backward.' }),
    error: FaultBody.nullable().meta({
      description: 'The fault that it deals with, turned back for, or waits for a person with.',
    }),
    isOverridden: z.boolean().meta({ description: 'A person overrode what the saga promises.' }),
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

const SignalBody = z
  .strictObject({
    name: z.string(),
    status: z.enum(['pending', 'awaited', 'kept', 'received', 'skipped', 'missed']),
    isHeard: z.boolean().meta({ description: 'Whether it may be sent now.' }),
  })
  .meta({ id: 'Signal' });

/** A saga with everything there is to say about it now. */
export const SagaBody = SagaSummaryBody.extend({
  state: z.string().meta({ description: 'The chart’s state, such as `running.charge.executing`.' }),
  input: z.unknown(),
  results: z.record(z.string(), z.unknown()),
  steps: z.array(StepBody),
  signals: z.array(SignalBody).meta({ description: 'What it waits for sooner or later.' }),
  paused: z
    .strictObject({ at: time, by: z.string().nullable(), reason: z.string().nullable() })
    .nullable()
    .meta({ description: 'Since when it sends no new command.' }),
  goesBackTo: z
    .string()
    .nullable()
    .meta({ description: 'The step that it goes back to, to go forward again from there.' }),
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
      why: z.enum(['refused', 'exhausted', 'engine', 'unanswered']),
      error: FailureBody.exactOptional(),
    })
    .nullable()
    .meta({ description: 'Why it waits for a person.' }),
  isLate: z.boolean(),
  legal: z.array(z.enum(batchActions)).meta({ description: 'What an operator may do now.' }),
  timers: z
    .record(z.string(), time)
    .meta({ description: 'When the chart moves by itself, by the event that does it.' }),
}).meta({ id: 'Saga' });

/** A page of sagas, newest first. */
export const SagaListBody = z
  .strictObject({
    sagas: z.array(SagaSummaryBody),
    next: z
      .string()
      .nullable()
      .meta({ description: '`cursor` of the following page. A search may lead on from an empty one.' }),
    counts: z.record(z.enum(statuses), z.int()).exactOptional().meta({
      description:
        'How many match in each status, whichever of them were asked for; on first pages, where every filter is counted (name, version, error, overridden).',
    }),
  })
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
