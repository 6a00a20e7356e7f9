import { type AnySagaDefinition, createOrchestrator, type Logger, type Orchestrator } from 'sagachart';
import { createApp } from 'sagachart/http';
import { createNatsTransport } from 'sagachart/nats';
import { openNats } from './broker.ts';
import { Closers } from './closers.ts';
import type { DemoConfig } from './config.ts';
import { createDemoRoutes } from './demo-routes.ts';
import { Faults } from './faults.ts';
import { type HttpServer, listen } from './http-server.ts';
import { createOrderRoutes } from './order-routes.ts';
import { order } from './saga.ts';
import { type Storage, openStorage } from './storage.ts';

/** How to start a demo. */
export interface DemoOptions {
  readonly config: DemoConfig;
  /** Sagas besides `order`. */
  readonly sagas?: readonly AnySagaDefinition[];
  readonly logger?: Logger;
  /** Runs before HTTP is served. */
  readonly prepare?: (parts: Pick<Demo, 'orchestrator' | 'faults'>) => Promise<void>;
}

/** A running demo. */
export interface Demo {
  readonly orchestrator: Orchestrator;
  readonly faults: Faults;
  /** Where HTTP is served. */
  readonly url: string;
  readonly natsUrl: string;
  /** Where things are, for people; without secrets. */
  readonly places: { readonly data: string; readonly nats: string; readonly api: string };
  /** Serves no more, lets go of the sagas, finishes the commands at hand, ends all connections. */
  close(): Promise<void>;
}

/** Puts everything together in one process: database, NATS, participants, orchestrator, HTTP. */
export async function startDemo({ config, sagas = [], logger, prepare }: DemoOptions): Promise<Demo> {
  const closers = new Closers();
  const faults = new Faults();
  const storage = await closers.open(openStorage(config), (opened) => opened.close());
  const nats = await closers.open(openNats(config), (opened) => opened.close());
  const connection = {
    url: nats.url,
    ...(config.natsPrefix === undefined ? {} : { prefix: config.natsPrefix }),
  };
  const responder = await closers.open(
    createNatsTransport({ ...connection, name: 'participants' }),
    (opened) => opened.close(),
  );
  await closers.open(storage.serve(responder, faults), (serving) => serving.close());
  const transport = await closers.open(
    createNatsTransport({ ...connection, name: 'orchestrator' }),
    (opened) => opened.close(),
  );
  const orchestrator = await closers.open(
    createOrchestrator({
      store: storage.store,
      transport,
      sagas: [order, ...sagas],
      // On a server another demo may take over soon after this one died.
      limits: { leaseTtl: 5_000 },
      ...(logger === undefined ? {} : { logger }),
    }),
    (opened) => opened.close(),
  );
  const server = await closers.open(
    serve({ storage, orchestrator, faults, config, prepare, logger }),
    (opened) => opened.close(),
  );
  return {
    orchestrator,
    faults,
    url: server.url,
    natsUrl: nats.url,
    places: { data: storage.place, nats: nats.place, api: toApiPlace(server, config.port) },
    close: () => closers.close(),
  };
}

interface Served extends Pick<Demo, 'orchestrator' | 'faults'> {
  readonly storage: Storage;
  readonly config: DemoConfig;
  readonly prepare: DemoOptions['prepare'];
  readonly logger: Logger | undefined;
}

async function serve({
  storage,
  orchestrator,
  faults,
  config,
  prepare,
  logger,
}: Served): Promise<HttpServer> {
  await prepare?.({ orchestrator, faults });
  // What the library's API makes sure of (bodies, problems, same-site requests) holds for the routes added to it, too.
  const app = createApp({ orchestrator, ...(logger === undefined ? {} : { logger }) });
  app.route('/demo', createDemoRoutes({ faults, effects: storage.effects }));
  app.route('/api/v1', createOrderRoutes(orchestrator));
  return listen((request) => app.fetch(request), config.port);
}

function toApiPlace({ url, port }: HttpServer, wanted: number): string {
  return wanted !== 0 && port !== wanted ? `${url} (port ${wanted} was taken)` : url;
}
