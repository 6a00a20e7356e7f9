import type { Batch, BatchItem, BatchKey, BatchResult, BatchStore } from '../core/batch-store.ts';
import type { Clock } from '../core/clock.ts';
import { NotAllowedError, NotFoundError, SagaError, StorageUnavailableError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { DefinitionRef, SagaKey } from '../core/saga-row.ts';
import { withPatience } from './with-patience.ts';

/** What the runner needs. */
export interface BatchRunnerOptions {
  readonly node: string;
  readonly store: BatchStore;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Whether the node's lease is held: without it another node may go on with its batch. */
  readonly isHeld: () => boolean;
  /** Does a batch's action on one saga, once, however often it is asked. Throws what the action throws. */
  readonly act: (batch: Batch, sagaId: string) => Promise<void>;
  /** What the node can run. */
  readonly definitions: readonly DefinitionRef[];
  /** Whether the node lacks the definition of a saga, and another one may have it. */
  readonly isForeign: (saga: SagaKey) => Promise<boolean>;
}

/** One time through all sagas of a batch that have no outcome. */
interface Pass {
  readonly batch: BatchKey;
  /** The last saga of the latest page. */
  readonly after: string | undefined;
  /** Sagas that were left to other nodes so far. */
  readonly left: number;
}

/** How often to look for a batch; ms. */
const idle = 1_000;
/** Sagas between two looks at whether the batch was aborted. */
const pageSize = 64;
/** Sagas acted on at once: sagas that run by themselves have the right of way. */
const concurrency = 16;

/**
 * Works off batches, whoever asked for them: takes the oldest that no living node has, acts on its sagas, and keeps what
 * became of each. What was done and not kept is asked for again by the next node, under the same key, which changes nothing.
 * Sagas whose definition this node lacks are left to nodes that have it: the batch is let go of, and waits for such a node.
 */
export class BatchRunner {
  readonly #options: BatchRunnerOptions;
  #isClosed = false;
  #isWorking = false;
  #pass: Pass | undefined;
  #forget: () => void = () => {};
  #round: Promise<void> = Promise.resolve();

  constructor(options: BatchRunnerOptions) {
    this.#options = options;
  }

  /** Looks for a batch now, and then again and again until `close`. */
  open(): void {
    if (this.#isWorking || this.#isClosed) return;
    this.#forget();
    this.#isWorking = true;
    this.#round = this.#work().then(
      (isMore) => this.#again(isMore ? 0 : idle),
      (error: unknown) => {
        if (!this.#isClosed)
          this.#options.logger.warn({ err: error }, 'a batch could not go on; trying again');
        this.#again(idle);
      },
    );
  }

  /** Stops after the sagas at hand; other nodes go on. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#forget();
    await withPatience(this.#options.clock, this.#round);
  }

  #again(wait: number): void {
    this.#isWorking = false;
    if (!this.#isClosed) this.#forget = this.#options.clock.schedule(wait, () => this.open());
  }

  /** Does a page of a batch; `false`: there is none, or it does not come on. */
  async #work(): Promise<boolean> {
    const { node, store, definitions, isHeld } = this.#options;
    if (!isHeld()) return false;
    const batch = await store.claimBatch(node, definitions);
    if (batch === undefined) return false;
    const { after, left } = this.#passThrough(batch);
    const page = { outcome: null, limit: pageSize, ...(after === undefined ? {} : { after }) };
    const items = await store.batchItems(batch, page);
    const ends = await this.#actOn(batch, items);
    const results = ends.filter((end) => end !== 'left');
    await store.settleBatch(batch, results);
    // Without an outcome there is no hurry: whatever is in the way now still is.
    if (ends.length < items.length) return this.#endPass(results.length > 0);
    this.#pass = { batch, left: left + ends.length - results.length, after: items.at(-1)?.sagaId ?? after };
    if (items.length === pageSize) return true;
    return this.#endPass(this.#pass.left > 0 ? await this.#handOver(batch) : items.length > 0);
  }

  /** How far this node is with the batch. */
  #passThrough({ tenant, id }: Batch): Pass {
    const pass = this.#pass;
    if (pass?.batch.tenant === tenant && pass.batch.id === id) return pass;
    return { batch: { tenant, id }, after: undefined, left: 0 };
  }

  /** The next page will be a batch's first one. */
  #endPass(isMore: boolean): boolean {
    this.#pass = undefined;
    return isMore;
  }

  /** All that this node can do is done: nobody claims the batch again but those who have what is needed for the rest. */
  async #handOver(batch: Batch): Promise<true> {
    const { node, store, logger } = this.#options;
    const released = await store.releaseBatch(batch, node);
    const { id, waitsFor } = released ?? batch;
    logger.info({ batch: id, waitsFor }, 'a batch waits for a node with other definitions');
    return true;
  }

  async #actOn(batch: Batch, items: readonly BatchItem[]): Promise<readonly (BatchResult | 'left')[]> {
    const waiting = [...items];
    const ends: (BatchResult | 'left')[] = [];
    const work = async () => {
      for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) {
        if (this.#isClosed || !this.#options.isHeld()) return;
        const end = await this.#end(batch, item.sagaId);
        if (end !== undefined) ends.push(end);
      }
    };
    await Promise.all(Array.from({ length: concurrency }, work));
    return ends;
  }

  /** `left`: to nodes that have the saga's definition. `undefined`: nobody knows yet; asked again in the next round. */
  async #end(batch: Batch, sagaId: string): Promise<BatchResult | 'left' | undefined> {
    try {
      await this.#options.act(batch, sagaId);
      return { sagaId, outcome: 'done', detail: null };
    } catch (error) {
      if (error instanceof StorageUnavailableError) return undefined;
      return this.#endOf(batch, sagaId, error);
    }
  }

  /** Never rejects: the others of a page go on. */
  async #endOf(batch: Batch, sagaId: string, error: unknown): Promise<BatchResult | 'left' | undefined> {
    try {
      return (await this.#isLeft(batch, sagaId, error)) ? 'left' : this.#refused(batch, sagaId, error);
    } catch (unread) {
      if (unread instanceof StorageUnavailableError) return undefined;
      return this.#refused(batch, sagaId, unread);
    }
  }

  /** What is asked of a node that lacks the saga's definition fails in these ways, but not only for that reason. */
  async #isLeft({ tenant }: Batch, id: string, error: unknown): Promise<boolean> {
    const mayLack = error instanceof NotAllowedError || error instanceof NotFoundError;
    return mayLack && (await this.#options.isForeign({ tenant, id }));
  }

  #refused(batch: Batch, sagaId: string, error: unknown): BatchResult {
    if (!(error instanceof SagaError))
      this.#options.logger.error(
        { err: error, batch: batch.id, sagaId },
        'a batch met an error that nobody foresaw',
      );
    return { sagaId, outcome: 'refused', detail: toDetail(error) };
  }
}

function toDetail(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const legal = error instanceof NotAllowedError ? error.legal : [];
  return `${message}${legal.length === 0 ? '' : `; possible: ${legal.join(', ')}`}`.slice(0, 1_000);
}
