import { and, desc, eq, exists, gte, inArray, lt, not, or, type SQL, sql } from 'drizzle-orm';
import { unionAll, type PgDatabase, type PgQueryResultHKT } from 'drizzle-orm/pg-core';
import { type SagaCursor, type SagaFilter, searchWords } from '../core/saga-list.ts';
import { sagaAttributes, sagas } from './schema.ts';

type Drizzle = PgDatabase<PgQueryResultHKT>;

/** Which part of which list. */
export interface ListQuery {
  readonly filter: SagaFilter;
  /** Conditions under which sagas lie newest first in an index (`toBranches`). */
  readonly branches: readonly SQL[];
  readonly after: SagaCursor | undefined;
  readonly limit: number;
}

/**
 * Lists sagas, newest first: the database merges the branches, and reads no more rows than a page of each. `undefined`:
 * nothing can match.
 */
export function listSagas(drizzle: Drizzle, { filter, branches, after, limit }: ListQuery) {
  const [first, second, ...rest] = branches.map((branch) =>
    drizzle
      .select()
      .from(sagas)
      .where(and(branch, matches(drizzle, filter, after)))
      .orderBy(...newestFirst)
      .limit(limit),
  );
  if (first === undefined || second === undefined) return first;
  return unionAll(first, second, ...rest)
    .orderBy(...newestFirst)
    .limit(limit);
}

/**
 * Finds sagas whose fault's texts match, among the newest `depth` that match everything else. The last of those comes, too,
 * as `isHit: false` if it does not match: that is how far the search came. They come as the branches have them: they are
 * not sorted again, so that the database stops at a full page.
 */
export function searchSagas(
  drizzle: Drizzle,
  { filter, branches, after, limit, depth }: ListQuery & { readonly depth: number },
) {
  const { id, createdAt, errorCode, errorMessage, errorStep } = sagas;
  const text = sql`lower(concat_ws(' ', ${errorCode}, ${errorMessage}, ${errorStep}))`;
  const words = searchWords(filter.text ?? '').map((word) => sql`position(${word} in ${text}) > 0`);
  const isHit = sql<boolean>`${and(...words) ?? sql`true`}`.as('is_hit');
  const [first, second, ...rest] = branches.map((branch) =>
    drizzle
      .select({ id, createdAt, isHit })
      .from(sagas)
      .where(and(branch, matches(drizzle, filter, after)))
      .orderBy(...newestFirst)
      .limit(depth),
  );
  if (first === undefined) return undefined;
  const merged =
    second === undefined
      ? first
      : unionAll(first, second, ...rest)
          .orderBy(...newestFirst)
          .limit(depth);
  const newest = merged.as('newest');
  const seen = sql<number>`row_number() over ()`.mapWith(Number).as('seen');
  const looked = drizzle
    .select({ id: newest.id, createdAt: newest.createdAt, isHit: newest.isHit, seen })
    .from(newest)
    .as('looked');
  return drizzle
    .select()
    .from(looked)
    .where(or(looked.isHit, eq(looked.seen, depth)))
    .limit(limit);
}

/** Sagas of a tenant by their ids, newest first. */
export function readSagas(drizzle: Drizzle, tenant: string, ids: readonly string[]) {
  return drizzle
    .select()
    .from(sagas)
    .where(and(eq(sagas.tenant, tenant), inArray(sagas.id, [...ids])))
    .orderBy(...newestFirst);
}

const newestFirst = [desc(sagas.createdAt), desc(sagas.id)] as const;

function matches(
  drizzle: Drizzle,
  { tenant, cause, error, attributes, overridden, since, until }: SagaFilter,
  after: SagaCursor | undefined,
) {
  return and(
    eq(sagas.tenant, tenant),
    cause === undefined ? undefined : eq(sagas.cause, cause),
    error === undefined ? undefined : eq(sagas.errorCode, error),
    overridden === undefined ? undefined : overridden ? sql`${sagas.isOverridden}` : not(sagas.isOverridden),
    since === undefined ? undefined : gte(sagas.createdAt, since),
    until === undefined ? undefined : lt(sagas.createdAt, until),
    after === undefined ? undefined : isBefore(after),
    ...Object.entries(attributes ?? {}).flatMap(([key, value]) => hasAttribute(drizzle, key, value)),
  );
}

/** Looked up by what there is room for in an index, and then compared in full. */
function hasAttribute(drizzle: Drizzle, key: string, value: string): readonly SQL[] {
  const isSame = and(
    eq(sagaAttributes.key, sql`left(${key}, 64)`),
    eq(sagaAttributes.value, sql`left(${value}, 256)`),
    eq(sagaAttributes.tenant, sagas.tenant),
    eq(sagaAttributes.createdAt, sagas.createdAt),
    eq(sagaAttributes.sagaId, sagas.id),
  );
  return [
    exists(drizzle.select({ key: sagaAttributes.key }).from(sagaAttributes).where(isSame)),
    sql`${sagas.attributes} ->> ${key} = ${value}`,
  ];
}

/** As one comparison of rows, which the index answers by starting there. */
function isBefore({ createdAt, id }: SagaCursor) {
  return sql`(${sagas.createdAt}, ${sagas.id}) < (${sql.param(createdAt, sagas.createdAt)}, ${sql.param(id, sagas.id)})`;
}
