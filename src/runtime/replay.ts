import { NotFoundError } from '../core/errors.ts';
import type { SagaSnapshot } from '../core/snapshot.ts';
import type { JournalRow, SagaRecord } from '../core/store.ts';
import { advance, begin, type SagaEvent, type SagaLogic } from '../core/transition.ts';

/**
 * The snapshot after the given journal rows, computed anew by the pure machine: the same events at the same times give
 * the same snapshot. Throws `NotFoundError` when there are no rows, or one has no arrow in this definition.
 */
export function replay(
  logic: SagaLogic,
  record: Pick<SagaRecord, 'id' | 'deadlineAt'>,
  rows: readonly JournalRow[],
): SagaSnapshot {
  const [first, ...others] = rows;
  if (first === undefined) throw new NotFoundError(`saga '${record.id}' has no journal`);
  const { input } = JSON.parse(first.data) as { readonly input: unknown };
  let { snapshot } = begin(logic, { id: record.id, input, now: first.at });
  for (const row of others) {
    const event = { ...(JSON.parse(row.data) as object), type: row.type } as SagaEvent;
    const move = advance(logic, snapshot, event, { now: row.at, deadline: record.deadlineAt ?? undefined });
    if (move === undefined)
      throw new NotFoundError(
        `saga '${record.id}': the chart has no arrow for '${row.type}' at journal position ${row.seq}`,
      );
    ({ snapshot } = move);
  }
  return snapshot;
}
