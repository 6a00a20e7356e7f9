import { searchDepth, type SagaCursor, type SagaFilter, type SagaSlice } from '../core/saga-list.ts';
import type { FaultKind, SagaTally } from '../core/saga-list.ts';
import type { Database } from './database.ts';
import { isTallied, toBranches } from './saga-branches.ts';
import { listSagas, readSagas, searchSagas } from './saga-list.ts';
import { toRecord } from './saga-row.ts';
import type { sagas } from './schema.ts';
import { TALLIES } from './tally-statement.ts';

interface TallyRow extends Omit<SagaTally, 'error'>, FaultKind {}

/** See `SagaStore.list`. `depth`: how many sagas a search through texts looks at. */
export async function findSagas(
  database: Database,
  filter: SagaFilter,
  {
    after,
    limit,
    depth = searchDepth,
  }: { readonly after?: SagaCursor; readonly limit: number; readonly depth?: number },
): Promise<SagaSlice> {
  const tallies = isTallied(filter) ? await readTallies(database, filter.tenant) : [];
  const query = { filter, branches: toBranches(filter, tallies), after, limit: limit + 1 };
  if (filter.text === undefined)
    return toSlice((await listSagas(database.drizzle, query)) ?? [], limit, null);
  const seen = (await searchSagas(database.drizzle, { ...query, depth })) ?? [];
  const hits = seen.filter(({ isHit }) => isHit).map(({ id }) => id);
  const rows = hits.length === 0 ? [] : await readSagas(database.drizzle, filter.tenant, hits);
  const last = seen.find((row) => row.seen === depth);
  return toSlice(rows, limit, last === undefined ? null : { createdAt: last.createdAt, id: last.id });
}

/** See `SagaStore.tallies`. */
export async function readTallies(database: Database, tenant: string): Promise<readonly SagaTally[]> {
  const rows = await database.query<TallyRow>(TALLIES, [tenant]);
  return rows.map(({ step, op, code, ...tally }) => ({
    ...tally,
    error: code === '' ? null : { step, op, code },
  }));
}

/** A page of rows, of which there is one more than asked for if the list goes on; `end`: where a search ended. */
function toSlice(
  rows: readonly (typeof sagas.$inferSelect)[],
  limit: number,
  end: SagaCursor | null,
): SagaSlice {
  const records = rows.slice(0, limit).map(toRecord);
  const last = records.at(-1);
  const next = rows.length > limit && last !== undefined ? { createdAt: last.createdAt, id: last.id } : end;
  return { records, next };
}
