import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, inject } from 'vitest';
import type { AnySagaDefinition } from '../../src/index.ts';
import type { DemoConfig } from '../../examples/order/config.ts';
import type { LedgerLine } from '../../examples/order/ledger.ts';
import { goodOrder } from '../../examples/order/samples.ts';
import { type Demo, startDemo } from '../../examples/order/start-demo.ts';
import { natsForTests, natsSkipReason } from '../servers/nats.ts';
import { createDatabase, postgresHint } from '../servers/postgres.ts';

/** An HTTP answer. */
export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: Record<string, unknown>;
}

/** A running demo, as its users reach it. */
export interface OrderWorld {
  readonly demo: Demo;
  /** Subjects of participants begin with it. */
  readonly prefix: string;
  /** Asks over HTTP; `body` is sent as JSON, a string as it is. */
  call(
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answer>;
  /** Orders; what is given stands in for parts of an order that goes well. Gives the saga's id. */
  order(change?: object): Promise<string>;
  /** Waits until the saga is settled; gives its status. */
  settled(id: string): Promise<string>;
  /** Injects a fault. */
  fault(participant: string, operation: string, mode: string, times?: number): Promise<void>;
  /** What the participants did for the saga: `payment.charge applied`. */
  ledger(id: string): Promise<readonly string[]>;
}

/** Tells a story twice: on the embedded parts, and on a real PostgreSQL and nats-server. */
export function describeOrder(
  title: string,
  story: (world: () => OrderWorld) => void,
  sagas: readonly AnySagaDefinition[] = [],
): void {
  const missing = inject('postgresUrl') === undefined ? postgresHint : natsSkipReason('any');
  describe(`${title} (embedded)`, () => tell(openEmbedded, story, sagas));
  describe.skipIf(missing !== undefined)(
    `${title} (PostgreSQL and nats-server${missing === undefined ? '' : `: ${missing}`})`,
    () => tell(openServers, story, sagas),
  );
}

interface Place {
  readonly config: DemoConfig;
  readonly remove: () => Promise<void>;
}

function tell(
  open: () => Promise<Place>,
  story: (world: () => OrderWorld) => void,
  sagas: readonly AnySagaDefinition[],
): void {
  let place: Place;
  let world: OrderWorld;
  beforeAll(async () => {
    place = await open();
    world = toWorld(await startDemo({ config: place.config, sagas }), place.config);
  }, 120_000);
  afterEach(() => world.demo.faults.clear());
  afterAll(async () => {
    await world?.demo.close();
    await place?.remove();
  });
  story(() => world);
}

let places = 0;

async function openEmbedded(): Promise<Place> {
  const data = mkdtempSync(join(tmpdir(), 'sagachart-order-'));
  return {
    config: { data, port: 0, natsPort: 0 },
    remove: async () => rmSync(data, { recursive: true, force: true }),
  };
}

async function openServers(): Promise<Place> {
  const database = await createDatabase(inject('postgresUrl') ?? '');
  const nats = await natsForTests();
  places += 1;
  // A NATS server that was there before may be shared with other tests.
  const natsPrefix = `test.order${process.pid}x${places}`;
  return {
    config: { data: '', port: 0, natsPort: 0, databaseUrl: database.url, natsUrl: nats.url, natsPrefix },
    remove: async () => {
      await nats.stop();
      await database.drop();
    },
  };
}

function toWorld(demo: Demo, { natsPrefix }: DemoConfig): OrderWorld {
  const call = (method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>) =>
    ask(demo.url + path, method, body, headers);
  return {
    demo,
    prefix: natsPrefix ?? 'saga.v1',
    call,
    order: async (change = {}) => {
      const { status, body } = await call('POST', '/api/v1/orders', { ...goodOrder, ...change });
      expect(status).toBe(202);
      return String(body['saga_id']);
    },
    settled: async (id) => {
      const statusOf = async () => (await call('GET', `/v1/sagas/${id}`)).body['status'];
      await expect.poll(statusOf, { timeout: 20_000 }).not.toMatch(/^(running|compensating)$/);
      return String(await statusOf());
    },
    fault: async (participant, operation, mode, times) => {
      const { status } = await call('POST', '/demo/faults', { participant, operation, mode, times });
      expect(status).toBe(201);
    },
    ledger: async (id) => {
      const { body } = await call('GET', `/demo/ledger?sagaId=${id}`);
      return (body['effects'] as readonly LedgerLine[]).map(
        ({ participant, operation, outcome }) => `${participant}.${operation} ${outcome}`,
      );
    },
  };
}

async function ask(
  url: string,
  method: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const content = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: content }),
  });
  const text = await response.text();
  return {
    status: response.status,
    type: response.headers.get('content-type') ?? '',
    body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>,
  };
}
