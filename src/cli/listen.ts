import { once } from 'node:events';
import type { Server } from 'node:http';
import { type AddressInfo, isIPv6 } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { CliError } from './exit-code.ts';
import { refuseMalformed } from './malformed-request.ts';
import type { SocketServer } from './socket-server.ts';

/** An HTTP server that listens. */
export interface HttpServer {
  readonly url: string;
  /** Takes no more requests, gives those at hand two seconds, then hangs up. */
  close(): Promise<void>;
}

/** What a client may send, and how slowly: bytes, ms. */
const limits = { maxHeaderSize: 16_384, headersTimeout: 10_000, requestTimeout: 30_000 };

/** How long requests at hand may still take when the server is closed; ms. */
const grace = 2_000;

/** Where to listen. */
export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  /** Takes over requests that want to be a WebSocket. */
  readonly sockets?: SocketServer | undefined;
}

/** Serves `fetch`. Throws `CliError` when it cannot listen there. */
export async function listen(
  fetch: (request: Request, env: object) => Response | Promise<Response>,
  { host, port, sockets }: ListenOptions,
): Promise<HttpServer> {
  const server = createAdaptorServer({
    fetch,
    serverOptions: limits,
    ...(sockets === undefined ? {} : { websocket: { server: sockets.server } }),
  }) as Server;
  server.on('clientError', refuseMalformed);
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const advice =
      code === 'EADDRINUSE'
        ? ['Something listens there already: end it, or give another port (0: any free one).']
        : [];
    throw new CliError('failed', `cannot listen at ${host}:${port}: ${message}`, { cause: error, advice });
  }
  const address = server.address() as AddressInfo;
  const name = isIPv6(address.address) ? `[${address.address}]` : address.address;
  return { url: `http://${name}:${address.port}`, close: () => shut(server, sockets) };
}

async function shut(server: Server, sockets: SocketServer | undefined): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  const timer = setTimeout(() => {
    server.closeAllConnections();
    sockets?.hangUp();
  }, grace);
  await closed;
  clearTimeout(timer);
}
