import type { ObservedMove } from '../core/observer.ts';
import { stateText } from '../core/snapshot.ts';
import { parseTraceparent } from '../core/traceparent.ts';

/** What a log line says of a durable move. Nothing of what the saga is about: no input, no result, no message of a participant's. */
export function toMoveFields({ record, move, event }: ObservedMove): object {
  const { id, tenant, definition, version, status, cause, step } = record;
  const trace = parseTraceparent(move.snapshot.state.context.traceparent);
  return {
    sagaId: id,
    tenant,
    saga: `${definition.name}@${definition.version}`,
    seq: version,
    event: event.type,
    status,
    state: stateText(move.snapshot),
    ...(step === null ? {} : { step }),
    ...('attempt' in event ? { step: event.step, op: event.op, attempt: event.attempt } : {}),
    ...(cause === null ? {} : { cause }),
    ...(status === 'failed' && record.error !== null ? { errorCode: record.error.code } : {}),
    ...('actor' in event && event.actor !== undefined ? { actor: event.actor } : {}),
    ...(trace === undefined ? {} : { traceId: trace.traceId }),
  };
}
