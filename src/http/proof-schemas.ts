import { z } from 'zod';
import { wait } from './request-schemas.ts';
import { statuses } from './saga-schemas.ts';

/** Query of `GET /definitions/:name/:version/proof`. */
export const ProofQuery = z.strictObject({
  wait: wait.meta({
    description:
      'How long to wait for a proof that is still made: `500ms`, `30s` (at most a minute). Default `10s`.',
  }),
});

const property = z.enum([
  'ends',
  'nothingLeft',
  'allDone',
  'onceEach',
  'reverseOrder',
  'noWayBack',
  'timeouts',
  'reachable',
]);

const CommandDuration = z
  .strictObject({
    attempts: z.int(),
    timeoutMs: z.number(),
    backoffsMs: z.array(z.number()).meta({ description: 'Between the attempts, at their longest.' }),
    totalMs: z.number(),
  })
  .meta({ id: 'CommandDuration' });

const Counterexample = z
  .strictObject({
    property,
    what: z.string().meta({ description: 'What is wrong in the end.' }),
    skipped: z.array(z.string()).meta({ description: 'Steps that their guards skip on this way.' }),
    story: z
      .array(
        z.strictObject({
          text: z.string(),
          attempts: z.int().meta({ description: 'How many in a row ended like this.' }),
          state: z.string().meta({ description: 'Where the saga is afterwards.' }),
        }),
      )
      .meta({ description: 'The shortest way there.' }),
  })
  .meta({ id: 'Counterexample' });

/** What was found out about a definition by trying everything that may happen to its sagas. */
export const ProofBody = z
  .strictObject({
    name: z.string(),
    version: z.int(),
    hash: z.string(),
    isSound: z.boolean().meta({ description: 'Every property holds in everything that was explored.' }),
    isComplete: z.boolean().meta({ description: 'Everything was explored, under the assumptions.' }),
    states: z.int().meta({ description: 'How many were explored.' }),
    properties: z.array(z.strictObject({ property, text: z.string(), holds: z.boolean() })),
    counterexamples: z.array(Counterexample).meta({ description: 'Of each defect the shortest.' }),
    needs: z
      .array(
        z.strictObject({
          participant: z.string(),
          guarantee: z.enum(['barrier', 'idempotent', 'plain']),
          because: z.array(z.string()),
        }),
      )
      .meta({ description: 'What participants must guarantee.' }),
    missingCompensations: z.array(
      z.strictObject({
        step: z.string(),
        why: z.string().meta({ description: 'What its author says.' }),
        isSafe: z.boolean().meta({ description: 'Nothing turns the saga back once it took effect.' }),
      }),
    ),
    durations: z.strictObject({
      forwardMs: z.number().nullable().meta({ description: '`null`: without end.' }),
      backwardMs: z.number(),
      untilKnownMs: z.number().nullable(),
      deadlineMs: z.number().nullable(),
      steps: z.array(
        z.strictObject({
          step: z.string(),
          action: CommandDuration,
          seal: CommandDuration.nullable(),
          undo: CommandDuration.nullable(),
        }),
      ),
    }),
    rollback: z
      .array(
        z.strictObject({
          step: z.string(),
          when: z.enum(['refused', 'unclear']),
          undoes: z.array(z.string()).meta({ description: 'Steps, in the order of their undos.' }),
          ends: z.enum(statuses),
          text: z.string(),
        }),
      )
      .meta({ description: 'What is undone when a step does not succeed.' }),
    assumptions: z.array(z.string()),
    unexplored: z.array(z.string()).meta({ description: 'What was not explored because a limit was hit.' }),
  })
  .meta({ id: 'Proof' });

/** The proof is still made. */
export const ProvingBody = z.strictObject({ status: z.literal('proving') }).meta({ id: 'Proving' });
