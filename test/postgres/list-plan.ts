import { drizzle } from 'drizzle-orm/postgres-js';
import type postgres from 'postgres';
import { searchDepth, type SagaFilter, type SagaTally } from '../../src/core/saga-list.ts';
import { toBranches } from '../../src/postgres/saga-branches.ts';
import { listSagas, searchSagas } from '../../src/postgres/saga-list.ts';

/** What PostgreSQL says of a query that it ran. */
export interface Ran {
  /** Server time for planning and running it; ms. */
  readonly ms: number;
  /** As `explain analyze` prints it. */
  readonly plan: string;
  readonly rows: number;
}

/** Runs the statement behind a page of a list, with `explain analyze`. The client has the store's planner settings. */
export async function explainList(
  client: postgres.Sql,
  filter: SagaFilter,
  tallies: readonly SagaTally[],
): Promise<Ran> {
  const query = { filter, branches: toBranches(filter, tallies), after: undefined, limit: 51 };
  const statement =
    filter.text === undefined
      ? listSagas(drizzle(client), query)
      : searchSagas(drizzle(client), { ...query, depth: searchDepth });
  return statement === undefined ? { ms: 0, plan: '', rows: 0 } : explain(client, statement.toSQL());
}

/** Runs a statement with `explain analyze`. */
export async function explain(
  client: postgres.Sql,
  { sql, params }: { readonly sql: string; readonly params: readonly unknown[] },
): Promise<Ran> {
  const lines = await client.unsafe(`explain (analyze, timing off) ${sql}`, [...params] as string[]).values();
  const plan = lines.flat().join('\n');
  const time = (what: string) =>
    Number(new RegExp(`${what} Time: ([\\d.]+) ms`).exec(plan)?.[1] ?? Number.NaN);
  return {
    ms: time('Planning') + time('Execution'),
    plan,
    rows: Number(/rows=(\d+) loops/.exec(plan)?.[1] ?? 0),
  };
}
