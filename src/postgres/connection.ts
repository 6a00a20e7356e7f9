import { Socket } from 'node:net';
import postgres from 'postgres';
import { StorageUnavailableError } from '../core/errors.ts';

/** What postgres.js makes of its options. Its types say less. */
export type ParsedOptions = Omit<postgres.ParsedOptions, 'path'> & {
  readonly path?: string | false | undefined;
};

/** Where a database listens. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/**
 * One connection, for one query at a time, that is never replaced by another one: when it breaks, it is of no more use.
 *
 * The pool of postgres.js reconnects by itself, and while it does it loses queries: some are never answered, some are
 * answered with the empty result of the new connection's greeting, and a connection that broke between two writes sends
 * no further greeting at all (3.4.9, seen when backends are killed). So each connection is a client of its own.
 */
export class Connection {
  readonly #client: postgres.Sql;
  #socket: Socket | undefined;
  #isAlive = true;
  /** Rejects the query that is under way. */
  #fail: (error: Error) => void = () => undefined;

  constructor(options: ParsedOptions, address: Address) {
    this.#client = postgres({
      ...options,
      max: 1,
      host: [address.host],
      port: [address.port],
      // Nothing may end the connection but the pool or the server.
      idle_timeout: null,
      max_lifetime: null,
      // Not needed, and a connection that dies while it asks for types is an unhandled rejection.
      fetch_types: false,
      onnotice: () => undefined,
      onclose: () => {
        this.destroy();
      },
      socket: () => this.#dial(address, options.path),
    } as unknown as postgres.Options<Record<string, never>>);
  }

  /** Whether it can take a query; the first one connects. */
  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** Runs one query. Rejects with the driver's error, or with `StorageUnavailableError` when the connection breaks. */
  run<Result>(query: (client: postgres.Sql) => PromiseLike<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#fail = reject;
      query(this.#client).then(resolve, reject);
    });
  }

  /** Ends the connection at once; the query that is under way is rejected, and may have done its work or not. */
  destroy(): void {
    if (!this.#isAlive) return;
    this.#isAlive = false;
    this.#fail(new StorageUnavailableError('the connection to the database broke'));
    this.#client.end({ timeout: 0 }).catch(() => undefined);
    this.#socket?.destroy();
  }

  /** Takes leave of the server. Only while no query is under way. */
  async close(): Promise<void> {
    this.#isAlive = false;
    await this.#client.end({ timeout: 1 });
    this.#socket?.destroy();
  }

  #dial({ host, port }: Address, path: ParsedOptions['path']): Socket {
    if (this.#socket !== undefined || !this.#isAlive) {
      this.destroy();
      throw new StorageUnavailableError('the connection to the database broke');
    }
    // postgres.js names host and port in its errors, and TLS the host to the server.
    const socket = Object.assign(new Socket(), { host, port });
    this.#socket = socket;
    // postgres.js listens later, and no longer once it ended the connection: an error must not be uncaught.
    socket.on('error', () => undefined);
    return path ? socket.connect({ path }) : socket.connect({ host, port });
  }
}
