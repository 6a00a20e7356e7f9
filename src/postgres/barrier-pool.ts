import type postgres from 'postgres';
import { RetryableError, StorageUnavailableError } from '../core/errors.ts';
import { Connection } from './barrier-connection.ts';
import type { BarrierDatabase, BarrierTransaction } from './barrier-passage.ts';
import type { Query } from './barrier-table.ts';
import type { PostgresTx } from './barrier-tx.ts';

/** PostgreSQL's isolation levels. */
export type Isolation = 'read committed' | 'repeatable read' | 'serializable';

/** How the connections of a barrier are used. */
export interface BarrierPoolOptions {
  /** How many there are at most. */
  readonly connections: number;
  /** After how many ms a transaction is broken off. */
  readonly timeout: number;
  readonly isolation: Isolation;
}

/** The connections of a barrier: as many as are needed at a time, used again while they live, never after they broke. */
export class BarrierPool implements BarrierDatabase<PostgresTx> {
  readonly #base: postgres.Sql;
  readonly #options: BarrierPoolOptions;
  readonly #idle: Connection[] = [];
  readonly #waiting: (() => void)[] = [];
  #used = 0;

  constructor(base: postgres.Sql, options: BarrierPoolOptions) {
    this.#base = base;
    this.#options = options;
  }

  async transaction<Result>(
    work: (transaction: BarrierTransaction<PostgresTx>) => Promise<Result>,
  ): Promise<Result> {
    if (this.#used === this.#options.connections)
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#used += 1;
    const connection = this.#take();
    try {
      return await this.#use(connection, work);
    } finally {
      this.#giveBack(connection);
    }
  }

  /** Ends the connections; no transaction may be under way. */
  close(): void {
    for (const connection of this.#idle.splice(0)) connection.destroy();
  }

  async #use<Result>(
    connection: Connection,
    work: (transaction: BarrierTransaction<PostgresTx>) => Promise<Result>,
  ): Promise<Result> {
    const { timeout, isolation } = this.#options;
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      connection.destroy();
    }, timeout);
    try {
      return await connection.transaction(`begin isolation level ${isolation}`, (tx) =>
        work({ tx, query: queryOf(tx) }),
      );
    } catch (error) {
      if (isLate) throw new RetryableError(`rolled back after ${timeout} ms`, { reason: 'timeout' });
      if (connection.isAlive) throw error;
      throw new StorageUnavailableError('the connection to the database broke during a transaction', {
        cause: error,
      });
    } finally {
      clearTimeout(timer);
    }
  }

  #take(): Connection {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop())
      if (idle.isAlive) return idle;
    return new Connection(this.#base);
  }

  /** The turn goes straight to who waits longest: nobody who comes later can take it. */
  #giveBack(connection: Connection): void {
    if (connection.isAlive) this.#idle.push(connection);
    const next = this.#waiting.shift();
    if (next === undefined) this.#used -= 1;
    else next();
  }
}

function queryOf(tx: PostgresTx): Query {
  return (text, parameters) => tx.unsafe(text, [...parameters], { prepare: true }).values();
}
