import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A way to a server that can be cut, slowed down and blocked. On loopback. */
export class Proxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #delay = 0;
  #blockedUntil = 0;

  private constructor(target: number) {
    this.#server = createServer((client) => {
      const upstream = connect(target, '127.0.0.1');
      this.#pass(client, upstream);
      this.#pass(upstream, client);
    });
  }

  /** Listens on a free port and passes everything on to the port `target`. */
  static async open(target: number): Promise<Proxy> {
    const proxy = new Proxy(target);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Ends all connections at once; new ones are let through. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** From now on every piece is so many ms late; 0: not any more. */
  slow(delay: number): void {
    this.#delay = delay;
  }

  /** Passes nothing on for so many ms; then all of it, late. */
  block(duration: number): void {
    this.#blockedUntil = Date.now() + duration;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #pass(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    from.setNoDelay(true);
    let last = 0;
    from.on('data', (piece) => {
      const now = Date.now();
      // Never before an earlier piece.
      last = Math.max(last, now + this.#delay, this.#blockedUntil);
      if (last <= now) to.write(piece);
      else setTimeout(() => to.destroyed || to.write(piece), last - now);
    });
    from.on('error', () => undefined);
    from.on('close', () => {
      this.#sockets.delete(from);
      to.destroy();
    });
  }
}
