import type { Logger } from '../core/logger.ts';
import type { EngineObserver } from '../core/observer.ts';
import { parseTraceparent } from '../core/traceparent.ts';

/** Logs what this node sends again for nodes that are gone: each command for debugging, how many there were as news. */
export function createTakeoverLog(logger: Logger): EngineObserver {
  let resent = 0;
  const tell = () => {
    logger.info({ commands: resent }, 'took over sagas of another node: what they awaited was sent again');
    resent = 0;
  };
  return {
    sending(request, isResent) {
      if (!isResent) return undefined;
      const { sagaId, tenant, sagaName: saga, step, op, attempt, traceparent } = request;
      const traceId = parseTraceparent(traceparent)?.traceId;
      const fields = {
        sagaId,
        tenant,
        saga,
        step,
        op,
        attempt,
        ...(traceId === undefined ? {} : { traceId }),
      };
      logger.debug(fields, 'a command was sent again');
      resent += 1;
      // All that one claim brought is one line.
      if (resent === 1) queueMicrotask(tell);
      return undefined;
    },
  };
}
