import type { Clock } from '../core/clock.ts';
import { type Duration, toMilliseconds } from '../core/duration.ts';
import { NotAllowedError, NotFoundError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { isClosed } from '../core/snapshot.ts';
import type { SagaKey, SagaStore } from '../core/store.ts';
import { relayName } from './relay.ts';

/** How long closed sagas are kept, and batches of actions that ended. Parked sagas are kept until a person closes them. */
export interface RetentionOptions {
  /** Counted from when the saga was closed, or the batch ended. */
  readonly after: Duration;
  /** How often to look for what is old enough. Default 10 minutes. */
  readonly interval?: Duration;
  /** How many sagas are deleted with one statement. Default 200. */
  readonly batch?: number;
}

/** What the retention needs. */
export interface RetentionParts {
  readonly store: SagaStore;
  /** The store's time. */
  readonly clock: Clock;
  readonly logger: Logger;
}

/** About how many sagas' outcomes are deleted with one statement: they are small, and one batch may have 100,000. */
const mostOutcomes = 5_000;

/**
 * Deletes sagas that were closed long enough ago, with their journals, in small batches: only closed ones, only whole, and,
 * where events are published, only after all of theirs were. An idempotency key lives as long as its saga. Batches of actions
 * that ended as long ago go as well, with what became of their sagas.
 */
export class Retention {
  readonly #parts: RetentionParts;
  readonly #after: number;
  readonly #interval: number;
  readonly #batch: number;
  #deleted = 0;
  #isClosed = false;
  #forget: () => void = () => {};
  #round: Promise<void> = Promise.resolve();

  /** Throws `DefinitionError` for a duration that is none. */
  constructor(parts: RetentionParts, { after, interval = '10m', batch = 200 }: RetentionOptions) {
    this.#parts = parts;
    this.#after = toMilliseconds(after);
    this.#interval = toMilliseconds(interval);
    this.#batch = batch;
  }

  /** Looks now, and then again and again until `close`. */
  open(): void {
    this.#round = this.#deleteOld()
      .catch((error: unknown) =>
        this.#parts.logger.warn({ err: error }, 'what is old could not be deleted; trying again later'),
      )
      .then(() => {
        if (!this.#isClosed) this.#forget = this.#parts.clock.schedule(this.#interval, () => this.open());
      });
  }

  /** How many sagas this process deleted so far. */
  get deleted(): number {
    return this.#deleted;
  }

  /** Stops after the batch at hand. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#forget();
    await this.#round;
  }

  async #deleteOld(): Promise<void> {
    const before = this.#parts.clock.now() - this.#after;
    await this.#deleteSagas(before);
    await this.#deleteBatches(before);
  }

  async #deleteSagas(before: number): Promise<void> {
    const { store, logger } = this.#parts;
    const already = this.#deleted;
    for (let isMore = true; isMore && !this.#isClosed;) {
      const deleted = await store.deleteClosed({ before, limit: this.#batch, relay: relayName });
      this.#deleted += deleted;
      isMore = deleted === this.#batch;
      if (deleted > 0)
        logger.info(
          { deleted: this.#deleted - already, before, isMore },
          'deleted sagas that were closed long ago',
        );
    }
  }

  async #deleteBatches(before: number): Promise<void> {
    const { store, logger } = this.#parts;
    for (let isMore = true; isMore && !this.#isClosed;) {
      const deleted = await store.deleteBatches({ before, limit: mostOutcomes });
      isMore = deleted > 0;
      if (isMore) logger.info({ deleted, before }, 'deleted batches that ended long ago');
    }
  }
}

/** Deletes one closed saga now. Throws `NotFoundError`, and `NotAllowedError` while anybody still needs it. */
export async function deleteSaga(store: SagaStore, key: SagaKey): Promise<void> {
  if (await store.deleteSaga(key, relayName)) return;
  const record = await store.get(key);
  if (record === undefined) throw new NotFoundError(`there is no saga '${key.id}'`);
  const refuse = (why: string): never => {
    throw new NotAllowedError(`saga '${key.id}' cannot be deleted: ${why}`);
  };
  if (!isClosed(record.status)) refuse(`it is ${record.status}; only a closed one can`);
  if (record.hooks !== null) refuse('its hooks have not run yet; try again later');
  refuse('its events are not published yet; try again later');
}
