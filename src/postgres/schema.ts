import { sql } from 'drizzle-orm';
import {
  bigint,
  customType,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
} from 'drizzle-orm/pg-core';
import type { CauseType, SagaStatus } from '../core/store.ts';

/** Text that is compared: byte order is the same on every server, and cheaper than a language's. */
const key = customType<{ data: string }>({ dataType: () => 'text collate "C"' });

/** A point in time: ms since the epoch here, `timestamptz` there. */
const instant = customType<{ data: number; driverData: string | Date }>({
  dataType: () => 'timestamp (3) with time zone',
  toDriver: (value) => new Date(value).toISOString(),
  fromDriver: (value) => new Date(value).getTime(),
});

/**
 * One row per saga. An ordinary step changes only `snapshot`, `version`, `step` and `updated_at`: no index, not even an
 * index's condition, may look at these, so that PostgreSQL can update the row in place (HOT).
 * Only the primary key begins with `tenant`: with a second such index, a plan made while the table was empty may take that
 * one, and then reads all sagas of the tenant at each write until the next ANALYZE.
 */
export const sagas = pgTable(
  'sagas',
  {
    tenant: key().notNull(),
    id: key().notNull(),
    name: key().notNull(),
    definitionVersion: integer('definition_version').notNull(),
    hash: key().notNull(),
    status: key().$type<SagaStatus>().notNull(),
    /** JSON, but never looked into: as text it costs the server half of what jsonb would. */
    snapshot: text().notNull(),
    version: integer().notNull(),
    epoch: integer().notNull(),
    claims: integer().notNull().default(0),
    owner: key(),
    dueAt: instant('due_at'),
    deadlineAt: instant('deadline_at'),
    cause: key().$type<CauseType>(),
    step: text(),
    attributes: jsonb().$type<Readonly<Record<string, string>>>().notNull(),
    hooks: text(),
    idempotencyKey: key('idempotency_key'),
    requestHash: text('request_hash').notNull(),
    createdAt: instant('created_at').notNull(),
    updatedAt: instant('updated_at').notNull(),
    closedAt: instant('closed_at'),
  },
  (saga) => [
    primaryKey({ name: 'sagas_pkey', columns: [saga.tenant, saga.id] }),
    index('sagas_newest').on(saga.status, saga.tenant, saga.createdAt, saga.id),
    uniqueIndex('sagas_idempotency_key')
      .on(saga.idempotencyKey, saga.tenant)
      .where(sql`${saga.idempotencyKey} is not null`),
    index('sagas_due')
      .on(saga.dueAt)
      .where(sql`${saga.owner} is null and ${saga.dueAt} is not null`),
    index('sagas_owner')
      .on(saga.owner)
      .where(sql`${saga.owner} is not null`),
  ],
);

/** The journal: one row per transition, only ever appended to. */
export const sagaEvents = pgTable(
  'saga_events',
  {
    tenant: key().notNull(),
    sagaId: key('saga_id').notNull(),
    seq: integer().notNull(),
    type: text().notNull(),
    data: text().notNull(),
    status: key().$type<SagaStatus>().notNull(),
    state: text().notNull(),
    at: instant().notNull(),
    txId: key('tx_id').notNull(),
    /**
     * The order for those who read the whole journal. Given out before the commit, so a reader may see 7 before 6: see
     * `readJournal` for when a gap is final.
     */
    position: bigint({ mode: 'number' }).generatedAlwaysAsIdentity().notNull(),
  },
  (event) => [
    primaryKey({ name: 'saga_events_pkey', columns: [event.tenant, event.sagaId, event.seq] }),
    index('saga_events_position').on(event.position),
  ],
);

/** One row per living orchestrator process. None, or one that lapsed: whatever the node owned can be claimed. */
export const nodes = pgTable('nodes', {
  id: key().primaryKey(),
  leaseUntil: instant('lease_until').notNull(),
});

/** One row per relay: up to where in the journal it has published, and the node that drives it, as long as that has a lease. */
export const relays = pgTable('relays', {
  name: key().primaryKey(),
  position: bigint({ mode: 'number' }).notNull(),
  owner: key().notNull(),
});
