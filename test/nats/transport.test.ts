import { connect, RequestStrategy } from 'nats';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CommandRequest, Reply, Transport } from '../../src/core/transport.ts';
import { type Broker, startBroker } from '../../src/embedded/broker.ts';
import { createNatsTransport } from '../../src/nats/transport.ts';
import { transportContract } from '../../src/testing/transport-contract.ts';
import { outageTransportContract } from '../../src/testing/transport-contract-outage.ts';
import { rawTransportContract } from '../../src/testing/transport-contract-raw.ts';
import { type NatsServer, natsSkipReason, startNatsServer } from '../servers/nats.ts';
import { createNatsWorld, type RestartableServer } from './nats-world.ts';

const skipped = natsSkipReason('own');

describe('the NATS transport on the built-in broker', () => {
  let broker: Broker;
  beforeAll(async () => {
    broker = await startBroker();
  });
  afterAll(() => broker.close());
  describeTransport(() => ({
    url: broker.url,
    stop: () => broker.close(),
    start: async () => {
      broker = await startBroker({ port: broker.port });
    },
  }));
});

describe.skipIf(skipped !== undefined)(
  `the NATS transport on nats-server${skipped === undefined ? '' : ` (skipped: ${skipped})`}`,
  () => {
    let server: NatsServer;
    beforeAll(async () => {
      server = await startNatsServer();
    });
    afterAll(() => server.stop());
    describeTransport(() => ({
      url: server.url,
      stop: () => server.stop('SIGKILL'),
      start: () => server.restart(),
    }));
  },
);

describe.skipIf(skipped !== undefined)('the NATS transport under permissions', () => {
  test('a reply inbox that the server refuses is an error at once', async () => {
    const server = await startNatsServer({
      args: ['-c', new URL('permissions.conf', import.meta.url).pathname],
    });
    try {
      const connecting = createNatsTransport({ url: `nats://deaf:secret@127.0.0.1:${server.port}` });
      await expect(connecting).rejects.toThrow(/refused the reply inbox/);
    } finally {
      await server.stop();
    }
  });

  test('a subject that we may not publish to loses its commands at once, and only those', async () => {
    const server = await startNatsServer({
      args: ['-c', new URL('permissions.conf', import.meta.url).pathname],
    });
    const transport = await createNatsTransport({ url: `nats://mute:secret@127.0.0.1:${server.port}` });
    try {
      const reply = await ask(transport, { participant: 'forbidden' });
      expect(reply).toMatchObject({ type: 'lost', retryable: false, error: { code: 'permission_denied' } });
      expect(await ask(transport, { participant: 'allowed' })).toMatchObject({ type: 'unreachable' });
    } finally {
      await transport.close();
      await server.stop();
    }
  });

  test('a participant that may not listen is told so', async () => {
    const server = await startNatsServer({
      args: ['-c', new URL('permissions.conf', import.meta.url).pathname],
    });
    const transport = await createNatsTransport({ url: `nats://mute:secret@127.0.0.1:${server.port}` });
    try {
      const serving = transport.serve({
        participant: 'p',
        version: '1.0.0',
        description: '',
        operations: ['o'],
        handle: async () => undefined,
      });
      await expect(serving).rejects.toThrow(/refused to let p listen/);
    } finally {
      await transport.close();
      await server.stop();
    }
  });
});

test('without a server, connecting fails and says where it tried', async () => {
  await expect(createNatsTransport({ url: 'nats://127.0.0.1:1' })).rejects.toThrow(
    /Cannot connect to NATS at 127\.0\.0\.1:1/,
  );
});

test('a password in the URL is not repeated in errors', async () => {
  await expect(createNatsTransport({ url: 'nats://me:hunter2@127.0.0.1:1' })).rejects.toThrow(
    expect.not.stringContaining('hunter2'),
  );
  await expect(createNatsTransport({ url: 'nats://me:hunter2@' })).rejects.toThrow(
    expect.not.stringContaining('hunter2'),
  );
});

test('a prefix that could break out of its subject is refused', async () => {
  for (const prefix of ['', 'a b', 'a..b', 'a.>', 'a\r\nPUB b']) {
    await expect(createNatsTransport({ url: 'nats://127.0.0.1:1', prefix })).rejects.toThrow(
      /is not a token/,
    );
  }
});

function describeTransport(server: () => RestartableServer): void {
  const create = () => createNatsWorld(server());
  const rules = [
    ...transportContract({ create }),
    ...rawTransportContract({ create }),
    ...outageTransportContract({ create }),
  ];
  for (const rule of rules) test(rule.name, rule.run);

  test('a participant can be discovered as a micro service, with its operations', async () => {
    const transport = await createNatsTransport({ url: server().url, prefix: 'found.v1' });
    const client = await connect({ servers: server().url });
    const serving = await transport.serve({
      participant: 'stock',
      version: '1.2.3',
      description: 'Keeps stock',
      operations: ['reserve', 'release'],
      handle: async () => ({ type: 'sealed' }),
    });
    const found = [];
    for await (const info of await client.services
      .client({ strategy: RequestStrategy.Timer, maxWait: 300 })
      .info('stock'))
      found.push(info);
    expect(found).toMatchObject([
      {
        name: 'stock',
        version: '1.2.3',
        description: 'Keeps stock',
        endpoints: [
          { name: 'reserve', subject: 'found.v1.stock.reserve', queue_group: 'stock' },
          { name: 'release', subject: 'found.v1.stock.release', queue_group: 'stock' },
        ],
      },
    ]);
    await serving.close();
    await expect(client.request('$SRV.PING.stock')).rejects.toMatchObject({ code: '503' });
    await transport.close();
    await client.close();
  });

  test('a message that is no command is refused, and the handler never sees it', async () => {
    const transport = await createNatsTransport({ url: server().url, prefix: 'strict.v1' });
    const client = await connect({ servers: server().url });
    let handled = 0;
    await transport.serve({
      participant: 'stock',
      version: '1.0.0',
      description: '',
      operations: ['reserve'],
      handle: async () => {
        handled += 1;
        return { type: 'sealed' };
      },
    });
    const reply = await client.request('strict.v1.stock.reserve', '{"input":{}}');
    expect(reply.headers?.get('Nats-Service-Error-Code')).toBe('400');
    expect(reply.json()).toEqual({
      code: 'bad_request',
      message: expect.stringContaining('Saga-Op'),
      retryable: false,
    });
    expect(handled).toBe(0);
    await transport.close();
    await client.close();
  });

  test('a reply with malformed headers is lost, and the connection lives on', async () => {
    const transport = await createNatsTransport({ url: server().url, prefix: 'broken.v1' });
    const client = await connect({ servers: server().url });
    client.subscribe('broken.v1.p.o', {
      // The client's own headers cannot be malformed, so these bytes are made by hand.
      callback: (_error, message) =>
        message.respond('{}', {
          headers: Object.assign(Object.create(null), {
            encode: () => Buffer.from('NATS/1.0\r\nbad name: x\r\n\r\n'),
          }),
        }),
    });
    await client.flush();
    expect(await ask(transport, { participant: 'p', operation: 'o' })).toMatchObject({
      type: 'lost',
      error: { code: 'malformed_reply' },
    });
    expect(await ask(transport, { participant: 'p', operation: 'o' })).toMatchObject({ type: 'lost' });
    await transport.close();
    await client.close();
  });

  test('replies sent to a guessed inbox of nobody change nothing', async () => {
    const world = await create();
    const client = await connect({ servers: server().url });
    const inboxes: string[] = [];
    client.subscribe('_INBOX.>', { callback: (_error, message) => inboxes.push(message.subject) });
    await world.answerRaw?.('p', 'o', [{ body: '1' }]);
    await client.flush();
    expect(await ask(world.requester, { participant: 'p', operation: 'o' })).toEqual({
      type: 'succeeded',
      result: 1,
    });
    await expect.poll(() => inboxes.length).toBeGreaterThan(0);
    const inbox = inboxes[0]?.slice(0, inboxes[0].lastIndexOf('.')) ?? '';
    for (const token of ['1', 'zzz', '__proto__', 'constructor', '0'])
      client.publish(`${inbox}.${token}`, '{"forged":true}');
    await client.flush();
    expect(await ask(world.requester, { participant: 'p', operation: 'o' })).toEqual({
      type: 'succeeded',
      result: 1,
    });
    await client.close();
    await world.close();
  });
}

function ask(transport: Transport, command: Partial<CommandRequest>): Promise<Reply> {
  const request = {
    participant: 'p',
    operation: 'o',
    tenant: 't',
    sagaId: 's',
    sagaName: 'n',
    step: 'x',
    attempt: 1,
    op: 'do',
    idempotencyKey: 'k',
    body: { input: 1 },
  } as const;
  return new Promise((resolve) => {
    transport.request({ ...request, ...command }, resolve);
  });
}
