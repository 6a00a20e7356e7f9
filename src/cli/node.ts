import type { AnySagaDefinition } from '../core/definition.ts';
import { StorageUnavailableError, toFailure } from '../core/errors.ts';
import type { Transport } from '../core/transport.ts';
import { createApp } from '../http/app.ts';
import { encryptedStore } from '../runtime/encrypted-store.ts';
import { createOrchestrator, type Orchestrator } from '../runtime/orchestrator.ts';
import { EngineMetrics } from '../telemetry/engine-metrics.ts';
import type { ConformanceWalker } from '../proof/conformance-walker.ts';
import { Closers } from './closers.ts';
import { toConformanceWalker } from './conformance-walker.ts';
import { CliError } from './exit-code.ts';
import { createHealthApp } from './health-app.ts';
import { listen } from './listen.ts';
import type { ServeParticipants } from './load-participants.ts';
import { type Log, logMove } from './log.ts';
import { maskText } from './mask.ts';
import { openStore, openTransport, overNats, type PartsOptions } from './parts.ts';
import { openPublishing } from './publishing.ts';
import { type ApiSecurity, toApiSecurity, toPayloadCodec, toRedactRules } from './security.ts';
import { openSocketServer, toInspect } from './socket-server.ts';
import { openWatching } from './watching.ts';

/** What a node is made of. */
export interface NodeOptions extends Omit<PartsOptions, 'closers'> {
  readonly sagas: readonly AnySagaDefinition[];
  /** Served by this node itself: for development. */
  readonly participants?: ServeParticipants | undefined;
  readonly log: Log;
  /** `api`: the whole HTTP API. `health`: none of it. Either has `/healthz`, `/readyz` and `/metrics` to themselves where a port is set for them. */
  readonly serves: 'api' | 'health';
}

/** A process that drives sagas. */
export interface Node {
  /** Where things are, for people; without secrets. */
  readonly places: {
    readonly database: string;
    readonly nats: string;
    /** Where events are published. */
    readonly events: string | undefined;
    /** The API, or the health of a worker. */
    readonly http: string | undefined;
    /** The health of a node with an API. */
    readonly health: string | undefined;
  };
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
  // Before anything is opened: what makes no sense is told at once.
  const security = options.serves === 'api' ? toApiSecurity(settings) : undefined;
  toRedactRules(settings);
  const codec = toPayloadCodec(settings);
  const store = await openStore(options);
  const transport = await openTransport(options);
  await serveOwn(options, transport.part);
  const metrics = new EngineMetrics({ process: true });
  const { url: natsUrl } = transport;
  const watching = await overNats(natsUrl, openWatching(settings, { metrics, log, natsUrl, closers }));
  const isEncrypted = codec !== undefined;
  const publishing = await overNats(natsUrl, openPublishing(settings, { natsUrl, isEncrypted, closers }));
  const sagaStore = codec === undefined ? store.part : encryptedStore(store.part, codec);
  const sinks = watching.alerts?.sinks ?? [];
  const conformance = toConformanceWalker(settings, { store: sagaStore, sagas, log, metrics, sinks });
  const orchestrator = await createOrchestrator({
    store: sagaStore,
    transport: transport.part,
    sagas,
    logger: log,
    limits: settings.limits,
    onMoved: (_record, _move, moved) => logMove(log, moved),
    ...watching,
    ...publishing.options,
    ...(conformance === undefined ? {} : { walkers: [conformance] }),
  }).catch((error: unknown) => {
    throw toCliError(error, store.place);
  });
  closers.add(() => orchestrator.close());
  metrics.watch(orchestrator);
  const servers = await serve(options, { orchestrator, metrics, security, conformance });
  // Before HTTP ends, so that whoever looks learns that this node is going, and its last answers still go out.
  if (servers.length > 0) closers.add(() => orchestrator.close());
  return {
    places: {
      database: store.place,
      nats: transport.place,
      events: publishing.place,
      http: servers[0],
      health: servers[1],
    },
    close: () => closers.close(),
  };
}

async function serveOwn(
  { participants, closers }: NodeOptions & PartsOptions,
  transport: Transport,
): Promise<void> {
  const servings = [(await participants?.(transport)) ?? []].flat();
  for (const serving of servings) closers.add(() => serving.close());
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

/** Serves the API where there is one, then health; gives where they are. */
async function serve(
  { settings, log, closers }: NodeOptions & PartsOptions,
  {
    orchestrator,
    metrics,
    security,
    conformance,
  }: {
    readonly orchestrator: Orchestrator;
    readonly metrics: EngineMetrics;
    readonly security: ApiSecurity | undefined;
    readonly conformance: ConformanceWalker | undefined;
  },
): Promise<readonly string[]> {
  const { http, health } = settings;
  const urls: string[] = [];
  const serveAt = async (...given: Parameters<typeof listen>) => {
    const server = await listen(...given);
    closers.add(() => server.close());
    urls.push(server.url);
  };
  if (security !== undefined) {
    const { maxBodyBytes } = http;
    const inspect = toInspect(settings);
    const parts = { orchestrator, metrics, conformance };
    const app = createApp({ ...security, ...inspect, ...parts, logger: log, maxBodyBytes });
    const sockets = inspect.inspect === undefined ? undefined : await openSocketServer();
    await serveAt((request, env) => app.fetch(request, env), { ...http, sockets });
  }
  const { host, port } = health;
  if (port === undefined) return urls;
  const app = createHealthApp({ health: () => orchestrator.health(), metrics });
  await serveAt((request) => app.fetch(request), { host, port });
  return urls;
}
