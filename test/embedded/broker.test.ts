import { createServer } from 'node:net';
import { connect } from 'nats';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Broker, startBroker } from '../../src/embedded/broker.ts';
import { natsSkipReason, startNatsServer } from '../servers/nats.ts';
import { BROKER_BEHAVIOURS } from './broker-contract.ts';
import { openRaw } from './raw-client.ts';

const skipped = natsSkipReason('own');

describe('the built-in broker', () => {
  let broker: Broker;
  beforeAll(async () => {
    broker = await startBroker();
  });
  afterAll(() => broker.close());
  for (const { name, observe, expected } of BROKER_BEHAVIOURS) {
    test(name, async () => expect(await observe(broker.url)).toEqual(expected));
  }

  test('a client that breaks the protocol is closed, and others notice nothing', async () => {
    const good = await openRaw(broker.url);
    good.send('CONNECT {"verbose":false}\r\nSUB a 1\r\n');
    const bad = await openRaw(broker.url);
    bad.send('NONSENSE\r\n');
    await bad.closed();
    good.send('PUB a 1\r\nx\r\n');
    await good.until('MSG a 1 1\r\nx\r\n');
    expect(good.isClosed()).toBe(false);
    good.end();
  });

  test('subjects that nobody listens to any more leave nothing behind', async () => {
    const client = await openRaw(broker.url);
    client.send(
      'CONNECT {"verbose":false}\r\nSUB a.b.c 1\r\nSUB a.*.> 2\r\nSUB a.*.* q 3\r\nUNSUB 1\r\nUNSUB 2\r\nUNSUB 3\r\nPUB a.b.c 1\r\nx\r\nPING\r\n',
    );
    await client.until('PONG');
    expect(client.received()).toBe('PONG\r\n');
    client.end();
  });
});

// The expectations were recorded from a real server; here it is asked again.
describe.skipIf(skipped !== undefined)(
  `nats-server, which the built-in broker imitates${skipped === undefined ? '' : ` (skipped: ${skipped})`}`,
  () => {
    let server: Awaited<ReturnType<typeof startNatsServer>>;
    beforeAll(async () => {
      server = await startNatsServer();
    });
    afterAll(() => server.stop());
    for (const { name, observe, expected } of BROKER_BEHAVIOURS) {
      test(name, async () => expect(await observe(server.url)).toEqual(expected));
    }
  },
);

describe('starting the built-in broker', () => {
  test('is refused in production', async () => {
    vi.stubEnv('NODE_ENV', 'production');
    try {
      await expect(startBroker()).rejects.toMatchObject({
        name: 'DefinitionError',
        message: expect.stringContaining('nats-server'),
      });
    } finally {
      vi.unstubAllEnvs();
    }
  });

  test('is refused on addresses that others can reach', async () => {
    for (const host of ['0.0.0.0', '::', '10.0.0.1', 'example.com', '', '127.0.0.1.example.com']) {
      await expect(startBroker({ host })).rejects.toMatchObject({
        name: 'DefinitionError',
        message: expect.stringContaining('loopback'),
      });
    }
  });

  test('works on any loopback address', async () => {
    const broker = await startBroker({ host: '127.0.0.2' });
    const client = await connect({ servers: broker.url });
    expect(broker.url).toBe(`nats://127.0.0.2:${broker.port}`);
    await client.close();
    await broker.close();
  });

  test('on a port that is taken fails with the address', async () => {
    const other = createServer();
    const port = await new Promise<number>((resolve) => {
      other.listen(0, '127.0.0.1', () => resolve((other.address() as { port: number }).port));
    });
    await expect(startBroker({ port })).rejects.toMatchObject({
      name: 'UnavailableError',
      message: expect.stringContaining(`127.0.0.1:${port}`),
    });
    other.close();
  });

  test('again on the same port brings its clients back', async () => {
    const first = await startBroker();
    const client = await connect({ servers: first.url, reconnectTimeWait: 50, maxReconnectAttempts: -1 });
    client.subscribe('hello', { callback: (_error, message) => message.respond() });
    await client.flush();
    await first.close();
    const second = await startBroker({ port: first.port });
    await expect
      .poll(() =>
        client.request('hello', undefined, { timeout: 200 }).then(
          () => 'answered',
          () => 'silent',
        ),
      )
      .toBe('answered');
    await client.close();
    await second.close();
  });
});

test('a client that does not read is disconnected before it fills the memory, and the sender stays', async () => {
  const broker = await startBroker({ maxPending: 1024 * 1024 });
  const { Socket } = await import('node:net');
  const deaf = new Socket();
  const gone = new Promise<void>((resolve) => deaf.once('close', () => resolve()));
  deaf.on('error', () => undefined);
  await new Promise<void>((resolve) => deaf.connect(broker.port, '127.0.0.1', resolve));
  deaf.write('CONNECT {"verbose":false}\r\nSUB flood 1\r\n');
  deaf.pause();
  const sender = await connect({ servers: broker.url });
  await expect
    .poll(() =>
      sender.request('flood', undefined, { timeout: 50 }).catch((error: { code: string }) => error.code),
    )
    .toBe('TIMEOUT');
  // Until the broker has nobody to deliver to, which it tells the sender.
  await expect
    .poll(async () => {
      for (let index = 0; index < 100; index += 1) sender.publish('flood', new Uint8Array(100_000));
      return sender
        .request('flood', undefined, { timeout: 100 })
        .catch((error: { code: string }) => error.code);
    })
    .toBe('503');
  deaf.resume();
  await gone;
  expect(sender.isClosed()).toBe(false);
  await sender.close();
  await broker.close();
});
