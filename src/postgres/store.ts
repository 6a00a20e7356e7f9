import { and, asc, eq, gt, sql } from 'drizzle-orm';
import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core';
import type { AuditEntry, AuditFilter } from '../core/audit.ts';
import type { BatchStore } from '../core/batch-store.ts';
import type { CensusStore } from '../core/census.ts';
import { StorageUnavailableError } from '../core/errors.ts';
import type { FaultFilter, FaultGroup } from '../core/saga-list.ts';
import type {
  DefinitionRef,
  JournalEntry,
  JournalRow,
  PinnedDefinition,
  SagaCursor,
  SagaFilter,
  SagaKey,
  SagaRecord,
  SagaRelease,
  SagaSlice,
  SagaStatus,
  SagaStore,
  SagaTally,
  SagaWrite,
} from '../core/store.ts';
import { listAudit } from './audit-list.ts';
import { createBatchTable } from './batch-table.ts';
import { CensusReader } from './census.ts';
import { claimSaga, claimSagas, type ClaimOptions } from './claim.ts';
import {
  COMMIT,
  COMMITTED,
  RELEASE,
  toCommitInput,
  toCommittedInput,
  toReleaseInput,
} from './commit-statement.ts';
import type { Database } from './database.ts';
import { PIN_DEFINITIONS } from './definition-statement.ts';
import { DELETE_CLOSED, DELETE_SAGA } from './delete-statement.ts';
import { FAULTS } from './fault-list.ts';
import { findSagas, readTallies } from './find-sagas.ts';
import { JournalReader } from './journal-reader.ts';
import { RENEW_LEASE } from './lease-statement.ts';
import { ADVANCE_RELAY, CLAIM_RELAY, OWN_RELAY, RELEASE_RELAY, REWIND_RELAY } from './relay-statement.ts';
import { toRecord } from './saga-row.ts';
import { nodes, sagaEvents, sagas } from './schema.ts';
import { toStorageError } from './storage-error.ts';
import { TallyFolder } from './tally-folder.ts';
import { COUNTS } from './tally-statement.ts';

/** Sagas in PostgreSQL. Made by `createPostgresStore`, or for PGlite by `createEmbeddedStore`. */
export class PostgresStore implements SagaStore {
  readonly #database: Database;
  readonly #reads: ReturnType<typeof prepareReads>;
  readonly #journal: JournalReader;
  readonly #census: CensusReader;
  readonly #tallies: TallyFolder;
  readonly #batches = createBatchTable((text, parameters) => this.#query(text, parameters));
  #isClosed = false;

  /** The store closes `database`. */
  constructor({ database }: { readonly database: Database }) {
    this.#database = database;
    this.#reads = prepareReads(database.drizzle);
    this.#journal = new JournalReader(database);
    this.#census = new CensusReader(database, () => this.#journal.writersEnded());
    this.#tallies = new TallyFolder(database);
  }

  readonly createBatch: BatchStore['createBatch'] = (...given) => this.#batches.createBatch(...given);
  readonly getBatch: BatchStore['getBatch'] = (key) => this.#batches.getBatch(key);
  readonly listBatches: BatchStore['listBatches'] = (...given) => this.#batches.listBatches(...given);
  readonly claimBatch: BatchStore['claimBatch'] = (...given) => this.#batches.claimBatch(...given);
  readonly releaseBatch: BatchStore['releaseBatch'] = (...given) => this.#batches.releaseBatch(...given);
  readonly batchItems: BatchStore['batchItems'] = (...given) => this.#batches.batchItems(...given);
  readonly settleBatch: BatchStore['settleBatch'] = (...given) => this.#batches.settleBatch(...given);
  readonly abortBatch: BatchStore['abortBatch'] = (key) => this.#batches.abortBatch(key);
  readonly deleteBatches: BatchStore['deleteBatches'] = (asked) => this.#batches.deleteBatches(asked);

  async commit(txId: string, writes: readonly SagaWrite[]): Promise<readonly boolean[]> {
    if (writes.length === 0) return [];
    const rows = await this.#run(() => this.#database.query<Numbered>(COMMIT, [txId, toCommitInput(writes)]));
    this.#tallies.written();
    return toMarks(writes, rows);
  }

  async committed(txId: string, writes: readonly SagaWrite[]): Promise<readonly boolean[]> {
    if (writes.length === 0) return [];
    const rows = await this.#run(() =>
      this.#database.query<Numbered>(COMMITTED, [txId, toCommittedInput(writes)]),
    );
    return toMarks(writes, rows);
  }

  async get({ tenant, id }: SagaKey): Promise<SagaRecord | undefined> {
    const [row] = await this.#run(() => this.#reads.saga.execute({ tenant, id }));
    return row && toRecord(row);
  }

  async findByIdempotencyKey(tenant: string, idempotencyKey: string): Promise<SagaRecord | undefined> {
    const [row] = await this.#run(() => this.#reads.sagaOfKey.execute({ tenant, idempotencyKey }));
    return row && toRecord(row);
  }

  async list(
    filter: SagaFilter,
    page: { readonly after?: SagaCursor; readonly limit: number },
  ): Promise<SagaSlice> {
    return this.#run(() => findSagas(this.#database, filter, page));
  }

  async history(
    { tenant, id }: SagaKey,
    page: { readonly after?: number; readonly limit: number },
  ): Promise<readonly JournalRow[]> {
    return this.#run(() =>
      this.#reads.history.execute({ tenant, id, after: page.after ?? 0, limit: page.limit }),
    );
  }

  async claim(options: ClaimOptions): Promise<readonly SagaRecord[]> {
    if (options.limit <= 0 || options.definitions.length === 0) return [];
    const rows = await this.#run(() => claimSagas(this.#database.drizzle, options));
    return rows.map(toRecord);
  }

  async claimOne(key: SagaKey, node: string): Promise<SagaRecord | undefined> {
    const [row] = await this.#run(() => claimSaga(this.#database.drizzle, key, node));
    return row === undefined ? this.get(key) : toRecord(row);
  }

  async release(releases: readonly SagaRelease[]): Promise<void> {
    if (releases.length === 0) return;
    await this.#run(() => this.#database.query(RELEASE, [toReleaseInput(releases)]));
  }

  async renewLease(
    node: string,
    ttl: number,
    definitions?: readonly DefinitionRef[],
  ): Promise<{ readonly now: number }> {
    const known = definitions === undefined ? '' : JSON.stringify(definitions);
    const [row] = await this.#query<{ readonly now: number }>(RENEW_LEASE, [node, ttl, known]);
    if (row === undefined) throw new StorageUnavailableError('the database gave no answer to a lease');
    return { now: row.now };
  }

  async endLease(node: string): Promise<void> {
    await this.#run(() => this.#database.drizzle.delete(nodes).where(eq(nodes.id, node)));
  }

  async pinDefinitions(definitions: readonly PinnedDefinition[]): Promise<readonly PinnedDefinition[]> {
    if (definitions.length === 0) return [];
    return [...(await this.#query<PinnedDefinition>(PIN_DEFINITIONS, [JSON.stringify(definitions)]))];
  }

  async counts(tenant?: string): Promise<Readonly<Partial<Record<SagaStatus, number>>>> {
    const rows = await this.#query<{ readonly status: SagaStatus; readonly total: number }>(COUNTS, [
      tenant ?? '',
    ]);
    return Object.fromEntries(rows.map(({ status, total }) => [status, total]));
  }

  async tallies(tenant: string): Promise<readonly SagaTally[]> {
    return this.#run(() => readTallies(this.#database, tenant));
  }

  async faults({ tenant, name = '', since, limit }: FaultFilter): Promise<readonly FaultGroup[]> {
    return [...(await this.#query<FaultGroup>(FAULTS, [tenant, name, since ?? 0, limit]))];
  }

  async audit(filter: AuditFilter): Promise<readonly AuditEntry[]> {
    return this.#run(() => listAudit(this.#database.drizzle, filter));
  }

  async readJournal(page: {
    readonly after: number;
    readonly limit: number;
  }): Promise<readonly JournalEntry[]> {
    return this.#run(() => this.#journal.read(page));
  }

  async journalEnd(): Promise<number> {
    return this.#run(() => this.#journal.end());
  }

  readonly census: CensusStore['census'] = (asked) => this.#run(() => this.#census.census(asked));
  readonly readParked: CensusStore['readParked'] = (page) => this.#run(() => this.#census.readParked(page));

  async claimRelay(name: string, node: string): Promise<number | undefined> {
    const [own] = await this.#query<Position>(OWN_RELAY, [name, node]);
    const [row] = own === undefined ? await this.#query<Position>(CLAIM_RELAY, [name, node]) : [own];
    return row?.position;
  }

  async advanceRelay(
    name: string,
    { node, from, to }: { readonly node: string; readonly from: number; readonly to: number },
  ): Promise<boolean> {
    return (await this.#query(ADVANCE_RELAY, [name, node, from, to])).length > 0;
  }

  async releaseRelay(name: string, node: string): Promise<void> {
    await this.#query(RELEASE_RELAY, [name, node]);
  }

  async rewindRelay(name: string, to: number): Promise<boolean> {
    return (await this.#query(REWIND_RELAY, [name, to])).length > 0;
  }

  async deleteClosed({
    before,
    limit,
    relay,
  }: {
    readonly before: number;
    readonly limit: number;
    readonly relay: string;
  }): Promise<number> {
    const [row] = await this.#query<Deleted>(DELETE_CLOSED, [relay, before, Math.max(0, limit)]);
    return row?.deleted ?? 0;
  }

  async deleteSaga({ tenant, id }: SagaKey, relay: string): Promise<boolean> {
    const [row] = await this.#query<Deleted>(DELETE_SAGA, [relay, tenant, id]);
    return row?.deleted === 1;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#tallies.close();
    await this.#database.close();
  }

  #query<Row>(text: string, parameters: readonly (string | number)[]): Promise<readonly Row[]> {
    return this.#run(() => this.#database.query<Row>(text, parameters));
  }

  async #run<Result>(query: () => PromiseLike<Result>): Promise<Result> {
    if (this.#isClosed) throw new StorageUnavailableError('the store is closed');
    try {
      return await query();
    } catch (error) {
      throw toStorageError(error);
    }
  }
}

/** How far a relay is. */
interface Position {
  readonly position: number;
}

/** What a deletion answers. */
interface Deleted {
  readonly deleted: number;
}

/** What a statement over numbered input answers: the number of an input it was true for. */
interface Numbered {
  readonly n: number;
}

function toMarks(writes: readonly SagaWrite[], rows: readonly Numbered[]): readonly boolean[] {
  const marked = new Set(rows.map(({ n }) => n));
  return writes.map((_, n) => marked.has(n));
}

function prepareReads(drizzle: PgDatabase<PgQueryResultHKT>) {
  const { tenant, sagaId, seq, type, data, status, state, at, txId } = sagaEvents;
  const isTenant = eq(sagas.tenant, sql.placeholder('tenant'));
  return {
    saga: drizzle
      .select()
      .from(sagas)
      .where(and(isTenant, eq(sagas.id, sql.placeholder('id'))))
      .prepare('saga'),
    sagaOfKey: drizzle
      .select()
      .from(sagas)
      .where(and(isTenant, eq(sagas.idempotencyKey, sql.placeholder('idempotencyKey'))))
      .prepare('saga_of_key'),
    history: drizzle
      .select({ seq, type, data, status, state, at, txId })
      .from(sagaEvents)
      .where(
        and(
          eq(tenant, sql.placeholder('tenant')),
          eq(sagaId, sql.placeholder('id')),
          gt(seq, sql.placeholder('after')),
        ),
      )
      .orderBy(asc(seq))
      .limit(sql.placeholder('limit'))
      .prepare('history'),
  };
}
