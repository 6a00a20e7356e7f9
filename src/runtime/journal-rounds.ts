import type { Clock } from '../core/clock.ts';
import type { JournalWalker } from '../core/journal-walker.ts';
import type { Logger } from '../core/logger.ts';
import type { SagaStore } from '../core/store.ts';

/** What a walker's rounds need. */
export interface JournalRoundsOptions {
  readonly walker: JournalWalker;
  readonly node: string;
  readonly store: Pick<SagaStore, 'claimRelay' | 'advanceRelay'>;
  readonly clock: Pick<Clock, 'schedule'>;
  readonly logger: Logger;
  /** Whether the node's lease is held: without it another node may look, too. */
  readonly isHeld: () => boolean;
}

/** The longest wait for the first look, and of a node that stands by; ms. */
const longestWait = 60_000;

/** Lets a walker look now and then, on one node at a time, from where the last look ended: on whichever node that was. */
export class JournalRounds {
  readonly #options: JournalRoundsOptions;
  #isLooking = false;
  #isClosed = false;
  #forget: () => void = () => {};
  #round: Promise<void> = Promise.resolve();

  constructor(options: JournalRoundsOptions) {
    this.#options = options;
  }

  /** Looks after a while, and then again and again until `close`. */
  open(): void {
    this.#schedule(this.#patience);
  }

  /** Looks no more, once the look under way is over. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#forget();
    await this.#round;
  }

  get #patience(): number {
    return Math.min(this.#options.walker.interval, longestWait);
  }

  #schedule(wait: number): void {
    if (this.#isClosed) return;
    this.#forget = this.#options.clock.schedule(wait, () => {
      this.#round = this.#look().then(
        (next) => this.#schedule(next),
        (error: unknown) => this.#failed(error),
      );
    });
  }

  #failed(error: unknown): void {
    const { walker, logger } = this.#options;
    const wait = walker.interval;
    logger.warn({ err: error, walker: walker.name, wait }, 'the journal could not be looked through');
    this.#schedule(wait);
  }

  /** Gives how long to wait before the next look; ms. */
  async #look(): Promise<number> {
    const { walker, store, node, isHeld } = this.#options;
    const from = isHeld() ? await store.claimRelay(walker.name, node) : undefined;
    if (from === undefined) return this.#standBy();
    this.#isLooking = true;
    const to = await walker.look(from, () => this.#isClosed);
    const isMoved = to === from || (await store.advanceRelay(walker.name, { node, from, to }));
    return isMoved ? walker.interval : this.#standBy();
  }

  #standBy(): number {
    if (this.#isLooking) this.#options.walker.rest();
    this.#isLooking = false;
    return this.#patience;
  }
}
