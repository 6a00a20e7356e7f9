import { z } from 'zod';
import { batchActions } from '../runtime/batch-actions.ts';
import { keyHeader } from './request-schemas.ts';
import { statuses } from './saga-schemas.ts';

/** Every operator action. */
export const actions = batchActions;

/** Headers of an operator's action. */
export const ActionHeaders = z
  .object({
    'if-match': z
      .string()
      .regex(/^(?:\*|(?:W\/)?"\d{1,15}")$/, 'use the ETag of the saga, such as "3"')
      .exactOptional()
      .meta({ description: 'Refuse unless the saga is at this version.' }),
    'idempotency-key': keyHeader.meta({
      description: 'The same key with the same action on the same saga acts once.',
    }),
  })
  .transform(({ 'if-match': tag = '*', 'idempotency-key': key }) => ({
    ...(tag === '*' ? {} : { ifVersion: Number(tag.replaceAll(/\D/g, '')) }),
    ...(key === undefined ? {} : { idempotencyKey: key }),
  }));

const result = z.json().exactOptional().meta({ description: 'Stands in for the step’s result.' });
const as = z
  .enum(['succeeded', 'refused', 'abandoned'])
  .meta({ description: 'How the parked command really ended, or that the saga is closed as it is.' });
const choice = z.enum(['retry', 'skip', 'compensate']).meta({ description: 'What is done about it.' });
const input = z.json().exactOptional().meta({ description: 'The command’s input from now on.' });
const to = z.string().max(64).exactOptional().meta({
  description: 'The step to go back to: it is undone with all behind it, and run again from there.',
});
const name = z.string().min(1).max(64).meta({ description: 'The name of the wait in the definition.' });
const data = z.json().exactOptional().meta({ description: 'What the definition’s schema for it accepts.' });

/** Body of `cancel`, `pause` and `resume`. */
export const Action = z
  .strictObject({
    reason: z.string().max(1_000).exactOptional().meta({ description: 'Why; kept in the journal.' }),
    actor: z.string().max(200).exactOptional().meta({ description: 'Who; kept in the journal.' }),
  })
  .meta({ id: 'Action' });

/** Body of `retry`. */
export const RetryAction = Action.extend({ input }).meta({ id: 'RetryAction' });

/** Body of `skip`. */
export const SkipAction = Action.extend({ result }).meta({ id: 'SkipAction' });

/** Body of `compensate`. */
export const CompensateAction = Action.extend({ to }).meta({ id: 'CompensateAction' });

/** Body of `resolve`. */
export const ResolveAction = SkipAction.extend({ as }).meta({ id: 'ResolveAction' });

/** Body of `decide`. */
export const DecideAction = Action.extend({ choice }).meta({ id: 'DecideAction' });

/** Body of `signal`. */
export const SignalAction = Action.extend({ name, data }).meta({ id: 'SignalAction' });

/** Body of `preview`: an action, and what goes with it. */
export const PreviewRequest = z
  .discriminatedUnion('action', [
    z.strictObject({ action: z.literal('cancel') }),
    z.strictObject({ action: z.literal('retry'), input }),
    z.strictObject({ action: z.literal('skip'), result }),
    z.strictObject({ action: z.literal('compensate'), to }),
    z.strictObject({ action: z.literal('resolve'), as, result }),
    z.strictObject({ action: z.literal('decide'), choice }),
    z.strictObject({ action: z.literal('signal'), name, data }),
    z.strictObject({ action: z.literal('pause') }),
    z.strictObject({ action: z.literal('resume') }),
  ])
  .meta({ id: 'PreviewRequest' });

const StateBody = z.strictObject({ status: z.enum(statuses), state: z.string() });

/** What an action would do. */
export const PreviewBody = z
  .strictObject({
    action: z.enum(actions),
    legal: z.boolean(),
    refusal: z.string().nullable().meta({ description: 'Why it is not legal.' }),
    from: StateBody,
    to: StateBody.nullable(),
    commands: z
      .array(
        z.strictObject({
          step: z.string(),
          op: z.enum(['do', 'undo', 'seal']),
          participant: z.string(),
          operation: z.string(),
          attempt: z.int(),
          input: z.unknown(),
          error: z.unknown().exactOptional().meta({ description: 'The definition’s own code threw.' }),
        }),
      )
      .meta({ description: 'What is sent at once; of a paused saga nothing, until it is resumed.' }),
    undo: z.array(z.string()).meta({ description: 'Steps whose effects will be undone, in order.' }),
    next: z.array(z.string()).meta({ description: 'Steps that will run, unless a guard skips them.' }),
    overridden: z.boolean(),
    legalActions: z.array(z.enum(actions)),
    version: z.int().meta({ description: 'Of the saga that was looked at; for `If-Match`.' }),
  })
  .meta({ id: 'Preview' });
