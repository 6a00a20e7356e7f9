import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from '../core/logger.ts';
import type { SagaStore } from '../core/store.ts';
import type { Registry } from './registry.ts';
import { type SagaChange, toChange } from './saga-change.ts';

/** What a feed reads. */
export interface JournalFeedOptions {
  readonly store: SagaStore;
  readonly registry: Registry;
  readonly logger: Logger;
}

/** What somebody wants to follow. */
export interface FollowOptions {
  /** Go on after this position; from now on when left out. */
  readonly after?: number;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** Some moves, in order; `isTorn`: some before them were left out, because they are too far back. */
export interface FeedPage {
  readonly changes: readonly SagaChange[];
  /** Everything up to here was told. */
  readonly position: number;
  readonly isTorn: boolean;
}

/** How many moves are kept at hand for those who are a little behind, and how far back one may begin. */
const kept = 5_000;
const furthest = 20_000;
const pageSize = 1_000;
/** How often to look for moves while somebody follows, and after a failure; ms. */
const interval = { idle: 100, failed: 1_000 } as const;

/**
 * Every move of every saga, whichever node made it, for those who watch. The journal is read once for all of them, and
 * only while there is somebody; whoever is slow is told what is kept, then what the store has, and in the end of a gap.
 */
export class JournalFeed {
  readonly #options: JournalFeedOptions;
  readonly #closing = new AbortController();
  readonly #waiting = new Set<() => void>();
  /** Everything after `from`, up to `to`, is in `changes`. */
  #changes: SagaChange[] = [];
  #from = 0;
  #to = 0;
  #followers = 0;
  #reading: Promise<void> = Promise.resolve();
  #opened: Promise<void> | undefined;

  constructor(options: JournalFeedOptions) {
    this.#options = options;
  }

  /** Moves as they happen, until `signal` or `close` ends it. Throws `StorageUnavailableError` when it cannot begin. */
  async *follow({ after, signal }: FollowOptions): AsyncGenerator<FeedPage> {
    this.#followers += 1;
    const end = AbortSignal.any([signal, this.#closing.signal]);
    try {
      await this.#open();
      let position = Math.min(after ?? this.#to, this.#to);
      const isTorn = this.#to - position > furthest;
      if (isTorn) position = this.#to;
      yield { changes: [], position, isTorn };
      while (!end.aborted) {
        const page = await this.#next(position, end);
        ({ position } = page);
        yield page;
      }
    } finally {
      this.#followers -= 1;
    }
  }

  /** Ends it for all who follow. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#wake();
    await this.#reading;
  }

  async #next(after: number, end: AbortSignal): Promise<FeedPage> {
    if (this.#to - after > furthest) return { changes: [], position: this.#to, isTorn: true };
    if (after < this.#from) return this.#catchUp(after);
    if (after >= this.#to) await this.#moved(end);
    const first = this.#changes.findIndex(({ position }) => position > after);
    const changes = first < 0 ? [] : this.#changes.slice(first, first + pageSize);
    return { changes, position: changes.at(-1)?.position ?? Math.max(after, this.#to), isTorn: false };
  }

  async #catchUp(after: number): Promise<FeedPage> {
    const reached = this.#from;
    const entries = await this.#options.store.readJournal({ after, limit: pageSize });
    const changes = entries.map((entry) => this.#toChange(entry));
    return { changes, position: changes.at(-1)?.position ?? reached, isTorn: false };
  }

  /** Resolves with the next moves, or when it ends. */
  async #moved(end: AbortSignal): Promise<void> {
    if (end.aborted) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        this.#waiting.delete(done);
        end.removeEventListener('abort', done);
        resolve();
      };
      this.#waiting.add(done);
      end.addEventListener('abort', done);
    });
  }

  /** Begins to read where the journal ends now, unless somebody follows already. */
  async #open(): Promise<void> {
    this.#opened ??= this.#begin();
    return this.#opened.catch((error: unknown) => {
      this.#opened = undefined;
      throw error;
    });
  }

  async #begin(): Promise<void> {
    await this.#reading;
    this.#to = await this.#options.store.journalEnd();
    this.#from = this.#to;
    this.#changes = [];
    this.#reading = this.#readOn();
  }

  async #readOn(): Promise<void> {
    while (this.#followers > 0 && !this.#closing.signal.aborted) {
      const wait = await this.#read().catch((error: unknown) => {
        this.#options.logger.warn({ err: error }, 'the journal cannot be read for those who watch');
        return interval.failed;
      });
      if (wait > 0) await pause(wait, undefined, { signal: this.#closing.signal }).catch(() => undefined);
    }
    this.#opened = undefined;
  }

  /** Reads what is new; gives how long to wait before the next time, in ms. */
  async #read(): Promise<number> {
    const entries = await this.#options.store.readJournal({ after: this.#to, limit: pageSize });
    const last = entries.at(-1);
    if (last === undefined) return interval.idle;
    this.#changes.push(...entries.map((entry) => this.#toChange(entry)));
    this.#to = last.position;
    if (this.#changes.length > 2 * kept) {
      this.#changes = this.#changes.slice(-kept);
      this.#from = (this.#changes[0]?.position ?? this.#to + 1) - 1;
    }
    this.#wake();
    return entries.length < pageSize ? interval.idle : 0;
  }

  #toChange(entry: Parameters<typeof toChange>[0]): SagaChange {
    const { name, version } = entry.definition;
    const found = this.#options.registry.all.find(({ ref }) => ref.name === name && ref.version === version);
    return toChange(entry, found?.logic.plan);
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
  }
}
