import { StorageUnavailableError, UnavailableError } from '../core/errors.ts';
import type { SagaStore } from '../core/store.ts';
import type { Transport } from '../core/transport.ts';
import type { EmbeddedStore } from '../embedded/pglite-store.ts';
import { createNatsTransport } from '../nats/transport.ts';
import { createPostgresStore } from '../postgres/create-store.ts';
import type { Closers } from './closers.ts';
import { CliError } from './exit-code.ts';
import { maskText, maskUrl } from './mask.ts';
import type { Settings } from './settings.ts';

/** How a node's parts are opened. */
export interface PartsOptions {
  readonly settings: Settings;
  /** Stand in for what has no URL: for development. */
  readonly isEmbedded: boolean;
  readonly migrates: boolean;
  /** Told how to close what was opened. */
  readonly closers: Closers;
}

/** A part, and what it is, for people; without secrets. */
export interface Part<Thing> {
  readonly part: Thing;
  readonly place: string;
}

/** The transport, and where its NATS is; with secrets. */
export interface TransportPart extends Part<Transport> {
  readonly url: string;
}

/** Opens the store. Throws `CliError` with what to do. */
export async function openStore({
  settings,
  isEmbedded,
  migrates,
  closers,
}: PartsOptions): Promise<Part<SagaStore>> {
  const { url, connections, statementTimeout } = settings.database;
  if (url === undefined)
    return isEmbedded
      ? openEmbeddedStore(settings, closers)
      : missing('DATABASE_URL', 'PostgreSQL', 'postgres://user:password@localhost:5432/app');
  try {
    const store = await createPostgresStore({ url, connections, statementTimeout, migrate: migrates });
    closers.add(() => store.close());
    return { part: store, place: maskUrl(url) };
  } catch (error) {
    throw toUnreachable(error, `PostgreSQL at ${maskUrl(url)}`, 'DATABASE_URL');
  }
}

/** Connects to NATS. Throws `CliError` with what to do. */
export async function openTransport({ settings, isEmbedded, closers }: PartsOptions): Promise<TransportPart> {
  const { url, prefix, inboxPrefix, maxReplyBytes } = settings.nats;
  if (url === undefined && !isEmbedded) return missing('NATS_URL', 'a NATS server', 'nats://localhost:4222');
  const server =
    url === undefined ? await startEmbeddedBroker(settings, closers) : { url, place: maskUrl(url) };
  try {
    const transport = await createNatsTransport({
      url: server.url,
      prefix,
      inboxPrefix,
      maxReplyBytes,
      name: 'sagachart',
    });
    closers.add(() => transport.close());
    return { part: transport, place: `${server.place}, subjects ${prefix}.>`, url: server.url };
  } catch (error) {
    throw natsUnreachable(error, server.url);
  }
}

/** Waits for something else that connects to a node's NATS. Throws `CliError` with what to do where that is gone meanwhile. */
export async function overNats<Opened>(url: string, opening: Promise<Opened>): Promise<Opened> {
  try {
    return await opening;
  } catch (error) {
    // A stream that cannot be had is no matter of the URL.
    const isGone = error instanceof UnavailableError && error.reason !== 'no_stream';
    throw isGone ? natsUnreachable(error, url) : error;
  }
}

function natsUnreachable(error: unknown, url: string): CliError {
  return toUnreachable(error, `NATS at ${maskUrl(url)}`, 'NATS_URL');
}

/** Throws `CliError` where the embedded parts must not be used. */
export function checkEmbedded(env: Readonly<Record<string, string | undefined>>): void {
  if (env['NODE_ENV'] !== 'production') return;
  const advice = ['Set DATABASE_URL and NATS_URL, and leave --embedded out.'];
  throw new CliError(
    'usage',
    'the embedded database and broker are for development, and NODE_ENV is production',
    { advice },
  );
}

async function openEmbeddedStore(settings: Settings, closers: Closers): Promise<Part<SagaStore>> {
  const { store } = await openEmbedded(settings, closers);
  return { part: store, place: `embedded, in ${settings.embedded.data}` };
}

/** Opens the embedded database. Throws `CliError` when another process uses its directory. */
export async function openEmbedded(
  { embedded, database }: Settings,
  closers: Closers,
): Promise<EmbeddedStore> {
  const { createEmbeddedStore } = await import('../embedded/pglite-store.ts');
  try {
    const opened = await createEmbeddedStore({
      dataDir: embedded.data,
      statementTimeout: database.statementTimeout,
    });
    closers.add(() => opened.store.close());
    return opened;
  } catch (error) {
    if (!(error instanceof StorageUnavailableError)) throw error;
    throw new CliError('failed', error.message, { cause: error });
  }
}

async function startEmbeddedBroker(
  { embedded }: Settings,
  closers: Closers,
): Promise<{ readonly url: string; readonly place: string }> {
  const { startBroker } = await import('../embedded/broker.ts');
  try {
    const broker = await startBroker({ port: embedded.natsPort });
    closers.add(() => broker.close());
    return { url: broker.url, place: `${broker.url} (embedded)` };
  } catch (error) {
    throw new CliError('failed', (error as Error).message, {
      cause: error,
      advice: ['SAGACHART_NATS_PORT chooses another port (0: any free one).'],
    });
  }
}

function missing(variable: string, what: string, example: string): never {
  throw new CliError(
    'usage',
    `${variable} is not set: there is no ${what.replace(/^an? /, '')} to work with`,
    {
      advice: [
        `Start ${what} and give its URL: ${variable}=${example}`,
        'For a try without servers: --embedded',
      ],
    },
  );
}

function toUnreachable(error: unknown, what: string, variable: string): CliError {
  const message = error instanceof Error ? error.message : String(error);
  const advice = [`Does it run, and is ${variable} right? 'sagachart doctor' looks closer.`];
  return new CliError('unreachable', `${what} cannot be used: ${maskText(message)}`, {
    cause: error,
    advice,
  });
}
