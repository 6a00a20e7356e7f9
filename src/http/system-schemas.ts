import { z } from 'zod';

/** A definition, as people look at it. Durations in ms. */
export const DefinitionBody = z
  .strictObject({
    name: z.string(),
    version: z.int(),
    hash: z.string().meta({ description: 'Of the generated machine’s structure.' }),
    description: z.string(),
    timeoutMs: z.number().nullable(),
    metadata: z.record(z.string(), z.unknown()),
    steps: z.array(
      z
        .strictObject({
          name: z.string(),
          kind: z.enum(['compensatable', 'pivot', 'retriable', 'readonly']),
          group: z.string().nullable().meta({ description: 'The parallel group it is a member of.' }),
          description: z.string(),
          action: z.string().meta({ description: '`participant.operation`' }),
          compensation: z.string().nullable(),
          isConditional: z.boolean(),
          onFailure: z.enum(['compensate', 'retry', 'ask']),
          onExhausted: z.enum(['compensate', 'ask']),
          timeoutMs: z.number(),
          maximumAttempts: z.int(),
        })
        .meta({ id: 'StepDefinition' }),
    ),
    signals: z
      .array(
        z.strictObject({
          name: z.string(),
          description: z.string(),
          timeoutMs: z.number().nullable().meta({ description: '`null`: it waits as long as it takes.' }),
          onTimeout: z.enum(['compensate', 'ask', 'continue']),
          isConditional: z.boolean(),
        }),
      )
      .meta({ description: 'What the saga waits for, in order.' }),
  })
  .meta({ id: 'Definition' });

/** All definitions. */
export const DefinitionListBody = z
  .strictObject({ items: z.array(DefinitionBody) })
  .meta({ id: 'DefinitionList' });

/** The newest version of a definition, and which others there are. */
export const NamedDefinitionBody = DefinitionBody.extend({ versions: z.array(z.int()) }).meta({
  id: 'NamedDefinition',
});

/** A machine as XState's configuration, without its functions. */
export const MachineBody = z
  .record(z.string(), z.json())
  .meta({ id: 'Machine', description: 'XState v5 configuration; functions are left out.' });

/** The process lives. */
export const LiveBody = z.strictObject({ status: z.literal('ok') }).meta({ id: 'Live' });

/** Whether this node can do its work, part by part. */
export const HealthBody = z
  .strictObject({
    isReady: z.boolean(),
    store: z.enum(['ok', 'failing']),
    transport: z.enum(['ok', 'disconnected']),
    lease: z.enum(['held', 'lapsed']),
    isClosing: z.boolean(),
    unrunnable: z
      .array(z.strictObject({ name: z.string(), version: z.int(), open: z.int() }))
      .exactOptional()
      .meta({
        description:
          'Definitions with open sagas that no living node has; left out where callers are asked who they are.',
      }),
  })
  .meta({ id: 'Health' });

/** Where things are. */
export const IndexBody = z
  .strictObject({ name: z.string(), links: z.record(z.string(), z.string()) })
  .meta({ id: 'Index' });

/** RFC 9457, with what went wrong as a stable `code`. */
export const ProblemBody = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string(),
    code: z.string(),
    requestId: z.string(),
    errors: z.array(z.strictObject({ path: z.string(), message: z.string() })).exactOptional(),
    legal: z
      .array(z.string())
      .exactOptional()
      .meta({ description: 'With 409: what an operator may do now.' }),
  })
  .meta({ id: 'Problem' });
