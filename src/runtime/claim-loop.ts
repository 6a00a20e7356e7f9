import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import type { EngineObserver } from '../core/observer.ts';
import type { DefinitionRef, SagaRecord, SagaStore } from '../core/store.ts';
import type { Lease } from './lease.ts';

/** What the loop needs. */
export interface ClaimLoopOptions {
  readonly lease: Pick<Lease, 'claiming'>;
  readonly store: SagaStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly definitions: readonly DefinitionRef[];
  /** How often to look for sagas that are due; ms. */
  readonly interval: number;
  /** How many more sagas this node may take now. */
  readonly free: () => number;
  readonly take: (record: SagaRecord) => void;
  readonly observers: Pick<Required<EngineObserver>, 'claimed'>;
}

/** How many sagas are taken over with one statement. */
const claimSize = 500;

/** Looks for sagas that are due, or whose node died, and takes them over. There is no other recovery. */
export class ClaimLoop {
  readonly #options: ClaimLoopOptions;
  #forget: () => void = () => {};
  #isClosed = false;
  #round: Promise<void> = Promise.resolve();

  constructor(options: ClaimLoopOptions) {
    this.#options = options;
  }

  /** Looks now, and then again and again until `close`. */
  open(): void {
    this.#round = this.#claim()
      .catch((error: unknown) => {
        this.#options.logger.warn({ err: error }, 'looking for due sagas failed');
        return false;
      })
      .then((hasMore) => this.#again(hasMore));
  }

  /** Takes no more sagas. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#forget();
    await this.#round;
  }

  #again(hasMore: boolean): void {
    if (this.#isClosed) return;
    this.#forget = this.#options.clock.schedule(hasMore ? 0 : this.#options.interval, () => this.open());
  }

  async #claim(): Promise<boolean> {
    const { store, lease, definitions, free, take, observers } = this.#options;
    const limit = Math.min(claimSize, free());
    if (limit === 0 || this.#isClosed) return false;
    const records = await lease.claiming((node) => store.claim({ node, limit, definitions }));
    if (records.length > 0) observers.claimed(records);
    for (const record of records) take(record);
    return records.length === limit;
  }
}
