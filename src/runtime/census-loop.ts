import type { Census } from '../core/census.ts';
import type { Clock } from '../core/clock.ts';
import { type Duration, toMilliseconds } from '../core/duration.ts';
import type { Logger } from '../core/logger.ts';
import type { SagaStore } from '../core/store.ts';

/** Looking at all sagas that are not closed, for metrics, alerts and `/readyz`. */
export interface CensusOptions {
  /** How often. Default 15 s; seldomer where the database needs long to answer. */
  readonly interval?: Duration;
  /** After how long without a move a saga that should move counts as stuck. Default 15 minutes. */
  readonly stuckAfter?: Duration;
}

/** What a census needs. */
export interface CensusLoopOptions extends CensusOptions {
  readonly store: SagaStore;
  /** The store's time. */
  readonly clock: Clock;
  readonly logger: Logger;
  /** Told of each census. */
  readonly onCensus: (census: Census) => void;
}

/** A census, and when it was taken. */
export interface DatedCensus extends Census {
  /** ms since the epoch. */
  readonly at: number;
}

/** How many stuck sagas are looked at; there may be more. */
export const mostStuck = 1_000;

/** Looking takes the database a fiftieth of its time at most, however many sagas there are. */
const idleShare = 50;

/** Takes a census now and then, and keeps the latest. */
export class CensusLoop {
  readonly #options: CensusLoopOptions;
  readonly #interval: number;
  readonly #stuckAfter: number;
  #latest: DatedCensus | undefined;
  #isClosed = false;
  #forget: () => void = () => {};
  #round: Promise<void> = Promise.resolve();

  /** Throws `DefinitionError` for a duration that is none. */
  constructor(options: CensusLoopOptions) {
    this.#options = options;
    this.#interval = toMilliseconds(options.interval ?? '15s');
    this.#stuckAfter = toMilliseconds(options.stuckAfter ?? '15m');
  }

  /** Looks now, and then again and again until `close`. */
  open(): void {
    const from = this.#options.clock.now();
    this.#round = this.#take()
      .catch((error: unknown) =>
        this.#options.logger.warn({ err: error }, 'the sagas could not be counted; trying again'),
      )
      .then(() => this.#again(this.#options.clock.now() - from));
  }

  /** The latest; `undefined`: none yet. */
  get latest(): DatedCensus | undefined {
    return this.#latest;
  }

  /** Looks no more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#forget();
    await this.#round;
  }

  #again(took: number): void {
    if (this.#isClosed) return;
    const wait = Math.max(this.#interval, took * idleShare);
    this.#forget = this.#options.clock.schedule(wait, () => this.open());
  }

  async #take(): Promise<void> {
    const { store, clock, onCensus } = this.#options;
    const census = await store.census({ stuckAfter: this.#stuckAfter, limit: mostStuck });
    this.#latest = { ...census, at: clock.now() };
    onCensus(census);
  }
}
