import type { Batch, BatchItem, BatchResult, BatchStore } from '../core/batch-store.ts';
import type { Clock } from '../core/clock.ts';
import { NotAllowedError, SagaError, StorageUnavailableError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
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
 */
export class BatchRunner {
  readonly #options: BatchRunnerOptions;
  #isClosed = false;
  #isWorking = false;
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
    const { node, store, isHeld } = this.#options;
    if (!isHeld()) return false;
    const batch = await store.claimBatch(node);
    if (batch === undefined) return false;
    const items = await store.batchItems(batch, { outcome: null, limit: pageSize });
    const results = await this.#actOn(batch, items);
    await store.settleBatch(batch, results);
    // Without an outcome there is no hurry: whatever is in the way now still is.
    return results.length > 0;
  }

  async #actOn(batch: Batch, items: readonly BatchItem[]): Promise<readonly BatchResult[]> {
    const waiting = [...items];
    const results: BatchResult[] = [];
    const work = async () => {
      for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) {
        if (this.#isClosed || !this.#options.isHeld()) return;
        const result = await this.#result(batch, item.sagaId);
        if (result !== undefined) results.push(result);
      }
    };
    await Promise.all(Array.from({ length: concurrency }, work));
    return results;
  }

  /** `undefined`: nobody knows yet; asked again in the next round. */
  async #result(batch: Batch, sagaId: string): Promise<BatchResult | undefined> {
    try {
      await this.#options.act(batch, sagaId);
      return { sagaId, outcome: 'done', detail: null };
    } catch (error) {
      if (error instanceof StorageUnavailableError) return undefined;
      if (!(error instanceof SagaError))
        this.#options.logger.error(
          { err: error, batch: batch.id, sagaId },
          'a batch met an error that nobody foresaw',
        );
      return { sagaId, outcome: 'refused', detail: toDetail(error) };
    }
  }
}

function toDetail(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const legal = error instanceof NotAllowedError ? error.legal : [];
  return `${message}${legal.length === 0 ? '' : `; possible: ${legal.join(', ')}`}`.slice(0, 1_000);
}
