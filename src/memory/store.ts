import type { Clock } from '../core/clock.ts';
import { StorageRefusedError, StorageUnavailableError } from '../core/errors.ts';
import { isStorable } from '../core/storable.ts';
import type {
  DefinitionRef,
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
    return true;
  }

  /** The new saga's record; `undefined` when its id or its idempotency key is taken. */
  #started({ key, origin, state, entry }: SagaWrite, before: Entry | undefined): SagaRecord | undefined {
    if (origin === null) return undefined;
    const { idempotencyKey } = origin;
    const taken = idempotencyKey === null ? undefined : toText(key.tenant, idempotencyKey);
    if (before !== undefined || (taken !== undefined && this.#idempotencyKeys.has(taken))) return undefined;
    if (taken !== undefined) this.#idempotencyKeys.set(taken, key.id);
    const instants = {
      deadlineAt: toInstant(origin.deadlineAt),
      createdAt: Math.round(origin.createdAt),
      updatedAt: Math.round(entry.at),
    };
    const attributes = { ...origin.attributes };
    const { tenant, id } = key;
    return {
      ...origin,
      ...toState(state),
      ...instants,
      tenant,
      id,
      definition: { ...origin.definition },
      attributes,
      version: 1,
      epoch: 1,
    };
  }

  #isClaimable({ owner, dueAt }: SagaRecord): boolean {
    const now = this.#clock.now();
    if (owner === null) return dueAt !== null && dueAt <= now;
    return (this.#leases.get(owner) ?? -Infinity) <= now;
  }

  #take(record: SagaRecord, node: string): SagaRecord {
    const taken = { ...record, owner: node, epoch: record.epoch + 1 };
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

function moved(
  { expected, state, entry }: SagaWrite,
  before: SagaRecord | undefined,
): SagaRecord | undefined {
  if (before === undefined || before.version !== expected?.version || before.epoch !== expected.epoch)
    return undefined;
  return { ...before, ...toState(state), version: before.version + 1, updatedAt: Math.round(entry.at) };
}

/** Only the state's own columns: the caller's object may hold more. */
function toState({
  status,
  snapshot,
  step,
  cause,
  owner,
  dueAt,
  hooks,
  closedAt,
}: SagaWrite['state']): SagaWrite['state'] {
  return {
    status,
    snapshot,
    step,
    cause,
    owner,
    dueAt: toInstant(dueAt),
    hooks,
    closedAt: toInstant(closedAt),
  };
}

/** Refuses what the databases refuse: NUL and lone surrogates in any text, and a start without its origin. */
function refuse(txId: string, { key, expected, origin, state, entry }: SagaWrite): void {
  if (expected === null && origin === null)
    throw new StorageRefusedError(`saga ${JSON.stringify(key)} starts without an origin`);
  if (!isStorable([txId, key, origin, state, entry]))
    throw new StorageRefusedError(`saga ${JSON.stringify(key)} holds text that cannot be stored`);
}

/** Whole milliseconds, as the databases keep them. */
function toInstant(instant: number | null): number | null {
  return instant === null ? null : Math.round(instant);
}

/** Nothing is left to do for a closed saga, unless hooks wait. */
function hasWork({ closedAt, hooks }: SagaRecord): boolean {
  return closedAt === null || hooks !== null;
}

/** Due sagas first, then those of dead owners. */
function dueOf({ owner, dueAt }: SagaRecord): number {
  return owner === null && dueAt !== null ? dueAt : Infinity;
}

function matches(
  record: SagaRecord,
  { tenant, status, name, version, cause, since, until }: SagaFilter,
): boolean {
  return (
    record.tenant === tenant &&
    (status === undefined || status.includes(record.status)) &&
    (name === undefined || record.definition.name === name) &&
    (version === undefined || record.definition.version === version) &&
    (cause === undefined || record.cause === cause) &&
    (since === undefined || record.createdAt >= since) &&
    (until === undefined || record.createdAt < until)
  );
}

/** Newest first. */
function compare(a: SagaCursor, b: SagaCursor): number {
  if (a.createdAt !== b.createdAt) return b.createdAt - a.createdAt;
  return a.id === b.id ? 0 : a.id < b.id ? 1 : -1;
}

function isSame(a: DefinitionRef, b: DefinitionRef): boolean {
  return a.name === b.name && a.version === b.version && a.hash === b.hash;
}

/** One text for two: NUL is in neither. */
function toText(tenant: string, rest: string): string {
  return `${tenant}\0${rest}`;
}
