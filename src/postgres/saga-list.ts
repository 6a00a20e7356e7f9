import { and, desc, eq, gte, lt, sql } from 'drizzle-orm';
import { unionAll, type PgDatabase, type PgQueryResultHKT } from 'drizzle-orm/pg-core';
import type { SagaCursor, SagaFilter, SagaStatus } from '../core/store.ts';
import { sagas } from './schema.ts';

const STATUSES = [
  'running',
  'compensating',
  'completed',
  'compensated',
  'failed',
  'abandoned',
] as const satisfies readonly SagaStatus[];

/**
 * Lists sagas, newest first. Each status is newest first in the index; the database merges those that are asked for,
 * and reads no more rows than a page of each.
 */
export function listSagas(
  drizzle: PgDatabase<PgQueryResultHKT>,
  filter: SagaFilter,
  page: { readonly after?: SagaCursor; readonly limit: number },
) {
  const order = [desc(sagas.createdAt), desc(sagas.id)] as const;
  const [first, second, ...rest] = [...new Set(filter.status ?? STATUSES)].map((status) =>
    drizzle
      .select()
      .from(sagas)
      .where(matches(filter, status, page.after))
      .orderBy(...order)
      .limit(page.limit),
  );
  if (first === undefined || second === undefined) return first;
  return unionAll(first, second, ...rest)
    .orderBy(...order)
    .limit(page.limit);
}

function matches(
  { tenant, name, version, cause, since, until }: SagaFilter,
  status: SagaStatus,
  after: SagaCursor | undefined,
) {
  return and(
    eq(sagas.status, status),
    eq(sagas.tenant, tenant),
    name === undefined ? undefined : eq(sagas.name, name),
    version === undefined ? undefined : eq(sagas.definitionVersion, version),
    cause === undefined ? undefined : eq(sagas.cause, cause),
    since === undefined ? undefined : gte(sagas.createdAt, since),
    until === undefined ? undefined : lt(sagas.createdAt, until),
    after === undefined ? undefined : isBefore(after),
  );
}

/** As one comparison of rows, which the index answers by starting there. */
function isBefore({ createdAt, id }: SagaCursor) {
  return sql`(${sagas.createdAt}, ${sagas.id}) < (${sql.param(createdAt, sagas.createdAt)}, ${sql.param(id, sagas.id)})`;
}
