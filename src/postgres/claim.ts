import { and, eq, getTableColumns, isNull, lte, or, sql } from 'drizzle-orm';
import { unionAll, type PgDatabase, type PgQueryResultHKT } from 'drizzle-orm/pg-core';
import type { DefinitionRef, SagaKey } from '../core/store.ts';
import { nodes, sagas } from './schema.ts';

/** What a claim asks for; at least one definition. */
export interface ClaimOptions {
  readonly node: string;
  readonly limit: number;
  readonly definitions: readonly DefinitionRef[];
}

/** Nothing is left to do for a closed saga, unless hooks wait. */
const hasWork = sql`(${sagas.closedAt} is null or ${sagas.hooks} is not null)`;

/**
 * Owners without a living lease. One index lookup for each owner there is, however many sagas they own.
 * `now()`, not `clock_timestamp()`: only what stands still during a statement can be looked up in an index.
 */
const deadOwners = sql`array(
  with recursive owners (id) as (
    select min(owner) from sagas where owner is not null
    union all
    select (select min(owner) from sagas where owner > owners.id) from owners where owners.id is not null
  )
  select owners.id from owners
  where owners.id is not null and not exists (select from ${nodes} where ${nodes.id} = owners.id and ${nodes.leaseUntil} > now())
)`;

/** Takes over due sagas, then those of dead owners, leaving out what others are claiming at this moment. */
export function claimSagas(
  drizzle: PgDatabase<PgQueryResultHKT>,
  { node, limit, definitions }: ClaimOptions,
) {
  const key = { tenant: sagas.tenant, id: sagas.id };
  const isKnown = or(...definitions.map(isOf));
  const isDue = and(isNull(sagas.owner), lte(sagas.dueAt, sql`now()`), hasWork, isKnown);
  const isOrphan = and(sql`${sagas.owner} = any(${deadOwners})`, hasWork, isKnown);
  const due = drizzle
    .$with('due')
    .as(
      drizzle
        .select(key)
        .from(sagas)
        .where(isDue)
        .orderBy(sagas.dueAt)
        .limit(limit)
        .for('update', { skipLocked: true }),
    );
  const orphans = drizzle
    .$with('orphans')
    .as(drizzle.select(key).from(sagas).where(isOrphan).limit(limit).for('update', { skipLocked: true }));
  const picked = drizzle
    .$with('picked')
    .as(unionAll(drizzle.select().from(due), drizzle.select().from(orphans)).limit(limit));
  return drizzle
    .with(due, orphans, picked)
    .update(sagas)
    .set(takenBy(node))
    .from(picked)
    .where(and(eq(sagas.tenant, picked.tenant), eq(sagas.id, picked.id)))
    .returning(getTableColumns(sagas));
}

/** Takes over one saga, whoever has it. */
export function claimSaga(drizzle: PgDatabase<PgQueryResultHKT>, { tenant, id }: SagaKey, node: string) {
  return drizzle
    .update(sagas)
    .set(takenBy(node))
    .where(and(eq(sagas.tenant, tenant), eq(sagas.id, id), hasWork))
    .returning();
}

/** The version stays: it is the journal's length. The epoch alone makes the former owner's writes stale. */
function takenBy(node: string) {
  return { owner: node, epoch: sql`${sagas.epoch} + 1`, claims: sql`${sagas.claims} + 1` };
}

function isOf({ name, version, hash }: DefinitionRef) {
  return and(eq(sagas.name, name), eq(sagas.definitionVersion, version), eq(sagas.hash, hash));
}
