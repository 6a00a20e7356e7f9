import { z } from 'zod';
import { statuses } from './saga-schemas.ts';

const time = z.iso.datetime();

/** Faults, grouped. */
export const ErrorListBody = z
  .strictObject({
    errors: z.array(
      z
        .strictObject({
          name: z.string().meta({ description: 'The definition’s.' }),
          step: z.string(),
          op: z.enum(['do', 'undo', 'seal']),
          code: z.string(),
          message: z.string().meta({ description: 'The newest saga’s.' }),
          count: z
            .int()
            .meta({ description: 'Sagas that have it now; with `since`, those that met it since.' }),
          firstAt: time,
          lastAt: time,
          sagaIds: z.array(z.string()).meta({ description: 'The newest, at most five.' }),
        })
        .meta({ id: 'ErrorGroup' }),
    ),
  })
  .meta({ id: 'ErrorList' });

/** What people did, newest first. */
export const AuditBody = z
  .strictObject({
    entries: z.array(
      z
        .strictObject({
          sagaId: z.string(),
          action: z.string(),
          actor: z.string().nullable(),
          reason: z.string().nullable(),
          status: z.enum(statuses).meta({ description: 'What it led to.' }),
          state: z.string(),
          seq: z.int().meta({ description: 'The line of the saga’s journal.' }),
          at: time,
          data: z.record(z.string(), z.unknown()).meta({ description: 'What else was said.' }),
        })
        .meta({ id: 'AuditEntry' }),
    ),
    next: z.int().nullable().meta({ description: '`cursor` of the following page.' }),
  })
  .meta({ id: 'Audit' });

/** Shares of the sagas that came to a rest, between 0 and 1; `null`: none did. */
export const RatesBody = z
  .strictObject({
    success: z.number().nullable().meta({ description: 'Completed, of those that are closed.' }),
    compensation: z.number().nullable().meta({ description: 'Compensated, of those that are closed.' }),
    intervention: z.number().nullable().meta({
      description: 'Parked, abandoned or overridden by a person, of those that are closed or parked.',
    }),
  })
  .meta({ id: 'Rates' });

/** What this node knows of how stored sagas conform to their journals. */
const ConformanceBody = z
  .strictObject({
    isLooking: z.boolean().meta({ description: 'One node does at a time, and only that one knows.' }),
    lookedAt: time.nullable(),
    nonconformant: z.array(
      z.strictObject({
        sagaId: z.string(),
        name: z.string(),
        version: z.int().meta({ description: 'The definition’s.' }),
        kind: z.enum(['differs', 'noArrow', 'broken']),
        seq: z.int().meta({ description: 'The line of its journal that it was found at.' }),
        what: z.string(),
      }),
    ),
  })
  .meta({ id: 'Conformance' });

/** How many sagas there are, how they ended, and what this process does. */
export const StatsBody = z
  .strictObject({
    counts: z.record(z.enum(statuses), z.int()),
    rates: RatesBody,
    definitions: z.array(
      z
        .strictObject({
          name: z.string(),
          version: z.int(),
          counts: z.record(z.enum(statuses), z.int()),
          rates: RatesBody,
        })
        .meta({ id: 'DefinitionStats' }),
    ),
    metrics: z
      .strictObject({
        started: z.int(),
        transitions: z.int(),
        settled: z.partialRecord(z.enum(statuses), z.int()),
        commands: z.int(),
        active: z.int(),
        waitingCommands: z.int().meta({ description: 'Commands that wait to be sent' }),
        commit: z.strictObject({
          statements: z.int(),
          writes: z.int(),
          waiting: z.int(),
          isFailing: z.boolean(),
        }),
      })
      .exactOptional()
      .meta({ description: 'Of this process, for all tenants together: for those who may act for all.' }),
    conformance: ConformanceBody.exactOptional().meta({
      description:
        'Sagas whose stored state is not what their journals make of it, where this node looks for them.',
    }),
  })
  .meta({ id: 'Stats' });
