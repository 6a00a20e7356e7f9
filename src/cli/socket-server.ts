import type { WebSocketServerLike } from '@hono/node-server';
import type { InspectOptions } from '../http/inspect-socket.ts';
import type { PageOptions } from '../http/page.ts';
import { CliError } from './exit-code.ts';
import type { Settings } from './settings.ts';

/** Takes over requests that want to be a WebSocket. */
export interface SocketServer {
  readonly server: WebSocketServerLike;
  /** Ends all connections at once. */
  hangUp(): void;
}

/** The largest message that is read; bytes. An inspector has little to say. */
const maxPayload = 64 * 1024;

/** Makes one. Throws `CliError` where the package is missing that does it. */
export async function openSocketServer(): Promise<SocketServer> {
  const { WebSocketServer } = await import('ws').catch((error: unknown) => {
    const advice = ['npm install ws'];
    throw new CliError('usage', 'inspect.socket needs the package ws', { cause: error, advice });
  });
  const server = new WebSocketServer({ noServer: true, maxPayload });
  return {
    server: server as unknown as WebSocketServerLike,
    hangUp: () => {
      for (const client of server.clients) client.terminate();
    },
  };
}

/** What the app is told of inspectors: where the page's is, and who may connect to the socket; nobody unless it is turned on. */
export function toInspect({ inspect: { url, socket, origins } }: Settings): {
  readonly page?: PageOptions;
  readonly inspect?: InspectOptions;
} {
  const listed = origins.split(',').filter((origin) => origin !== '');
  return {
    ...(url === undefined ? {} : { page: { inspectorUrl: url } }),
    ...(socket === 'off' ? {} : { inspect: { origins: listed } }),
  };
}
