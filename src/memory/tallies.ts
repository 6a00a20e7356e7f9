import type { FaultFilter, FaultGroup, SagaTally } from '../core/saga-list.ts';
import type { SagaRecord, SagaStatus } from '../core/store.ts';

/** How many of some sagas there are, by status. */
export function toCounts(records: readonly SagaRecord[]): Readonly<Partial<Record<SagaStatus, number>>> {
  const counts: Partial<Record<SagaStatus, number>> = {};
  for (const { status } of records) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

/** How many of some sagas there are, by everything they are counted by. */
export function toTallies(records: readonly SagaRecord[]): readonly SagaTally[] {
  const tallies = new Map<string, SagaTally>();
  for (const { definition, status, isOverridden, error: fault } of records) {
    const { name, version } = definition;
    const error = fault === null ? null : { step: fault.step, op: fault.op, code: fault.code };
    const key = JSON.stringify([name, version, status, isOverridden, error]);
    const count = (tallies.get(key)?.count ?? 0) + 1;
    tallies.set(key, { name, version, status, isOverridden, error, count });
  }
  return [...tallies.values()];
}

interface Faulty extends SagaRecord {
  readonly error: NonNullable<SagaRecord['error']>;
}

/** Some sagas' faults, grouped; those of most sagas first. */
export function toFaults(
  records: readonly SagaRecord[],
  { name, since = 0, limit }: FaultFilter,
): readonly FaultGroup[] {
  const isWanted = (record: SagaRecord): record is Faulty =>
    record.error !== null &&
    record.error.at >= since &&
    (name === undefined || record.definition.name === name);
  const groups = new Map<string, Faulty[]>();
  for (const record of records.filter(isWanted)) {
    const { step, op, code } = record.error;
    const key = JSON.stringify([record.definition.name, step, op, code]);
    groups.set(key, [...(groups.get(key) ?? []), record]);
  }
  return [...groups.values()]
    .flatMap(toGroup)
    .toSorted((a, b) => b.count - a.count || b.lastAt - a.lastAt)
    .slice(0, limit);
}

function toGroup(sagas: readonly Faulty[]): readonly FaultGroup[] {
  const newest = sagas.toSorted((a, b) => b.error.at - a.error.at || (a.id < b.id ? 1 : -1));
  const [last] = newest;
  const first = newest.at(-1);
  if (last === undefined || first === undefined) return [];
  const { step, op, code, message, at } = last.error;
  return [
    {
      name: last.definition.name,
      step,
      op,
      code,
      count: sagas.length,
      message,
      firstAt: first.error.at,
      lastAt: at,
      sagaIds: newest.slice(0, 5).map(({ id }) => id),
    },
  ];
}
