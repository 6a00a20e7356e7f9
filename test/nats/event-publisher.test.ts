import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, headers as createHeaders, type JsMsg, type NatsConnection } from 'nats';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { PublishedData, PublishedEvent } from '../../src/core/cloud-event.ts';
import { UnavailableError } from '../../src/core/errors.ts';
import type { EventMessage } from '../../src/core/event-publisher.ts';
import { startBroker } from '../../src/embedded/broker.ts';
import { createNatsEventPublisher, type NatsEventPublisher } from '../../src/nats/event-publisher.ts';
import { StreamAcks } from '../../src/nats/stream-acks.ts';
import { type NatsServer, natsSkipReason, startNatsServer } from '../servers/nats.ts';

/** An event of a saga; `data` stands in for parts of what it says. */
function toMessage(sagaId: string, seq: number, data: Partial<PublishedData> = {}): EventMessage {
  const event: PublishedEvent = {
    specversion: '1.0',
    id: `${sagaId}:${seq}:tx:0`,
    source: '/sagachart',
    type: 'io.sagachart.saga.completed.v1',
    subject: sagaId,
    time: '2026-01-01T00:00:00.000Z',
    datacontenttype: 'application/json',
    data: {
      schemaVersion: 1,
      type: 'saga.completed',
      tenant: 'default',
      sagaId,
      saga: 'order',
      definitionVersion: 1,
      correlationId: sagaId,
      seq,
      index: 0,
      position: seq,
      status: 'completed',
      previousState: null,
      state: 'completed',
      trigger: 'charge.succeeded',
      ...data,
    },
  };
  return { topic: 'events.order.saga.completed', key: `default:${sagaId}`, event };
}

const skip = natsSkipReason('own');

describe.skipIf(skip !== undefined)('events into JetStream', () => {
  let folder: string;
  let server: NatsServer;
  let reader: NatsConnection;
  let publisher: NatsEventPublisher;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sagachart-js-'));
    server = await startNatsServer({ args: ['-js', '-sd', folder] });
    reader = await connect({ servers: server.url, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
    publisher = await createNatsEventPublisher({ url: server.url, ackTimeout: 1_000 });
  });

  afterEach(async () => {
    await publisher.close();
    await reader.close();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function stored(): Promise<readonly JsMsg[]> {
    const manager = await reader.jetstreamManager();
    const { state } = await manager.streams.info('SAGACHART_EVENTS');
    if (state.messages === 0) return [];
    const consumer = await reader.jetstream().consumers.get('SAGACHART_EVENTS');
    const messages: JsMsg[] = [];
    for await (const message of await consumer.fetch({ max_messages: state.messages, expires: 2_000 }))
      messages.push(message);
    return messages;
  }

  const seqsOf = (messages: readonly JsMsg[], sagaId: string) =>
    messages
      .map((message) => message.json<PublishedEvent>().data)
      .filter((data) => data.sagaId === sagaId)
      .map(({ seq }) => seq);

  it('makes the stream and stores events as structured CloudEvents', async () => {
    const message = toMessage('s1', 1);
    await publisher.publish([message]);
    const [first] = await stored();
    expect(first?.subject).toBe('saga.v1.events.order.saga.completed');
    expect(first?.headers?.get('Content-Type')).toBe('application/cloudevents+json');
    expect(first?.headers?.get('Nats-Msg-Id')).toBe('s1:1:tx:0');
    expect(first?.json()).toEqual(message.event);
  });

  it('stores an event once that is published again', async () => {
    const batch = [toMessage('s1', 1), toMessage('s1', 2), toMessage('s2', 1)];
    await publisher.publish(batch);
    await publisher.publish([...batch, toMessage('s1', 3)]);
    const messages = await stored();
    expect([seqsOf(messages, 's1'), seqsOf(messages, 's2')]).toEqual([[1, 2, 3], [1]]);
  });

  it('keeps each saga’s events in order', async () => {
    const ids = Array.from({ length: 20 }, (_, index) => `s${index}`);
    const batch = Array.from({ length: 10 }, (_, index) => ids.map((id) => toMessage(id, index + 1))).flat();
    await publisher.publish(batch);
    const messages = await stored();
    for (const id of ids) expect(seqsOf(messages, id)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it('stores dead letters in the same stream, and takes no command for an event', async () => {
    await publisher.publish([{ ...toMessage('s1', 1), topic: 'dead.payment.refund' }]);
    expect((await stored()).map(({ subject }) => subject)).toEqual(['saga.v1.dead.payment.refund']);
    // A participant of that name would otherwise be answered by the stream.
    for (const subject of ['saga.v1.events.send', 'saga.v1.dead.send'])
      await expect(reader.request(subject, '', { timeout: 2_000 })).rejects.toThrow('503');
  });

  it('rejects while the server is away, and stores everything afterwards', async () => {
    await publisher.publish([toMessage('s1', 1)]);
    await server.stop('SIGKILL');
    await expect
      .poll(() => publisher.publish([toMessage('s1', 2)]).catch((error: unknown) => error))
      .toBeInstanceOf(UnavailableError);
    await server.restart();
    await expect
      .poll(() => publisher.publish([toMessage('s1', 2)]).then(() => 'stored', String), { timeout: 10_000 })
      .toBe('stored');
    expect(seqsOf(await stored(), 's1')).toEqual([1, 2]);
  });

  it('makes the stream again when somebody removed it', async () => {
    await publisher.publish([toMessage('s1', 1)]);
    await (await reader.jetstreamManager()).streams.delete('SAGACHART_EVENTS');
    await expect(publisher.publish([toMessage('s1', 2)])).rejects.toThrow(UnavailableError);
    await publisher.publish([toMessage('s1', 2)]);
    expect(seqsOf(await stored(), 's1')).toEqual([2]);
  });

  it('publishes what is too large without its data, and says what is missing', async () => {
    const input = 'x'.repeat(1_100_000);
    await publisher.publish([
      toMessage('s1', 1, { input, error: { code: 'c', message: 'm', details: input } }),
      toMessage('s1', 2),
    ]);
    const [large, small] = (await stored()).map((message) => message.json<PublishedEvent>().data);
    expect(large).toMatchObject({ seq: 1, omitted: ['input', 'error'], error: { code: 'c', message: 'm' } });
    expect(small).not.toHaveProperty('omitted');
  });

  it('leaves a stream as it is that somebody made otherwise', async () => {
    const manager = await reader.jetstreamManager();
    await manager.streams.add({ name: 'SAGACHART_EVENTS', subjects: ['saga.v1.events.>'], max_msgs: 7 });
    await publisher.publish([toMessage('s1', 1)]);
    expect((await manager.streams.info('SAGACHART_EVENTS')).config.max_msgs).toBe(7);
  });
});

describe.skipIf(skip !== undefined)('events without JetStream', () => {
  let server: NatsServer;
  let listener: NatsConnection;

  beforeAll(async () => {
    server = await startNatsServer();
    listener = await connect({ servers: server.url });
  });

  afterAll(async () => {
    await listener.close();
    await server.stop();
  });

  it('reach those who listen, in order', async () => {
    const seen: string[] = [];
    listener.subscribe('saga.v1.events.>', {
      callback: (_error, message) => void seen.push(message.json<PublishedEvent>().id),
    });
    await listener.flush();
    const publisher = await createNatsEventPublisher({ url: server.url });
    const batch = Array.from({ length: 100 }, (_, index) => toMessage('s1', index));
    await publisher.publish(batch);
    await listener.flush();
    expect(seen).toEqual(batch.map(({ event }) => event.id));
    await publisher.close();
  });

  it('wait for a stream that was asked for by name', async () => {
    const publisher = await createNatsEventPublisher({ url: server.url, stream: {} });
    await expect(publisher.publish([toMessage('s1', 1)])).rejects.toThrow('set stream: false');
    await publisher.close();
  });

  it('do not take a duplicate without a sequence number for stored', async () => {
    const answers = [
      { stream: 'S', seq: 0, duplicate: true },
      { stream: 'S', duplicate: true },
      { stream: 'S', seq: 5, duplicate: true },
    ];
    listener.subscribe('acks.test', {
      callback: (_error, message) => void message.respond(JSON.stringify(answers.shift())),
    });
    await listener.flush();
    const acks = new StreamAcks(listener);
    const publish = () =>
      acks.publish({ subject: 'acks.test', body: new Uint8Array(), headers: createHeaders() });
    await expect(publish()).rejects.toThrow(UnavailableError);
    await expect(publish()).rejects.toThrow(UnavailableError);
    await publish();
  });

  it('go through the embedded broker', async () => {
    const broker = await startBroker();
    const own = await connect({ servers: broker.url });
    const seen: string[] = [];
    own.subscribe('saga.v1.events.>', { callback: (_error, message) => void seen.push(message.subject) });
    await own.flush();
    const publisher = await createNatsEventPublisher({ url: broker.url });
    await publisher.publish([toMessage('s1', 1)]);
    await expect.poll(() => seen).toEqual(['saga.v1.events.order.saga.completed']);
    await publisher.close();
    await own.close();
    await broker.close();
  });
});

describe.skipIf(skip !== undefined)('events on a server with users', () => {
  let folder: string;
  let server: NatsServer;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sagachart-js-'));
    const config = join(folder, 'nats.conf');
    writeFileSync(
      config,
      `jetstream { store_dir: "${folder}" }
      accounts {
        WITHOUT { users: [ { user: without, password: x }, { user: mute, password: x, permissions: { publish: { deny: ["saga.v1.events.>"] } } } ] }
      }`,
    );
    server = await startNatsServer({ args: ['-c', config] });
  });

  afterAll(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const urlFor = (user: string) => server.url.replace('nats://', `nats://${user}:x@`);

  it('are not lost to core NATS when a server that has JetStream says that it is not enabled', async () => {
    const publisher = await createNatsEventPublisher({ url: urlFor('without') });
    await expect(publisher.publish([toMessage('s1', 1)])).rejects.toThrow(UnavailableError);
    await publisher.close();
    const core = await createNatsEventPublisher({ url: urlFor('without'), stream: false });
    await core.publish([toMessage('s1', 1)]);
    await core.close();
  });

  it('are not taken for published where the server does not let us publish', async () => {
    const publisher = await createNatsEventPublisher({ url: urlFor('mute'), stream: false });
    await expect(publisher.publish([toMessage('s1', 1)])).rejects.toThrow('does not let us publish');
    await publisher.close();
  });
});
