import { NotFoundError } from '../core/errors.ts';
import { replayed } from '../core/replayed.ts';
import type { SagaSnapshot } from '../core/snapshot.ts';
import type { JournalRow, SagaRecord } from '../core/store.ts';
import type { SagaLogic } from '../core/transition.ts';

/**
 * The snapshot after the given journal rows, computed anew by the pure machine: the same events at the same times give
 * the same snapshot. Throws `NotFoundError` when there are no rows, or one has no arrow in this definition.
 */
export function replay(
  logic: SagaLogic,
  record: Pick<SagaRecord, 'id' | 'deadlineAt'>,
  rows: readonly JournalRow[],
): SagaSnapshot {
  let snapshot: SagaSnapshot | undefined;
  for (const { move } of replayed(logic, record, rows)) ({ snapshot } = move);
  if (snapshot === undefined) throw new NotFoundError(`saga '${record.id}' has no journal`);
  return snapshot;
}
