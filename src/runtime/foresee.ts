import type { SagaRecord } from '../core/store.ts';
import { parseSnapshot } from '../core/snapshot.ts';
import type { SagaEvent, SagaLogic } from '../core/transition.ts';
import { decide, type Decision } from './decide.ts';

/** What is asked of a saga, and, where it matters, of which version of it. */
interface Asked {
  readonly event: SagaEvent;
  readonly ifVersion: number | undefined;
}

/**
 * Throws what a saga's row says already to a request, at `now` (ms since the epoch). A node whose request is refused must
 * not take the saga from the one that drives it: what is under way there would be asked again, for nothing.
 */
export function throwForeseen(logic: SagaLogic, record: SagaRecord, asked: Asked, now: number): void {
  const decision = foreseen(logic, record, asked, Math.max(now, record.updatedAt));
  if (decision?.type === 'refused') throw decision.error;
}

/** What cannot be read, or whose definition throws, is dealt with where the saga is driven. */
function foreseen(
  logic: SagaLogic,
  record: SagaRecord,
  { event, ifVersion }: Asked,
  now: number,
): Decision | undefined {
  try {
    const snapshot = parseSnapshot(logic.machine, record.snapshot);
    return decide(
      { logic, record, snapshot },
      { event, ...(ifVersion === undefined ? {} : { ifVersion }) },
      now,
    );
  } catch {
    return undefined;
  }
}
