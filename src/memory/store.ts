import type { Clock } from '../core/clock.ts';
import { StorageUnavailableError } from '../core/errors.ts';
import { isClosed } from '../core/snapshot.ts';
import type {
  DefinitionRef,
  JournalEntry,
  JournalRow,
  SagaCursor,
  SagaFilter,
  SagaKey,
  SagaRecord,
  SagaRelease,
  SagaStatus,
  SagaStore,
  SagaWrite,
} from '../core/store.ts';
import { Journal } from './journal.ts';
import { RelayTable } from './relay-table.ts';
import { compare, dueOf, isSame, matches } from './saga-order.ts';
import { moved, refuse, started, toInstant } from './saga-write.ts';

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
  /** Until when each node's lease lasts. */
  readonly #leases = new Map<string, number>();
  readonly #journal = new Journal();
  readonly #relays = new RelayTable((node) => this.#lives(node));
  #isClosed = false;

  constructor({ clock }: { readonly clock: Clock }) {
    this.#clock = clock;
  }

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
    { after, limit }: { readonly after?: SagaCursor; readonly limit: number },
  ): Promise<readonly SagaRecord[]> {
    this.#check();
    const found = this.#records().filter(
      (record) => matches(record, filter) && (after === undefined || compare(record, after) > 0),
    );
    return found.toSorted(compare).slice(0, limit);
  }

  async history(
    key: SagaKey,
    { after = 0, limit }: { readonly after?: number; readonly limit: number },
  ): Promise<readonly JournalRow[]> {
    this.#check();
    return this.#entry(key)?.journal.slice(after, after + limit) ?? [];
  }

  async claim(options: {
    readonly node: string;
    readonly limit: number;
    readonly definitions: readonly DefinitionRef[];
  }): Promise<readonly SagaRecord[]> {
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

  async renewLease(node: string, ttl: number): Promise<{ readonly now: number }> {
    this.#check();
    const now = this.#clock.now();
    this.#leases.set(node, now + ttl);
    return { now };
  }

  async endLease(node: string): Promise<void> {
    this.#check();
    this.#leases.delete(node);
  }

  async counts(tenant?: string): Promise<Readonly<Partial<Record<SagaStatus, number>>>> {
    this.#check();
    const totals: Partial<Record<SagaStatus, number>> = {};
    for (const record of this.#records()) {
      if (tenant === undefined || record.tenant === tenant)
        totals[record.status] = (totals[record.status] ?? 0) + 1;
    }
    return totals;
  }

  async readJournal({
    after,
    limit,
  }: Parameters<SagaStore['readJournal']>[0]): Promise<readonly JournalEntry[]> {
    this.#check();
    return this.#journal.after(after, limit).flatMap(({ key, row, position }) => {
      const record = this.#entry(key)?.record;
      if (record === undefined) return [];
      const { definition, attributes } = record;
      return [{ ...key, ...row, definition, attributes, position }];
    });
  }

  async claimRelay(name: string, node: string): Promise<number | undefined> {
    this.#check();
    return this.#relays.claim(name, node);
  }

  async advanceRelay(name: string, step: Parameters<SagaStore['advanceRelay']>[1]): Promise<boolean> {
    this.#check();
    return this.#relays.advance(name, step);
  }

  async releaseRelay(name: string, node: string): Promise<void> {
    this.#check();
    this.#relays.release(name, node);
  }

  async rewindRelay(name: string, to: number): Promise<boolean> {
    this.#check();
    return this.#relays.rewind(name, to);
  }

  async deleteClosed({ before, limit, relay }: Parameters<SagaStore['deleteClosed']>[0]): Promise<number> {
    this.#check();
    const isOld = ({ closedAt }: SagaRecord) => closedAt !== null && closedAt < before;
    const found = this.#records().filter((record) => isOld(record) && this.#isDeletable(record, relay));
    const deleted = found.toSorted((a, b) => a.createdAt - b.createdAt).slice(0, Math.max(0, limit));
    this.#delete(deleted);
    return deleted.length;
  }

  async deleteSaga(key: SagaKey, relay: string): Promise<boolean> {
    this.#check();
    const record = this.#entry(key)?.record;
    if (record === undefined || !this.#isDeletable(record, relay)) return false;
    this.#delete([record]);
    return true;
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

  #delete(records: readonly SagaRecord[]): void {
    if (records.length === 0) return;
    for (const { tenant, id, idempotencyKey } of records) {
      this.#entries.delete(toText(tenant, id));
      if (idempotencyKey !== null) this.#idempotencyKeys.delete(toText(tenant, idempotencyKey));
    }
    this.#journal.retain((key) => this.#entry(key) !== undefined);
  }

  #lives(node: string): boolean {
    return (this.#leases.get(node) ?? -Infinity) > this.#clock.now();
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
    return !this.#lives(owner);
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

  #records(): readonly SagaRecord[] {
    return [...this.#entries.values()].map(({ record }) => record);
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
