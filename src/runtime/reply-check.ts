import { type Command, stepNamed } from '../core/command.ts';
import { toFailure } from '../core/errors.ts';
import { toJson, validate } from '../core/schema.ts';
import type { SagaPlan } from '../core/steps.ts';
import type { Reply } from '../core/transport.ts';

/** Refusals of our own, before anything was sent: of a seal they are not the participant's word. */
const unsent: readonly string[] = ['input_threw', 'invalid_request', 'oversize'];

/**
 * A reply as the chart may see it. A result that does not fit the step's schema is no answer: the effect may exist, and
 * asking again brings the same. Whether an action or a seal: both bring the action's result.
 */
export function checkReply(plan: SagaPlan, command: Command, reply: Reply): Reply | Promise<Reply> {
  if (command.op === 'seal' && reply.type === 'refused' && unsent.includes(reply.error.code))
    return { ...reply, type: 'lost', retryable: false };
  const schema = stepNamed(plan, command.step).reply;
  if (schema === undefined || command.op === 'undo' || reply.type !== 'succeeded') return reply;
  const what = `the reply to '${command.name}'`;
  return validate(schema, reply.result, what)
    .then((result): Reply => ({ type: 'succeeded', result: toJson(result, what) }))
    .catch((error: unknown): Reply => ({
      type: 'lost',
      error: { ...toFailure(error), code: 'invalid_reply' },
      retryable: false,
    }));
}
