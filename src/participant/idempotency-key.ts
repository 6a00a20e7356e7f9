import type { BarrierCall } from '../core/barrier.ts';
import type { CommandRequest, Op } from '../core/transport.ts';

const KEY =
  /^(?<tenant>[A-Za-z0-9_-]{1,128}):(?<sagaId>[A-Za-z0-9_-]{1,128}):(?<step>[A-Za-z0-9_-]{1,64}):(?<iteration>0|[1-9]\d{0,8}):(?<generation>0|[1-9]\d{0,8}):(?<op>do|undo|seal)$/;

/**
 * The barrier's call that a command's idempotency key stands for: `<tenant>:<sagaId>:<step>:<iteration>:<generation>:<op>`.
 * `undefined` when the key has another form, or says something else than the rest of the command.
 */
export function toBarrierCall(request: CommandRequest): BarrierCall | undefined {
  const parts = KEY.exec(request.idempotencyKey)?.groups;
  if (parts === undefined) return undefined;
  const { tenant, sagaId, step, op } = request;
  const isConsistent =
    parts['tenant'] === tenant && parts['sagaId'] === sagaId && parts['step'] === step && parts['op'] === op;
  if (!isConsistent) return undefined;
  const [iteration, generation] = [Number(parts['iteration']), Number(parts['generation'])];
  return {
    participant: request.participant,
    tenant,
    sagaId,
    step,
    iteration,
    generation,
    op: op satisfies Op,
  };
}
