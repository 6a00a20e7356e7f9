import type { AuditEntry, AuditFilter } from '../core/audit.ts';
import type { BatchStore } from '../core/batch-store.ts';
import type { Clock } from '../core/clock.ts';
import { StorageUnavailableError } from '../core/errors.ts';
import type { FaultFilter, FaultGroup } from '../core/saga-list.ts';
import { isClosed } from '../core/snapshot.ts';
import type {
  JournalEntry,
  JournalRow,
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
import { BatchTable } from './batch-table.ts';
import { toCensus, toParked } from './census.ts';
import { DefinitionTable } from './definition-table.ts';
import { Journal } from './journal.ts';
import { LeaseTable } from './lease-table.ts';
import { RelayTable } from './relay-table.ts';
import { dueOf, isSame, toSlice } from './saga-order.ts';
import { moved, refuse, started, toInstant } from './saga-write.ts';
import { toCounts, toFaults, toTallies } from './tallies.ts';

/** A saga and its journal. Records are replaced, never changed: whoever read one may keep it. */
interface Entry {
  readonly record: SagaRecord;
  readonly journal: JournalRow[];
}

/**
 * Sagas in memory, with the semantics of the durable stores: for tests, simulation and trying things out. Every method
 * does its work at once, before the first `await` of its caller: nothing comes between a check and its write.
 */
export class MemoryStore implements SagaStore {
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();
  /** Ids by tenant and idempotency key. */
  readonly #idempotencyKeys = new Map<string, string>();
  readonly #leases: LeaseTable;
  readonly #journal = new Journal();
  readonly #ground = {
    lives: (node: string) => this.#leases.lives(node),
    now: () => this.#clock.now(),
    check: () => this.#check(),
    recordOf: (key: SagaKey) => this.#entry(key)?.record,
  };
  readonly #relays = new RelayTable(this.#ground);
  readonly #batches = new BatchTable(this.#ground);
  readonly #definitions = new DefinitionTable({ ...this.#ground, records: () => this.#records() });
  #isClosed = false;

  constructor({ clock }: { readonly clock: Clock }) {
    this.#clock = clock;
    this.#leases = new LeaseTable(clock);
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
  readonly claimRelay: SagaStore['claimRelay'] = (...given) => this.#relays.claimRelay(...given);
  readonly advanceRelay: SagaStore['advanceRelay'] = (...given) => this.#relays.advanceRelay(...given);
  readonly releaseRelay: SagaStore['releaseRelay'] = (...given) => this.#relays.releaseRelay(...given);
  readonly pinDefinitions: SagaStore['pinDefinitions'] = (given) => this.#definitions.pin(given);
  readonly rewindRelay: SagaStore['rewindRelay'] = (...given) => this.#relays.rewindRelay(...given);

  async commit(txId: string, writes: readonly SagaWrite[]): Promise<readonly boolean[]> {
    this.#check();
    for (const write of writes) refuse(txId, write);
    return writes.map((write) => this.#write(txId, write));
  }

  async committed(txId: string, writes: readonly SagaWrite[]): Promise<readonly boolean[]> {
    this.#check();
    return writes.map(
      ({ key, expected }) => this.#entry(key)?.journal[expected?.version ?? 0]?.txId === txId,
    );
  }

  async get(key: SagaKey): Promise<SagaRecord | undefined> {
    this.#check();
    return this.#entry(key)?.record;
  }

  async findByIdempotencyKey(tenant: string, idempotencyKey: string): Promise<SagaRecord | undefined> {
    this.#check();
    const id = this.#idempotencyKeys.get(toText(tenant, idempotencyKey));
    return id === undefined ? undefined : this.#entry({ tenant, id })?.record;
  }

  async list(
    filter: SagaFilter,
    page: { readonly after?: SagaCursor; readonly limit: number },
  ): Promise<SagaSlice> {
    this.#check();
    return toSlice(this.#records(), filter, page);
  }

  async history(
    key: SagaKey,
    { after = 0, limit }: { readonly after?: number; readonly limit: number },
  ): Promise<readonly JournalRow[]> {
    this.#check();
    return this.#entry(key)?.journal.slice(after, after + limit) ?? [];
  }

  async claim(options: Parameters<SagaStore['claim']>[0]): Promise<readonly SagaRecord[]> {
    this.#check();
    const isKnown = ({ definition }: SagaRecord) =>
      options.definitions.some((known) => isSame(known, definition));
    const claimable = this.#records().filter(
      (record) => this.#isClaimable(record) && hasWork(record) && isKnown(record),
    );
    const byDue = claimable.toSorted((a, b) => dueOf(a) - dueOf(b));
    return byDue.slice(0, Math.max(0, options.limit)).map((record) => this.#take(record, options.node));
  }

  async claimOne(key: SagaKey, node: string): Promise<SagaRecord | undefined> {
    this.#check();
    const record = this.#entry(key)?.record;
    return record !== undefined && hasWork(record) ? this.#take(record, node) : record;
  }

  async release(releases: readonly SagaRelease[]): Promise<void> {
    this.#check();
    for (const { key, version, epoch, dueAt, hooks } of releases) {
      const record = this.#entry(key)?.record;
      if (record?.version === version && record.epoch === epoch)
        this.#replace({ ...record, owner: null, dueAt: toInstant(dueAt), hooks });
    }
  }

  async renewLease(...given: Parameters<LeaseTable['renew']>): Promise<{ readonly now: number }> {
    this.#check();
    return this.#leases.renew(...given);
  }

  async endLease(node: string): Promise<void> {
    this.#check();
    this.#leases.end(node);
  }

  async counts(tenant?: string): Promise<Readonly<Partial<Record<SagaStatus, number>>>> {
    this.#check();
    return toCounts(this.#records(tenant));
  }

  async tallies(tenant: string): Promise<readonly SagaTally[]> {
    this.#check();
    return toTallies(this.#records(tenant));
  }

  async faults(filter: FaultFilter): Promise<readonly FaultGroup[]> {
    this.#check();
    return toFaults(this.#records(filter.tenant), filter);
  }

  async audit(filter: AuditFilter): Promise<readonly AuditEntry[]> {
    this.#check();
    return this.#journal.audit(filter);
  }

  async readJournal({
    after,
    limit,
  }: Parameters<SagaStore['readJournal']>[0]): Promise<readonly JournalEntry[]> {
    this.#check();
    return this.#journal.after(after, limit).flatMap(({ key, row, position }) => {
      const record = this.#entry(key)?.record;
      if (record === undefined) return [];
      const { definition, attributes, cause } = record;
      return [{ ...key, ...row, definition, attributes, cause, position }];
    });
  }

  async journalEnd(): Promise<number> {
    this.#check();
    return this.#journal.end;
  }

  readonly census: SagaStore['census'] = async (asked) => {
    this.#check();
    const now = this.#clock.now();
    return toCensus({ records: this.#records(), runnable: this.#leases.runnable, now }, asked);
  };

  readonly readParked: SagaStore['readParked'] = async (page) => {
    this.#check();
    return toParked(this.#journal.after(page.after, Infinity), page, (key) => this.#entry(key)?.record);
  };

  async deleteClosed({ before, limit, relay }: Parameters<SagaStore['deleteClosed']>[0]): Promise<number> {
    this.#check();
    const isOld = ({ closedAt }: SagaRecord) => closedAt !== null && closedAt < before;
    const found = this.#records().filter((record) => isOld(record) && this.#isDeletable(record, relay));
    const deleted = found.toSorted((a, b) => a.createdAt - b.createdAt).slice(0, Math.max(0, limit));
    return this.#delete(deleted);
  }

  async deleteSaga(key: SagaKey, relay: string): Promise<boolean> {
    this.#check();
    const record = this.#entry(key)?.record;
    return record !== undefined && this.#isDeletable(record, relay) && this.#delete([record]) > 0;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
  }

  #check(): void {
    if (this.#isClosed) throw new StorageUnavailableError('the store is closed');
  }

  #write(txId: string, write: SagaWrite): boolean {
    const before = this.#entry(write.key);
    const record = write.expected === null ? this.#started(write, before) : moved(write, before?.record);
    if (record === undefined) return false;
    const line = { ...write.entry, at: Math.round(write.entry.at), seq: record.version, txId };
    this.#replace(record).push(line);
    this.#journal.append(record, line);
    return true;
  }

  /** Closed, without hooks to run, and published to the end. */
  #isDeletable(record: SagaRecord, relay: string): boolean {
    const last = this.#entry(record)?.journal.at(-1);
    const isPublished =
      last === undefined || this.#relays.hasPublished(relay, this.#journal.positionOf(last));
    return isClosed(record.status) && record.hooks === null && isPublished;
  }

  #delete(records: readonly SagaRecord[]): number {
    if (records.length === 0) return 0;
    for (const { tenant, id, idempotencyKey } of records) {
      this.#entries.delete(toText(tenant, id));
      if (idempotencyKey !== null) this.#idempotencyKeys.delete(toText(tenant, idempotencyKey));
    }
    this.#journal.retain((key) => this.#entry(key) !== undefined);
    return records.length;
  }

  /** The new saga's record; `undefined` when its id or its idempotency key is taken. */
  #started({ key, origin, state, entry }: SagaWrite, before: Entry | undefined): SagaRecord | undefined {
    if (origin === null) return undefined;
    const { idempotencyKey } = origin;
    const taken = idempotencyKey === null ? undefined : toText(key.tenant, idempotencyKey);
    if (before !== undefined || (taken !== undefined && this.#idempotencyKeys.has(taken))) return undefined;
    if (taken !== undefined) this.#idempotencyKeys.set(taken, key.id);
    return started({ key, origin, state, entry });
  }

  #isClaimable({ owner, dueAt }: SagaRecord): boolean {
    if (owner === null) return dueAt !== null && dueAt <= this.#clock.now();
    return !this.#leases.lives(owner);
  }

  #take(record: SagaRecord, node: string): SagaRecord {
    const taken = { ...record, owner: node, epoch: record.epoch + 1, claims: record.claims + 1 };
    this.#replace(taken);
    return taken;
  }

  /** Puts a record in the place of the former one; gives the saga's journal. */
  #replace(record: SagaRecord): JournalRow[] {
    const journal = this.#entry(record)?.journal ?? [];
    this.#entries.set(toText(record.tenant, record.id), { record, journal });
    return journal;
  }

  #entry({ tenant, id }: SagaKey): Entry | undefined {
    return this.#entries.get(toText(tenant, id));
  }

  #records(tenant?: string): readonly SagaRecord[] {
    const records = [...this.#entries.values()].map(({ record }) => record);
    return tenant === undefined ? records : records.filter((record) => record.tenant === tenant);
  }
}

/** Nothing is left to do for a closed saga, unless hooks wait. */
function hasWork({ closedAt, hooks }: SagaRecord): boolean {
  return closedAt === null || hooks !== null;
}

/** One text for two: NUL is in neither. */
function toText(tenant: string, rest: string): string {
  return `${tenant}\0${rest}`;
}
