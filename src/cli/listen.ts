import { once } from 'node:events';
import type { Server } from 'node:http';
import { type AddressInfo, isIPv6 } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { CliError } from './exit-code.ts';

/** An HTTP server that listens. */
export interface HttpServer {
  readonly url: string;
  /** Takes no more requests, gives those at hand two seconds, then hangs up. */
  close(): Promise<void>;
}

/** How long requests at hand may still take when the server is closed; ms. */
const grace = 2_000;

/** Serves `fetch`. Throws `CliError` when it cannot listen there. */
export async function listen(
  fetch: (request: Request) => Response | Promise<Response>,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<HttpServer> {
  const server = createAdaptorServer({ fetch }) as Server;
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
  return { url: `http://${name}:${address.port}`, close: () => shut(server) };
}

async function shut(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), grace);
  await closed;
  clearTimeout(timer);
}
