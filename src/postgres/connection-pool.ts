import type postgres from 'postgres';
import { StorageUnavailableError } from '../core/errors.ts';
import { Connection, type ParsedOptions } from './connection.ts';
import { withDeadline } from './storage-error.ts';

/** How many connections there are at most, and how long a query may take from when it is asked, in ms. */
export interface ConnectionPoolOptions {
  readonly connections: number;
  readonly deadline: number;
}

/** A query's turn: the connection it got, and whether its time is over. */
interface Turn {
  connection?: Connection;
  isOver?: true;
}

/** Connections, made when they are needed and used again while they live. A query that waits gets its turn in order. */
export class ConnectionPool {
  readonly #postgres: ParsedOptions;
  readonly #options: ConnectionPoolOptions;
  readonly #idle: Connection[] = [];
  readonly #waiting: (() => void)[] = [];
  readonly #running = new Set<Promise<unknown>>();
  #free: number;
  #dials = 0;
  #isClosed = false;

  constructor(options: ParsedOptions, poolOptions: ConnectionPoolOptions) {
    this.#postgres = options;
    this.#options = poolOptions;
    this.#free = poolOptions.connections;
  }

  /** Runs one query. A connection that does not answer in time is destroyed: it fell silent. */
  async run<Result>(query: (client: postgres.Sql) => PromiseLike<Result>): Promise<Result> {
    if (this.#isClosed) throw new StorageUnavailableError('the store is closed');
    const turn: Turn = {};
    const running = this.#take(turn, query);
    this.#running.add(running);
    const expire = () => {
      turn.isOver = true;
      turn.connection?.destroy();
    };
    return withDeadline(running, this.#options.deadline, expire).finally(() => this.#running.delete(running));
  }

  /** Waits for the queries at hand, then ends the connections. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled(this.#running);
    await Promise.all(this.#idle.splice(0).map((connection) => connection.close()));
  }

  async #take<Result>(turn: Turn, query: (client: postgres.Sql) => PromiseLike<Result>): Promise<Result> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    const connection = this.#pick();
    turn.connection = connection;
    try {
      if (turn.isOver) throw new StorageUnavailableError('no connection was free in time');
      return await connection.run(query);
    } finally {
      this.#giveBack(connection);
    }
  }

  #pick(): Connection {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop())
      if (idle.isAlive) return idle;
    const { host: hosts, port: ports } = this.#postgres;
    const dial = this.#dials++;
    return new Connection(this.#postgres, {
      host: hosts[dial % hosts.length] ?? 'localhost',
      port: ports[dial % ports.length] ?? 5432,
    });
  }

  /** The turn goes straight to who waits longest: nobody who comes later can take it. */
  #giveBack(connection: Connection): void {
    if (connection.isAlive) this.#idle.push(connection);
    const next = this.#waiting.shift();
    if (next === undefined) this.#free += 1;
    else next();
  }
}
