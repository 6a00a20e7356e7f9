import type {
  Batch,
  BatchCursor,
  BatchItem,
  BatchKey,
  BatchOrder,
  BatchOutcome,
  BatchResult,
  BatchStore,
} from '../core/batch-store.ts';
import { ConflictError } from '../core/errors.ts';
import type { DefinitionRef, SagaKey, SagaRecord } from '../core/store.ts';
import { isSame } from './saga-order.ts';

interface Entry {
  readonly batch: Batch;
  readonly owner: string | null;
  /** By the saga's id. */
  readonly items: Map<string, BatchItem>;
}

/** What the table needs. */
export interface BatchTableOptions {
  /** Whether a node has a living lease. */
  readonly lives: (node: string) => boolean;
  readonly now: () => number;
  readonly recordOf: (key: SagaKey) => SagaRecord | undefined;
  /** Throws when the store is closed. */
  readonly check: () => void;
}

/** Batches in memory. */
export class BatchTable implements BatchStore {
  readonly #entries = new Map<string, Entry>();
  readonly #options: BatchTableOptions;

  constructor(options: BatchTableOptions) {
    this.#options = options;
  }

  async createBatch(order: BatchOrder, sagaIds: readonly string[]): Promise<Batch> {
    this.#options.check();
    if (this.#entry(order) !== undefined) throw new ConflictError(`there is a batch '${order.id}' already`);
    const items = new Map(sagaIds.map((sagaId) => [sagaId, { sagaId, outcome: null, detail: null }]));
    const isDone = items.size === 0;
    const createdAt = Math.round(order.createdAt);
    const batch: Batch = {
      ...order,
      createdAt,
      status: isDone ? 'done' : 'running',
      total: items.size,
      done: 0,
      failed: 0,
      waitsFor: [],
      finishedAt: isDone ? createdAt : null,
    };
    return this.#put({ batch, owner: null, items }, batch);
  }

  async getBatch(key: BatchKey): Promise<Batch | undefined> {
    this.#options.check();
    return this.#entry(key)?.batch;
  }

  async listBatches(
    tenant: string,
    { after, limit }: { readonly after?: BatchCursor; readonly limit: number },
  ): Promise<readonly Batch[]> {
    this.#options.check();
    return [...this.#entries.values()]
      .map(({ batch }) => batch)
      .filter((batch) => batch.tenant === tenant && (after === undefined || newestFirst(after, batch) < 0))
      .toSorted(newestFirst)
      .slice(0, limit);
  }

  async claimBatch(node: string, definitions: readonly DefinitionRef[]): Promise<Batch | undefined> {
    this.#options.check();
    const isUseful = ({ waitsFor }: Batch) =>
      waitsFor.length === 0 || waitsFor.some((wanted) => definitions.some((known) => isSame(wanted, known)));
    const isFree = (owner: string | null) => owner === null || owner === node || !this.#options.lives(owner);
    const [entry] = [...this.#entries.values()]
      .filter(({ batch, owner }) => batch.status === 'running' && isFree(owner) && isUseful(batch))
      .toSorted((a, b) => a.batch.createdAt - b.batch.createdAt);
    return entry && this.#put({ ...entry, owner: node }, { ...entry.batch, waitsFor: [] });
  }

  async releaseBatch(key: BatchKey, node: string): Promise<Batch | undefined> {
    this.#options.check();
    const entry = this.#entry(key);
    if (entry?.batch.status !== 'running' || entry.owner !== node) return undefined;
    return this.#put({ ...entry, owner: null }, { ...entry.batch, waitsFor: this.#needed(entry) });
  }

  async batchItems(
    key: BatchKey,
    {
      outcome,
      after = '',
      limit,
    }: { readonly outcome: BatchOutcome | null; readonly after?: string; readonly limit: number },
  ): Promise<readonly BatchItem[]> {
    this.#options.check();
    return [...(this.#entry(key)?.items.values() ?? [])]
      .filter((item) => item.outcome === outcome && item.sagaId > after)
      .toSorted((a, b) => (a.sagaId < b.sagaId ? -1 : 1))
      .slice(0, limit);
  }

  async settleBatch(key: BatchKey, results: readonly BatchResult[]): Promise<Batch | undefined> {
    this.#options.check();
    const entry = this.#entry(key);
    if (entry === undefined) return undefined;
    for (const { sagaId, outcome, detail } of results) {
      if (entry.items.get(sagaId)?.outcome === null) entry.items.set(sagaId, { sagaId, outcome, detail });
    }
    const outcomes = [...entry.items.values()].map(({ outcome }) => outcome);
    const count = (wanted: BatchOutcome) => outcomes.filter((outcome) => outcome === wanted).length;
    const isLast = entry.batch.status === 'running' && !outcomes.includes(null);
    const counted = { ...entry.batch, done: count('done'), failed: count('refused') };
    return this.#put(entry, isLast ? this.#over(counted, 'done') : counted);
  }

  async abortBatch(key: BatchKey): Promise<Batch | undefined> {
    this.#options.check();
    const entry = this.#entry(key);
    if (entry?.batch.status !== 'running') return entry?.batch;
    return this.#put(entry, this.#over(entry.batch, 'aborted'));
  }

  async deleteBatches({
    before,
    limit,
  }: {
    readonly before: number;
    readonly limit: number;
  }): Promise<number> {
    this.#options.check();
    const ended = [...this.#entries.values()]
      .filter(({ batch }) => batch.finishedAt !== null && batch.finishedAt < before)
      .toSorted((a, b) => (a.batch.finishedAt ?? 0) - (b.batch.finishedAt ?? 0))
      .slice(0, Math.max(0, limit));
    let [deleted, sagas] = [0, 0];
    for (const { batch } of ended) {
      if (sagas >= limit) break;
      this.#entries.delete(toText(batch));
      deleted += 1;
      sagas += batch.total;
    }
    return deleted;
  }

  /** The definitions of open sagas without outcome, each once. */
  #needed({ batch: { tenant }, items }: Entry): readonly DefinitionRef[] {
    const left = [...items.values()].flatMap(({ sagaId, outcome }) => {
      const record = outcome === null ? this.#options.recordOf({ tenant, id: sagaId }) : undefined;
      return record === undefined || record.closedAt !== null ? [] : [record.definition];
    });
    return left.filter((one, index) => left.findIndex((other) => isSame(one, other)) === index);
  }

  #over(batch: Batch, status: 'done' | 'aborted'): Batch {
    return { ...batch, status, waitsFor: [], finishedAt: this.#now() };
  }

  #now(): number {
    return Math.round(this.#options.now());
  }

  #put(entry: Entry, batch: Batch): Batch {
    this.#entries.set(toText(batch), { ...entry, batch });
    return batch;
  }

  #entry(key: BatchKey): Entry | undefined {
    return this.#entries.get(toText(key));
  }
}

function newestFirst(a: BatchCursor, b: BatchCursor): number {
  if (a.createdAt !== b.createdAt) return b.createdAt - a.createdAt;
  return a.id === b.id ? 0 : a.id < b.id ? 1 : -1;
}

function toText({ tenant, id }: BatchKey): string {
  return `${tenant}\0${id}`;
}
