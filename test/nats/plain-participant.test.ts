import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, JSONCodec } from 'nats';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CommandRequest, Reply } from '../../src/core/transport.ts';
import { type Broker, startBroker } from '../../src/embedded/broker.ts';
import { createNatsTransport, type NatsTransport } from '../../src/nats/transport.ts';
import { natsForTests, natsSkipReason } from '../servers/nats.ts';

const skipped = natsSkipReason('any');
const python = findPython();

describe('participants written without this library, on the built-in broker', () => {
  let broker: Broker;
  beforeAll(async () => {
    broker = await startBroker();
  });
  afterAll(() => broker.close());
  describeParticipants(() => broker.url);
});

describe.skipIf(skipped !== undefined)(
  `participants written without this library, on nats-server${skipped === undefined ? '' : ` (skipped: ${skipped})`}`,
  () => {
    let server: Awaited<ReturnType<typeof natsForTests>>;
    beforeAll(async () => {
      server = await natsForTests();
    });
    afterAll(() => server.stop());
    describeParticipants(() => server.url);
  },
);

function describeParticipants(url: () => string): void {
  test('a bare NATS client that answers JSON serves an operation', async () => {
    const client = await connect({ servers: url() });
    const json = JSONCodec();
    client.subscribe('saga.v1.payments.charge', {
      queue: 'payments',
      callback: (_error, message) => {
        const { input } = json.decode(message.data) as { input: { amount: number } };
        message.respond(json.encode({ charged: input.amount, key: message.headers?.get('Idempotency-Key') }));
      },
    });
    await client.flush();
    const transport = await createNatsTransport({ url: url() });
    expect(await charge(transport, 12)).toEqual({
      type: 'succeeded',
      result: { charged: 12, key: 'default:s-1:charge:0:0:do' },
    });
    await transport.close();
    await client.close();
  });

  test.skipIf(python === undefined)(
    `a Python script that speaks the protocol by hand serves an operation${python === undefined ? ' (skipped: no python3 found)' : ''}`,
    async () => {
      const participant = await startPython(url());
      const transport = await createNatsTransport({ url: url() });
      try {
        expect(await charge(transport, 12)).toEqual({
          type: 'succeeded',
          result: { charged: 12, key: 'default:s-1:charge:0:0:do', op: 'do' },
        });
        expect(await charge(transport, -1)).toEqual({
          type: 'refused',
          error: { code: 'negative_amount', message: 'cannot charge less than nothing' },
        });
        expect(await charge(transport, 0)).toEqual({
          type: 'failed',
          error: { code: 'busy', message: 'come back later' },
        });
        const many = await Promise.all(
          Array.from({ length: 200 }, (_, index) => charge(transport, index + 1)),
        );
        expect(
          many.map((reply) => reply.type === 'succeeded' && (reply.result as { charged: number }).charged),
        ).toEqual(Array.from({ length: 200 }, (_, index) => index + 1));
      } finally {
        await transport.close();
        participant.kill();
        await once(participant, 'exit');
      }
      const after = await createNatsTransport({ url: url() });
      await expect.poll(async () => (await charge(after, 1)).type).toBe('unreachable');
      await after.close();
    },
  );
}

function charge(transport: NatsTransport, amount: number): Promise<Reply> {
  const request: CommandRequest = {
    participant: 'payments',
    operation: 'charge',
    tenant: 'default',
    sagaId: 's-1',
    sagaName: 'order',
    step: 'charge',
    attempt: 1,
    op: 'do',
    idempotencyKey: 'default:s-1:charge:0:0:do',
    body: { input: { amount } },
  };
  return new Promise((resolve) => {
    transport.request(request, resolve);
  });
}

async function startPython(url: string): Promise<ChildProcess> {
  const { hostname, port } = new URL(url);
  const script = new URL('plain-participant.py', import.meta.url).pathname;
  const child = spawn(python ?? 'python3', [script, hostname, port, 'saga.v1.payments.charge', 'payments'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return child;
}

function findPython(): string | undefined {
  try {
    execFileSync('python3', ['--version'], { stdio: 'ignore' });
    return 'python3';
  } catch {
    console.warn('SKIPPED with a Python participant: no python3 found');
    return undefined;
  }
}
