import { connect } from 'nats';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { defineSaga } from '../../src/core/definition.ts';
import type { Reply, Service, Transport } from '../../src/core/transport.ts';
import { type Broker, startBroker } from '../../src/embedded/broker.ts';
import { createApp } from '../../src/http/app.ts';
import { MemoryStore } from '../../src/memory/store.ts';
import { InProcessTransport } from '../../src/memory/transport.ts';
import { createNatsTransport } from '../../src/nats/transport.ts';
import { createOrchestrator } from '../../src/runtime/orchestrator.ts';
import { systemClock } from '../../src/runtime/system.ts';
import { type NatsServer, natsSkipReason, startNatsServer } from '../servers/nats.ts';

const skipped = natsSkipReason('own');

const sagas = [
  defineSaga('order')
    .step('reserve', { action: 'stock.reserve', compensation: 'stock.release' })
    .step('charge', { kind: 'pivot', action: 'bank.charge', retry: { maximumAttempts: 1 } }),
];

const answers: Readonly<Record<string, Reply>> = {
  reserve: { type: 'succeeded', result: {} },
  charge: { type: 'refused', error: { code: 'no_money', message: 'no' } },
};

const service = (participant: string, operations: readonly string[], version = '1.0.0'): Service => ({
  participant,
  version,
  description: '',
  operations,
  handle: ({ operation }) => Promise.resolve(answers[operation] ?? { type: 'succeeded', result: {} }),
});

interface Found {
  readonly participants: readonly {
    readonly name: string;
    readonly averageMs: number;
    readonly operations: readonly { readonly name: string }[];
  }[];
  readonly unseen: readonly string[];
}

/** An API whose orchestrator asks over one transport what is served over another. */
async function openApi(asking: Transport) {
  const store = new MemoryStore({ clock: systemClock });
  const orchestrator = await createOrchestrator({ store, transport: asking, sagas });
  onTestFinished(() => orchestrator.close());
  const app = createApp({ orchestrator });
  return {
    orchestrator,
    request: () => app.request('/v1/participants'),
    read: async () => (await (await app.request('/v1/participants')).json()) as Found,
  };
}

/** What holds of every transport that can tell. */
function describeDiscovery(open: () => Promise<readonly [asking: Transport, serving: Transport]>): void {
  const openBoth = async () => {
    const [asking, serving] = await open();
    onTestFinished(async () => void (await Promise.allSettled([asking.close(), serving.close()])));
    return { ...(await openApi(asking)), serving };
  };

  test('names nobody where nobody serves, and what is asked for then', async () => {
    const { read } = await openBoth();
    expect(await read()).toEqual({
      participants: [],
      unseen: ['bank.charge', 'stock.release', 'stock.reserve'],
    });
  });

  test('counts what all instances of a participant were asked, and how that ended', async () => {
    const { read, serving, orchestrator } = await openBoth();
    await serving.serve(service('stock', ['reserve', 'release']));
    await serving.serve(service('stock', ['reserve', 'release'], '1.1.0'));
    const bank = await serving.serve(service('bank', ['charge']));
    for (const id of ['a', 'b', 'c']) await orchestrator.start('order', {}, { id });
    for (const id of ['a', 'b', 'c']) await orchestrator.settled(id, { timeout: 5_000 });

    const { participants, unseen } = await read();
    expect(unseen).toEqual([]);
    const averageMs = expect.any(Number);
    expect(participants).toEqual([
      {
        name: 'bank',
        version: '1.0.0',
        instances: 1,
        requests: 3,
        errors: 3,
        averageMs,
        operations: [{ name: 'charge', requests: 3, errors: 3, averageMs }],
      },
      {
        name: 'stock',
        version: '1.0.0, 1.1.0',
        instances: 2,
        requests: 6,
        errors: 0,
        averageMs,
        operations: [
          { name: 'reserve', requests: 3, errors: 0, averageMs },
          { name: 'release', requests: 3, errors: 0, averageMs },
        ],
      },
    ]);
    await bank.close();
    expect((await read()).participants.map(({ name }) => name)).toEqual(['stock']);
  });
}

describe('the participants of an in-process transport', () => {
  describeDiscovery(async () => {
    const transport = new InProcessTransport();
    return [transport, transport];
  });
});

describe('the participants on the built-in broker', () => {
  let broker: Broker;
  beforeAll(async () => {
    broker = await startBroker();
  });
  afterAll(() => broker.close());
  describeDiscovery(() => both(broker.url));
  describeNats(() => broker.url);
});

describe.skipIf(skipped !== undefined)(
  `the participants on nats-server${skipped === undefined ? '' : ` (skipped: ${skipped})`}`,
  () => {
    let server: NatsServer;
    beforeAll(async () => {
      server = await startNatsServer();
    });
    afterAll(() => server.stop());
    describeDiscovery(() => both(server.url));
    describeNats(() => server.url);
  },
);

function both(url: string): Promise<readonly [Transport, Transport]> {
  return Promise.all([createNatsTransport({ url }), createNatsTransport({ url })]);
}

/** What only NATS can have. */
function describeNats(url: () => string): void {
  test('takes a micro service for a participant where its subjects are of sagas, whoever wrote it', async () => {
    const connection = await connect({ servers: url() });
    onTestFinished(() => connection.close());
    const foreign = await connection.services.add({ name: 'bank', version: '3.2.1' });
    foreign.addEndpoint('c', { subject: 'saga.v1.bank.charge', handler: (_error, m) => void m.respond() });
    foreign.addEndpoint('report', { subject: 'bank.report' });
    const other = await connection.services.add({ name: 'weather', version: '1.0.0' });
    other.addEndpoint('now', { subject: 'weather.now' });
    connection.subscribe('$SRV.STATS', { callback: (_error, message) => void message.respond('nonsense') });
    await connection.flush();
    await connection.request('saga.v1.bank.charge');

    const transport = await createNatsTransport({ url: url() });
    onTestFinished(() => transport.close());
    const { read } = await openApi(transport);
    const { participants } = await read();
    expect(participants).toMatchObject([
      { name: 'bank', version: '3.2.1', requests: 1, errors: 0, operations: [{ name: 'charge' }] },
    ]);
  });

  test('cannot be told of while NATS is gone', async () => {
    const transport = await createNatsTransport({ url: url() });
    const { request } = await openApi(transport);
    await transport.close();
    expect((await request()).status).toBe(503);
  });
}

test('a transport that cannot tell who is there has no participants', async () => {
  const { request } = await openApi(
    Object.assign(new InProcessTransport(), { participants: undefined }) as Transport,
  );
  const answer = await request();
  expect([answer.status, await answer.json()]).toEqual([
    404,
    expect.objectContaining({ code: 'no_discovery' }),
  ]);
});
