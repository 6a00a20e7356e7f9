import { randomBytes } from 'node:crypto';
import { type AddressInfo, createServer, isIP, type Server } from 'node:net';
import { DefinitionError, toFailure, UnavailableError } from '../core/errors.ts';
import { BrokerClient } from './broker-client.ts';
import { BrokerRouter } from './broker-router.ts';

/** Where a broker listens and what it lets through. */
export interface BrokerOptions {
  /** 0, the default: any free one. */
  readonly port?: number;
  /** A loopback address; `127.0.0.1` by default. */
  readonly host?: string;
  /** The largest message, headers included, in bytes; 1 MiB by default. */
  readonly maxPayload?: number;
  /** How much may wait for a client that does not read before it is disconnected, in bytes; 64 MiB by default. */
  readonly maxPending?: number;
}

/** A broker that is listening. */
export interface Broker {
  readonly url: string;
  readonly port: number;
  /** Disconnects everybody and stops listening. */
  close(): Promise<void>;
}

/**
 * Starts a NATS broker for development and tests: core NATS (no JetStream, no accounts, no TLS), so that `sagachart dev`
 * needs nothing installed. Throws `DefinitionError` in production and for an address that others can reach, and
 * `UnavailableError` when the port is taken.
 */
export async function startBroker(options: BrokerOptions = {}): Promise<Broker> {
  const { host = '127.0.0.1', port = 0, maxPayload = 1024 * 1024, maxPending = 64 * 1024 * 1024 } = options;
  requireDevelopment();
  requireLoopback(host);
  const clients = new Set<BrokerClient>();
  const server = createBrokerServer(clients, { maxPayload, maxPending });
  await listen(server, host, port);
  const address = server.address() as AddressInfo;
  return {
    url: `nats://${isIP(host) === 6 ? `[${host}]` : host}:${address.port}`,
    port: address.port,
    close: () => closeServer(server, clients),
  };
}

function requireDevelopment(): void {
  if (process.env['NODE_ENV'] !== 'production') return;
  throw new DefinitionError(
    'The built-in broker is for development: it has no users, no TLS and no cluster. In production, run nats-server and set NATS_URL.',
  );
}

function requireLoopback(host: string): void {
  const isLoopback = host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
  if (isLoopback) return;
  throw new DefinitionError(
    `The built-in broker lets everybody in, so it listens on loopback only, not on ${JSON.stringify(host)}. Use 127.0.0.1, or run nats-server.`,
  );
}

function createBrokerServer(
  clients: Set<BrokerClient>,
  limits: { readonly maxPayload: number; readonly maxPending: number },
): Server {
  const router = new BrokerRouter();
  const serverId = randomBytes(16).toString('hex').toUpperCase();
  let count = 0;
  const server = createServer((socket) => {
    count += 1;
    const client = new BrokerClient(socket, { router, ...limits });
    clients.add(client);
    socket.on('close', () => clients.delete(client));
    const { address, port } = server.address() as AddressInfo;
    client.greet({
      server_id: serverId,
      server_name: 'sagachart-dev',
      version: '2.9.0',
      proto: 1,
      host: address,
      port,
      headers: true,
      max_payload: limits.maxPayload,
      client_id: count,
      client_ip: socket.remoteAddress,
    });
  });
  return server;
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      const message = `The built-in broker cannot listen on ${host}:${port}: ${toFailure(error).message}`;
      reject(new UnavailableError(message, { cause: error, reason: 'listen_failed' }));
    });
    server.listen(port, host, resolve);
  });
}

function closeServer(server: Server, clients: ReadonlySet<BrokerClient>): Promise<void> {
  for (const client of clients) client.destroy();
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
