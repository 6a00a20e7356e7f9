import { once } from 'node:events';
import { Socket, type NetConnectOpts } from 'node:net';
import postgres from 'postgres';
import { StorageUnavailableError } from '../core/errors.ts';
import { createPostgresTx, type PostgresTx } from './barrier-tx.ts';

/** How postgres.js keeps its options; `socket` makes the connection's socket. Not all of it is in its types. */
type Options = Omit<postgres.ParsedOptions, 'path'> & {
  readonly path?: string | false | undefined;
  readonly socket?: ((options: unknown) => Socket | Promise<Socket>) | undefined;
};

const GOODBYE_MS = 1_000;

/**
 * One database connection that is never replaced by another one.
 *
 * postgres.js reconnects by itself: when the backend of a transaction dies, the rest of the transaction's statements
 * land on another connection, each committed by itself or inside somebody else's transaction, and `sql.begin` can
 * crash the process. Here each connection is a client of its own, and once it is open it is refused a second socket:
 * what cannot run in its transaction cannot run at all.
 */
export class Connection {
  readonly #client: postgres.Sql;
  readonly #options: Options;
  readonly #end = new AbortController();
  #socket: Socket | undefined;
  #dials = 0;
  #isOpen = false;

  constructor(base: postgres.Sql) {
    this.#options = base.options;
    this.#client = postgres({
      ...this.#options,
      max: 1,
      // `#dial` knows the others; with several, postgres.js may leave the first query unanswered for ever.
      host: this.#options.host.slice(0, 1),
      port: this.#options.port.slice(0, 1),
      // A timer of postgres.js would end the connection between two statements of a transaction.
      idle_timeout: null,
      max_lifetime: null,
      // Known from `base`, whose parsers are shared. A connection that dies while it asks for them is an unhandled rejection.
      fetch_types: false,
      backoff: 0,
      socket: () => this.#dial(),
      onclose: () => this.destroy(),
    } as unknown as postgres.Options<Record<string, never>>);
  }

  /** Whether the connection can take a transaction. */
  get isAlive(): boolean {
    return !this.#end.signal.aborted;
  }

  /** Runs `work` in a transaction that starts with `begin`: committed when it resolves, rolled back when it rejects. */
  async transaction<Result>(begin: string, work: (tx: PostgresTx) => Promise<Result>): Promise<Result> {
    await this.#open();
    await this.#control(begin);
    const result = await this.#scoped(work);
    const { command } = await this.#control('commit');
    // PostgreSQL answers COMMIT with a rollback, not an error, when a statement failed and nobody minded.
    if (command !== 'COMMIT')
      throw new Error('rolled back: a statement of the transaction failed and its error was swallowed');
    return result;
  }

  /** Ends the connection at once; what is under way is rejected, and rolled back by the server. */
  destroy(): void {
    if (!this.isAlive) return;
    this.#end.abort();
    const socket = this.#socket;
    // postgres.js says goodbye on the socket first; taken away before that, a TLS socket throws where nobody listens.
    const hangUp = () => setTimeout(() => socket?.destroy(), GOODBYE_MS).unref();
    this.#client.end({ timeout: 0 }).then(hangUp, hangUp);
  }

  async #open(): Promise<void> {
    if (!this.#isOpen) await this.#control('select 1');
    this.#isOpen = true;
  }

  async #scoped<Result>(work: (tx: PostgresTx) => Promise<Result>): Promise<Result> {
    let isOver = false;
    try {
      return await work(createPostgresTx(this.#client, () => !isOver && this.isAlive));
    } catch (error) {
      isOver = true;
      if (this.isAlive) await this.#control('rollback');
      throw error;
    } finally {
      isOver = true;
    }
  }

  /** A statement of our own. When it fails in another way than by the server's word, the connection's state is unknown. */
  async #control(statement: string): Promise<{ readonly command: string }> {
    try {
      return await this.#client.unsafe(statement);
    } catch (error) {
      if (!(error instanceof postgres.PostgresError)) this.destroy();
      throw error;
    }
  }

  /** The connection's socket. Only until it is open may there be another one: then no transaction has begun. */
  async #dial(): Promise<Socket> {
    if (this.#isOpen || !this.isAlive)
      throw new StorageUnavailableError('the connection of this transaction is gone');
    const { socket, host, path } = this.#options;
    if (socket) return (this.#socket = await socket(this.#options));
    if (path) return this.#connect({ path });
    return this.#dialHosts(host.length);
  }

  async #dialHosts(tries: number): Promise<Socket> {
    const { host: hosts, port: ports } = this.#options;
    const host = hosts[this.#dials % hosts.length] ?? 'localhost';
    const port = ports[this.#dials % ports.length] ?? 5432;
    this.#dials += 1;
    try {
      // TLS takes the server's name from the socket.
      return Object.assign(await this.#connect({ host, port }), { host, port });
    } catch (error) {
      if (tries > 1 && this.isAlive) return this.#dialHosts(tries - 1);
      throw error;
    }
  }

  async #connect(address: NetConnectOpts): Promise<Socket> {
    const socket = (this.#socket = new Socket());
    // postgres.js listens only after some turns of the event loop: an error before that must not be uncaught.
    socket.on('error', () => undefined);
    socket.connect(address);
    try {
      await once(socket, 'connect', { signal: this.#end.signal });
      return socket;
    } catch (error) {
      socket.destroy();
      throw error;
    }
  }
}
