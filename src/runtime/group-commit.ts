import type { Clock, Ids } from '../core/clock.ts';
import { StorageRefusedError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { EngineObserver } from '../core/observer.ts';
import type { SagaStore, SagaWrite } from '../core/store.ts';
import { toId } from './saga-record.ts';

/** How a write ended: durable, overtaken by another writer, or refused by the database for its content. */
export type CommitOutcome = 'written' | 'stale' | { readonly refused: StorageRefusedError };

/** What a group commit needs. */
export interface GroupCommitOptions {
  readonly store: SagaStore;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  /** The most sagas in one statement. */
  readonly maxBatch: number;
  /** How many statements may be under way at once. */
  readonly concurrency: number;
  readonly observers?: Pick<Required<EngineObserver>, 'committing'>;
}

interface Waiting {
  readonly write: SagaWrite;
  readonly done: (outcome: CommitOutcome) => void;
}

/**
 * Makes transitions durable, many sagas' in one statement: while statements are under way the next writes collect,
 * and a lone write goes at once. A statement whose answer is lost is read back before it is sent again.
 */
export class GroupCommit {
  readonly #options: GroupCommitOptions;
  readonly #queue: Waiting[] = [];
  #underWay = 0;
  #isFlushing = false;
  #isFailing = false;
  #isClosed = false;
  #statements = 0;
  #writes = 0;
  readonly #idle: (() => void)[] = [];

  constructor(options: GroupCommitOptions) {
    this.#options = options;
  }

  /** Queues a write; `done` is called once, after its outcome is certain. */
  commit(write: SagaWrite, done: (outcome: CommitOutcome) => void): void {
    this.#queue.push({ write, done });
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    // Events that arrive together are handled together: they get into the same statement.
    queueMicrotask(() => {
      this.#isFlushing = false;
      this.#flush();
    });
  }

  /** Statements and writes so far, writes that wait, and whether the store is failing now. */
  get stats(): {
    readonly statements: number;
    readonly writes: number;
    readonly waiting: number;
    readonly isFailing: boolean;
  } {
    return {
      statements: this.#statements,
      writes: this.#writes,
      waiting: this.#queue.length,
      isFailing: this.#isFailing,
    };
  }

  /** Resolves when nothing is queued or under way. */
  async drain(): Promise<void> {
    if (this.#queue.length === 0 && this.#underWay === 0) return;
    await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** Asks a store that does not answer no more: what has no certain outcome yet counts as overtaken. */
  close(): void {
    this.#isClosed = true;
  }

  #flush(): void {
    while (this.#queue.length > 0 && this.#underWay < this.#options.concurrency) {
      const batch = this.#take();
      this.#underWay += 1;
      void this.#write(batch).then(() => {
        this.#underWay -= 1;
        this.#flush();
        if (this.#queue.length === 0 && this.#underWay === 0)
          for (const resolve of this.#idle.splice(0)) resolve();
      });
    }
  }

  /**
   * The next batch, with one write of a saga at most: where its answer is lost, what was made durable is told by saga
   * and statement. A node that took a saga over twice at once may have two writes of it; the later one waits its turn.
   */
  #take(): readonly Waiting[] {
    const batch = this.#queue.splice(0, this.#options.maxBatch);
    const sagas = new Set(batch.map(({ write }) => toId(write.key)));
    if (sagas.size === batch.length) return batch;
    const [firsts, others] = partition(batch, isFirstOfItsSaga());
    this.#queue.unshift(...others);
    return firsts;
  }

  /** Never rejects: until `close` it goes on until every outcome is certain. */
  async #write(batch: readonly Waiting[]): Promise<void> {
    this.#statements += 1;
    this.#writes += batch.length;
    const txId = this.#options.ids.next();
    const writes = batch.map(({ write }) => write);
    const done = this.#options.observers?.committing(writes.length);
    const written = await this.#persist(txId, writes).catch((error: unknown) => error as StorageRefusedError);
    done?.();
    if (written instanceof Error) return this.#isolate(batch, written);
    batch.forEach((waiting, index) => this.#tell(waiting, written[index] === true ? 'written' : 'stale'));
  }

  /** One listener's exception must not reach the others of its batch. */
  #tell({ write, done }: Waiting, outcome: CommitOutcome): void {
    try {
      done(outcome);
    } catch (error) {
      this.#options.logger.error({ err: error, sagaId: write.key.id }, 'what follows a commit threw');
    }
  }

  /** A batch that the database refuses for its content is split until the culprit stands alone. */
  async #isolate(batch: readonly Waiting[], refused: StorageRefusedError): Promise<void> {
    const [first, ...others] = batch;
    if (first !== undefined && others.length === 0) return this.#tell(first, { refused });
    const middle = Math.ceil(batch.length / 2);
    await this.#write(batch.slice(0, middle));
    await this.#write(batch.slice(middle));
  }

  /** Rejects only with `StorageRefusedError`. */
  async #persist(txId: string, writes: readonly SagaWrite[]): Promise<readonly boolean[]> {
    const { store, logger } = this.#options;
    for (let tries = 1; ; tries += 1) {
      try {
        const written = tries === 1 ? await store.commit(txId, writes) : await this.#repeat(txId, writes);
        this.#isFailing = false;
        return written;
      } catch (error) {
        if (error instanceof StorageRefusedError) throw error;
        this.#isFailing = true;
        if (this.#isClosed) return writes.map(() => false);
        logger.warn(
          { err: error, tries, writes: writes.length },
          'a commit has no certain outcome: reading back',
        );
        await this.#pause(Math.min(1000, 25 * 2 ** tries));
      }
    }
  }

  /** An earlier sending may have been committed, or may yet be: what the journal holds under this `txId` counts. */
  async #repeat(txId: string, writes: readonly SagaWrite[]): Promise<readonly boolean[]> {
    const { store } = this.#options;
    const before = await store.committed(txId, writes);
    const missing = writes.filter((_, index) => before[index] !== true);
    if (missing.length === 0) return before;
    const again = await store.commit(txId, missing);
    if (again.every(Boolean)) return writes.map(() => true);
    return store.committed(txId, writes);
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.#options.clock.schedule(ms, resolve));
  }
}

function isFirstOfItsSaga(): (waiting: Waiting) => boolean {
  const seen = new Set<string>();
  return ({ write }) => seen.size < seen.add(toId(write.key)).size;
}

function partition<Item>(items: readonly Item[], isIn: (item: Item) => boolean): readonly [Item[], Item[]] {
  const [inside, outside]: [Item[], Item[]] = [[], []];
  for (const item of items) (isIn(item) ? inside : outside).push(item);
  return [inside, outside];
}
