import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type NatsConnection, RequestStrategy } from 'nats';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { defineSaga } from '../../src/core/definition.ts';
import type { CommandRequest, Reply } from '../../src/core/transport.ts';
import { MemoryStore } from '../../src/memory/store.ts';
import { createNatsEventPublisher } from '../../src/nats/event-publisher.ts';
import { createNatsTransport } from '../../src/nats/transport.ts';
import { createOrchestrator } from '../../src/runtime/orchestrator.ts';
import { systemClock } from '../../src/runtime/system.ts';
import { type NatsServer, natsSkipReason, startNatsServer } from '../servers/nats.ts';

const permissions = new URL('../../ops/nats/permissions.conf', import.meta.url).pathname;
const users = ['orchestrator', 'inventory', 'payment', 'listener'] as const;
type User = (typeof users)[number];

const saga = defineSaga('order')
  .step('reserve', { action: 'inventory.reserve', compensation: 'inventory.release' })
  .step('charge', { action: 'payment.charge', compensation: 'payment.refund' });

const skip = natsSkipReason('own');

describe.skipIf(skip !== undefined)('a NATS server with the permissions of ops/nats', () => {
  let server: NatsServer;
  let folder: string;

  beforeAll(async () => {
    for (const user of users) vi.stubEnv(`NATS_${user.toUpperCase()}_PASSWORD`, `secret-${user}`);
    folder = mkdtempSync(join(tmpdir(), 'sagachart-permissions-'));
    server = await startNatsServer({ args: ['-c', permissions, '-js', '-sd', folder] });
    vi.unstubAllEnvs();
  });

  afterAll(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const urlFor = (user: User) => server.url.replace('://', `://${user}:secret-${user}@`);

  async function open(user: User): Promise<NatsConnection> {
    const connection = await connect({ servers: server.url, user, pass: `secret-${user}` });
    onTestFinished(() => connection.close());
    return connection;
  }

  async function serve(participant: 'inventory' | 'payment', handle: (request: CommandRequest) => Reply) {
    const transport = await createNatsTransport({
      url: urlFor(participant),
      inboxPrefix: `_INBOX_${participant}`,
    });
    onTestFinished(() => transport.close());
    const operations = participant === 'inventory' ? ['reserve', 'release'] : ['charge', 'refund'];
    await transport.serve({
      participant,
      version: '1.0.0',
      description: '',
      operations,
      handle: (request) => Promise.resolve(handle(request)),
    });
  }

  async function orchestrate() {
    const own = { url: urlFor('orchestrator'), inboxPrefix: '_INBOX_orchestrator' };
    const transport = await createNatsTransport(own);
    const publisher = await createNatsEventPublisher(own);
    const orchestrator = await createOrchestrator({
      store: new MemoryStore({ clock: systemClock }),
      transport,
      sagas: [saga],
      events: { publisher },
    });
    onTestFinished(async () => {
      await orchestrator.close();
      await Promise.all([transport.close(), publisher.close()]);
    });
    return orchestrator;
  }

  it('lets sagas complete and compensate, and those who may hear of it', async () => {
    const heard: string[] = [];
    const listener = await open('listener');
    listener.subscribe('saga.v1.events.>', { callback: (_error, { subject }) => void heard.push(subject) });
    await listener.flush();
    await serve('inventory', () => ({ type: 'succeeded', result: {} }));
    await serve('payment', ({ sagaId }) =>
      sagaId === 'poor'
        ? { type: 'refused', error: { code: 'no_money', message: '' } }
        : { type: 'succeeded', result: {} },
    );
    const orchestrator = await orchestrate();
    for (const [id, status] of [
      ['rich', 'completed'],
      ['poor', 'compensated'],
    ] as const) {
      await orchestrator.start('order', {}, { id });
      expect((await orchestrator.settled(id, { timeout: 10_000 })).status).toBe(status);
    }
    await expect
      .poll(() => heard, { timeout: 10_000 })
      .toEqual(
        expect.arrayContaining([
          'saga.v1.events.order.saga.completed',
          'saga.v1.events.order.saga.compensated',
        ]),
      );
  });

  it('lets the orchestrator find the participants', async () => {
    await serve('inventory', () => ({ type: 'succeeded', result: {} }));
    await serve('payment', () => ({ type: 'succeeded', result: {} }));
    const transport = await connect({
      servers: server.url,
      user: 'orchestrator',
      pass: 'secret-orchestrator',
      inboxPrefix: '_INBOX_orchestrator',
    });
    onTestFinished(() => transport.close());
    const two = { strategy: RequestStrategy.Count, maxWait: 5_000, maxMessages: 2 };
    const names: string[] = [];
    for await (const { name } of await transport.services.client(two).info()) names.push(name);
    expect(names.toSorted()).toEqual(['inventory', 'payment']);
  });

  it.each([
    ['payment', 'saga.v1.inventory.reserve', 'another participant’s commands'],
    ['payment', 'saga.v1.*.*', 'everybody’s commands'],
    ['payment', 'saga.v1.>', 'everything'],
    ['payment', '_INBOX_orchestrator.>', 'the replies to the orchestrator'],
    ['payment', '_INBOX.>', 'anybody’s replies'],
    ['payment', 'saga.v1.events.>', 'events'],
    ['payment', '$SRV.INFO.inventory', 'questions to another participant'],
    ['orchestrator', 'saga.v1.payment.charge', 'commands, as if it were a participant'],
    ['orchestrator', '_INBOX_payment.>', 'a participant’s inbox'],
    ['listener', 'saga.v1.payment.charge', 'commands'],
    ['listener', '_INBOX_orchestrator.>', 'replies'],
  ] as const)('lets %s not hear %s: %s', async (user, subject, _what) => {
    const connection = await open(user);
    const refused = new Promise<string>((resolve) => {
      connection.subscribe(subject, { callback: (error) => resolve(error?.code ?? 'heard something') });
    });
    expect(await refused).toBe('PERMISSIONS_VIOLATION');
  });

  it.each([
    ['payment', 'saga.v1.events.order.saga.completed', 'an event'],
    ['payment', 'saga.v1.inventory.reserve', 'a command'],
    ['payment', '_INBOX_orchestrator.ABC.1', 'a reply that nobody asked it for'],
    ['payment', '$JS.API.STREAM.DELETE.SAGACHART_EVENTS', 'what ends the stream'],
    ['orchestrator', '$JS.API.STREAM.DELETE.SAGACHART_EVENTS', 'what ends the stream'],
    ['orchestrator', '_INBOX_payment.1', 'something to a participant’s inbox'],
    ['listener', 'saga.v1.events.order.saga.completed', 'an event'],
    ['listener', 'saga.v1.payment.charge', 'a command'],
  ] as const)('lets %s not say %s: %s', async (user, subject, _what) => {
    const connection = await open(user);
    const refused = (async () => {
      for await (const { permissionContext } of connection.status())
        if (permissionContext !== undefined) return permissionContext;
      return undefined;
    })();
    connection.publish(subject, 'forged');
    expect(await refused).toEqual({ operation: 'publish', subject });
  });

  it('lets a participant answer a command once, and the answer of another does not count', async () => {
    const participant = await open('payment');
    const denied: string[] = [];
    void (async () => {
      for await (const { permissionContext } of participant.status())
        if (permissionContext !== undefined) denied.push(permissionContext.subject);
    })();
    participant.subscribe('saga.v1.payment.charge', {
      queue: 'payment',
      callback: (_error, message) => {
        message.respond('{"first":true}');
        message.respond('{"second":true}');
      },
    });
    await participant.flush();
    const transport = await createNatsTransport({
      url: urlFor('orchestrator'),
      inboxPrefix: '_INBOX_orchestrator',
    });
    onTestFinished(() => transport.close());
    const reply = await new Promise<Reply>((settle) => {
      transport.request(
        {
          participant: 'payment',
          operation: 'charge',
          tenant: 'default',
          sagaId: 's',
          sagaName: 'order',
          step: 'charge',
          attempt: 1,
          op: 'do',
          idempotencyKey: 'k',
          body: { input: {} },
        },
        settle,
      );
    });
    expect(reply).toEqual({ type: 'succeeded', result: { first: true } });
    await expect
      .poll(() => denied, { timeout: 5_000 })
      .toEqual([expect.stringMatching(/^_INBOX_orchestrator\./)]);
  });

  it('lets nobody in who gives no password, or a wrong one', async () => {
    await expect(connect({ servers: server.url })).rejects.toThrow();
    await expect(
      connect({ servers: server.url, user: 'payment', pass: 'secret-inventory' }),
    ).rejects.toThrow();
  });
});
