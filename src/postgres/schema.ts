import { sql } from 'drizzle-orm';
import {
  type AnyPgColumn,
  bigint,
  boolean,
  customType,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
} from 'drizzle-orm/pg-core';
import type { BatchOutcome, BatchStatus } from '../core/batch-store.ts';
import type { CauseType, DefinitionRef, SagaStatus } from '../core/store.ts';
import type { Op } from '../core/transport.ts';

/** Text that is compared: byte order is the same on every server, and cheaper than a language's. */
const key = customType<{ data: string }>({ dataType: () => 'text collate "C"' });

/** A point in time: ms since the epoch here, `timestamptz` there. */
const instant = customType<{ data: number; driverData: string | Date }>({
  dataType: () => 'timestamp (3) with time zone',
  toDriver: (value) => new Date(value).toISOString(),
  fromDriver: (value) => new Date(value).getTime(),
});

/**
 * One row per saga. An ordinary step changes only `snapshot`, `version`, `step`, `participant` and `updated_at`: no index,
 * not even an index's condition, may look at these, so that PostgreSQL can update the row in place (HOT). Hence
 * `resting_step` and `resting_participant`: what they are computed from changes at each step, they themselves only when
 * somebody takes the saga over or lets go of it, which touches the indexes anyway.
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
    participant: key(),
    errorStep: key('error_step'),
    errorOp: key('error_op').$type<Op>(),
    errorCode: key('error_code'),
    errorMessage: text('error_message'),
    errorAt: instant('error_at'),
    isOverridden: boolean('overridden').notNull().default(false),
    restingStep: key('resting_step').generatedAlwaysAs(sql`case when owner is null then left(step, 64) end`),
    restingParticipant: key('resting_participant').generatedAlwaysAs(
      sql`case when owner is null then left(participant, 64) end`,
    ),
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
    index('sagas_named').on(
      saga.name,
      saga.definitionVersion,
      saga.status,
      saga.tenant,
      saga.createdAt,
      saga.id,
    ),
    index('sagas_cause')
      .on(saga.cause, saga.status, saga.tenant, saga.createdAt, saga.id)
      .where(sql`${saga.cause} is not null`),
    index('sagas_error')
      .on(saga.errorCode, saga.status, saga.tenant, saga.createdAt, saga.id)
      .where(sql`${saga.errorCode} is not null`),
    index('sagas_fault')
      .on(saga.errorCode, saga.errorStep, saga.errorOp, saga.name, saga.tenant, saga.errorAt, saga.id)
      .where(sql`${saga.errorCode} is not null`),
    index('sagas_resting_step')
      .on(saga.restingStep, saga.status, saga.tenant, saga.createdAt, saga.id)
      .where(sql`${saga.restingStep} is not null`),
    index('sagas_resting_participant')
      .on(saga.restingParticipant, saga.status, saga.tenant, saga.createdAt, saga.id)
      .where(sql`${saga.restingParticipant} is not null`),
    index('sagas_overridden')
      .on(saga.status, saga.tenant, saga.createdAt, saga.id)
      .where(sql`${saga.isOverridden}`),
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

/** Whether a person caused an event (`personalEvents`); written out, for an index's condition has no parameters. */
export function isPersonal(type: AnyPgColumn) {
  return sql`${type} in ('cancel', 'retry', 'skip', 'compensate', 'resolve', 'decide', 'signal', 'pause', 'resume', 'migrated')`;
}

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
    // For alerts: there are few of them among many.
    index('saga_events_parked')
      .on(event.position)
      .where(sql`${event.status} = 'failed'`),
    index('saga_events_personal').on(event.tenant, event.position).where(isPersonal(event.type)),
  ],
);

/** Sagas by their business keys: written once, when a saga starts. Longer texts are cut; the saga's row has all of them. */
export const sagaAttributes = pgTable(
  'saga_attributes',
  {
    key: key().notNull(),
    value: key().notNull(),
    tenant: key().notNull(),
    createdAt: instant('created_at').notNull(),
    sagaId: key('saga_id').notNull(),
  },
  (attribute) => [
    primaryKey({
      name: 'saga_attributes_pkey',
      columns: [attribute.key, attribute.value, attribute.tenant, attribute.createdAt, attribute.sagaId],
    }),
  ],
);

/** What sagas are counted by; without a fault its texts are empty. */
const figures = {
  tenant: key().notNull(),
  name: key().notNull(),
  definitionVersion: integer('definition_version').notNull(),
  status: key().$type<SagaStatus>().notNull(),
  isOverridden: boolean('overridden').notNull(),
  errorStep: key('error_step').notNull(),
  errorOp: key('error_op').notNull(),
  errorCode: key('error_code').notNull(),
};

/** How many sagas there are of each kind, but for what `saga_tally_changes` says. */
export const sagaTallies = pgTable(
  'saga_tallies',
  { ...figures, total: bigint({ mode: 'number' }).notNull() },
  (tally) => [
    primaryKey({
      name: 'saga_tallies_pkey',
      columns: [
        tally.tenant,
        tally.name,
        tally.definitionVersion,
        tally.status,
        tally.isOverridden,
        tally.errorStep,
        tally.errorOp,
        tally.errorCode,
      ],
    }),
  ],
);

/**
 * What was added to and taken from the tallies since somebody last summed them up. Only ever inserted into by those who
 * write sagas: nobody waits for anybody there.
 */
export const sagaTallyChanges = pgTable('saga_tally_changes', { ...figures, change: integer().notNull() });

/** One row per batch of operator actions, and the node that works at it, as long as that has a lease. */
export const batches = pgTable(
  'batches',
  {
    tenant: key().notNull(),
    id: key().notNull(),
    action: text().notNull(),
    fields: text().notNull(),
    actor: text(),
    reason: text(),
    status: key().$type<BatchStatus>().notNull(),
    total: integer().notNull(),
    done: integer().notNull().default(0),
    failed: integer().notNull().default(0),
    owner: key(),
    /** What its remaining sagas need, and no node that looked at them had; null: it is worked at, or may be by any node. */
    waitsFor: jsonb('waits_for').$type<readonly DefinitionRef[]>(),
    createdAt: instant('created_at').notNull(),
    finishedAt: instant('finished_at'),
  },
  (batch) => [
    primaryKey({ name: 'batches_pkey', columns: [batch.tenant, batch.id] }),
    index('batches_newest').on(batch.tenant, batch.createdAt, batch.id),
    index('batches_running')
      .on(batch.createdAt)
      .where(sql`${batch.status} = 'running'`),
  ],
);

/** One row per saga of a batch; `outcome` is null until it is known. */
export const batchItems = pgTable(
  'batch_items',
  {
    tenant: key().notNull(),
    batchId: key('batch_id').notNull(),
    sagaId: key('saga_id').notNull(),
    outcome: key().$type<BatchOutcome>(),
    detail: text(),
  },
  (item) => [
    primaryKey({ name: 'batch_items_pkey', columns: [item.tenant, item.batchId, item.sagaId] }),
    index('batch_items_pending')
      .on(item.tenant, item.batchId, item.sagaId)
      .where(sql`${item.outcome} is null`),
    index('batch_items_refused')
      .on(item.tenant, item.batchId, item.sagaId)
      .where(sql`${item.outcome} = 'refused'`),
  ],
);

/** One row per living orchestrator process. None, or one that lapsed: whatever the node owned can be claimed. */
export const nodes = pgTable('nodes', {
  id: key().primaryKey(),
  leaseUntil: instant('lease_until').notNull(),
  /** What it can run. */
  definitions: jsonb()
    .$type<readonly DefinitionRef[]>()
    .notNull()
    .default(sql`'[]'::jsonb`),
});

/** One row per relay: up to where in the journal it has published, and the node that drives it, as long as that has a lease. */
export const relays = pgTable('relays', {
  name: key().primaryKey(),
  position: bigint({ mode: 'number' }).notNull(),
  owner: key().notNull(),
});

/** One row per definition that was ever run here: what its name and version stand for, as long as sagas are pinned to it. */
export const definitions = pgTable(
  'definitions',
  {
    name: key().notNull(),
    version: integer().notNull(),
    hash: key().notNull(),
    /** JSON, but never looked into here. */
    structure: text().notNull(),
  },
  (definition) => [primaryKey({ name: 'definitions_pkey', columns: [definition.name, definition.version] })],
);
