import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { isPortTaken } from './port-taken.ts';

/** An HTTP server on loopback. */
export interface HttpServer {
  readonly url: string;
  readonly port: number;
  /** Takes no more requests, gives those at hand two seconds, then hangs up. */
  close(): Promise<void>;
}

/** How long requests at hand may still take when the server is closed; ms. */
const grace = 2_000;

/** Serves `fetch` on 127.0.0.1; on a free port when the given one is taken. */
export async function listen(
  fetch: (request: Request) => Response | Promise<Response>,
  port: number,
): Promise<HttpServer> {
  const server = createAdaptorServer({ fetch }) as Server;
  await bind(server, port).catch((error: unknown) => {
    if (!isPortTaken(error)) throw error;
    return bind(server, 0);
  });
  const { port: bound } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${bound}`, port: bound, close: () => shut(server) };
}

async function bind(server: Server, port: number): Promise<void> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
}

async function shut(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), grace);
  await closed;
  clearTimeout(timer);
}
