import type { AnySagaDefinition } from '../core/definition.ts';
import { StorageUnavailableError, toFailure } from '../core/errors.ts';
import { createApp } from '../http/app.ts';
import { createOrchestrator, type Orchestrator } from '../runtime/orchestrator.ts';
import { Closers } from './closers.ts';
import { CliError } from './exit-code.ts';
import { createHealthApp } from './health-app.ts';
import { type HttpServer, listen } from './listen.ts';
import { type Log, logMove } from './log.ts';
import { maskText } from './mask.ts';
import { openStore, openTransport, type PartsOptions } from './parts.ts';

/** What a node is made of. */
export interface NodeOptions extends Omit<PartsOptions, 'closers'> {
  readonly sagas: readonly AnySagaDefinition[];
  readonly log: Log;
  /** `api`: the whole HTTP API. `health`: `/healthz` and `/readyz` where a port is set for them. */
  readonly serves: 'api' | 'health';
}

/** A process that drives sagas. */
export interface Node {
  /** Where things are, for people; without secrets. */
  readonly places: { readonly database: string; readonly nats: string; readonly http: string | undefined };
  /** Takes no more work (`/readyz` answers 503), makes durable what is decided, lets go of every saga, closes everything. */
  close(): Promise<void>;
}

/** Opens a node: store, transport, orchestrator, HTTP. Throws `CliError`; what was opened is closed then. */
export async function openNode(options: NodeOptions): Promise<Node> {
  const closers = new Closers();
  try {
    return await open({ ...options, closers });
  } catch (error) {
    await closers.close().catch(() => undefined);
    throw error;
  }
}

async function open(options: NodeOptions & PartsOptions): Promise<Node> {
  const { closers, settings, sagas, log } = options;
  const store = await openStore(options);
  const transport = await openTransport(options);
  const orchestrator = await createOrchestrator({
    store: store.part,
    transport: transport.part,
    sagas,
    logger: log,
    limits: settings.limits,
    onMoved: (record, move) => logMove(log, record, move),
  }).catch((error: unknown) => {
    throw toCliError(error, store.place);
  });
  closers.add(() => orchestrator.close());
  const server = await serve(options, orchestrator);
  if (server !== undefined) {
    closers.add(() => server.close());
    // Before HTTP ends, so that whoever looks learns that this node is going, and its last answers still go out.
    closers.add(() => orchestrator.close());
  }
  return {
    places: { database: store.place, nats: transport.place, http: server?.url },
    close: () => closers.close(),
  };
}

/** What keeps an orchestrator from being opened: a definition, or the database. */
function toCliError(error: unknown, place: string): CliError {
  if (!(error instanceof StorageUnavailableError))
    return new CliError('usage', toFailure(error).message, { cause: error });
  const { cause } = error;
  // SQLSTATE undefined_table, undefined_column.
  const isOld =
    cause instanceof Error && 'code' in cause && (cause.code === '42P01' || cause.code === '42703');
  if (!isOld) return new CliError('unreachable', maskText(error.message), { cause: error });
  const advice = ["Run 'sagachart migrate', or leave --no-migrate out."];
  return new CliError('failed', `the tables in ${place} are missing or old`, { cause: error, advice });
}

async function serve(
  { settings, serves, log }: NodeOptions,
  orchestrator: Orchestrator,
): Promise<HttpServer | undefined> {
  const { http, health } = settings;
  if (serves === 'api') {
    const app = createApp({ orchestrator, logger: log, maxBodyBytes: http.maxBodyBytes });
    return listen((request) => app.fetch(request), http);
  }
  const { host, port } = health;
  return port === undefined
    ? undefined
    : listen((request) => createHealthApp(() => orchestrator.health()).fetch(request), { host, port });
}
