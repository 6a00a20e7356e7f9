import type { Database } from './database.ts';
import { DROP_EMPTY_TALLIES, FOLD_TALLIES } from './tally-statement.ts';

/** After how many statements the changes that they wrote are summed up. */
const every = 64;
/** How many changes are summed up at once. */
const atOnce = 5_000;

/**
 * Sums up what commits add to the tallies, now and then and beside them. Where it fails or nobody does it, reading the
 * tallies takes longer; it is never wrong.
 */
export class TallyFolder {
  readonly #database: Database;
  #statements = 0;
  #isClosed = false;
  #work: Promise<void> | undefined;

  constructor(database: Database) {
    this.#database = database;
  }

  /** A statement wrote sagas. */
  written(): void {
    this.#statements += 1;
    if (this.#statements % every !== 0 || this.#work !== undefined) return;
    // What cannot be summed up now will be later, by this process or another one.
    this.#work = this.#fold()
      .catch(() => undefined)
      .finally(() => {
        this.#work = undefined;
      });
  }

  /** Waits for what is under way. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#work;
  }

  /** Until there are few: sagas of many tenants and definitions leave more changes than fit into one go. */
  async #fold(): Promise<void> {
    for (let isMore = true; isMore && !this.#isClosed;) {
      const [row] = await this.#database.query<{ readonly folded: number }>(FOLD_TALLIES, [atOnce]);
      isMore = row?.folded === atOnce;
    }
    await this.#database.query(DROP_EMPTY_TALLIES, []);
  }
}
