import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'nats';
import { describe, expect, inject, it } from 'vitest';
import type { PublishedEvent } from '../../src/core/cloud-event.ts';
import { defineSaga } from '../../src/core/definition.ts';
import { UnavailableError } from '../../src/core/errors.ts';
import type { EventMessage, EventPublisher } from '../../src/core/event-publisher.ts';
import { MemoryEventPublisher } from '../../src/memory/event-publisher.ts';
import { MemoryStore } from '../../src/memory/store.ts';
import { createNatsEventPublisher } from '../../src/nats/event-publisher.ts';
import { createPostgresStore } from '../../src/postgres/create-store.ts';
import { Relay } from '../../src/runtime/relay.ts';
import { systemClock } from '../../src/runtime/system.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { ScriptedParticipants } from '../../src/testing/scripted-participants.ts';
import { StoreScene } from '../../src/testing/store-scene.ts';
import { natsSkipReason, startNatsServer } from '../servers/nats.ts';
import { createDatabase } from '../servers/postgres.ts';
import { until } from '../testing/turns.ts';
import { createEngine, type Engine } from './engine.ts';

const order = defineSaga('order', { defaults: { timeout: '2m' } })
  .step('reserve', { action: 'inventory.reserve', compensation: 'inventory.release' })
  .step('charge', { action: 'payment.charge', compensation: 'payment.refund' });

/** A broker that can be away, and that can take messages without saying so. */
class Broker implements EventPublisher {
  readonly taken: EventMessage[] = [];
  state: 'up' | 'down' | 'silent' = 'up';

  async publish(messages: readonly EventMessage[]): Promise<void> {
    if (this.state !== 'down') this.taken.push(...messages);
    if (this.state !== 'up') throw new UnavailableError('no answer');
  }

  async close(): Promise<void> {}
}

const typesOf = (messages: readonly EventMessage[], id: string) =>
  messages
    .filter(({ event }) => event.subject === id && event.data.type !== 'saga.state.changed')
    .map(({ event }) => event.data.type);

const placesOf = (messages: readonly EventMessage[], id: string) =>
  messages
    .filter(({ event }) => event.subject === id)
    .map(({ event }) => event.data.seq * 100 + event.data.index);

const completed = [
  'saga.started',
  'saga.step.started',
  'saga.step.completed',
  'saga.step.started',
  'saga.step.completed',
  'saga.completed',
];

/** Lets time pass until it is so. */
async function passUntil(engine: Engine, isSo: () => boolean): Promise<void> {
  for (let passed = 0; passed < 60 && !isSo(); passed += 1) await engine.pass(1_000);
  expect(isSo()).toBe(true);
}

describe('the relay of published events', () => {
  it('publishes what happened to every saga, in the order in which it happened', async () => {
    const publisher = new MemoryEventPublisher();
    const engine = await createEngine({
      sagas: [order],
      participants: new ScriptedParticipants(),
      events: { publisher },
    });
    for (const id of ['a', 'b', 'c']) await engine.orchestrator.start('order', {}, { id });
    for (const id of ['a', 'b', 'c']) await engine.reaches(id, 'completed');
    await engine.pass(1_000);
    for (const id of ['a', 'b', 'c']) {
      expect(typesOf(publisher.messages, id)).toEqual(completed);
      const places = placesOf(publisher.messages, id);
      expect(places).toEqual(places.toSorted((one, other) => one - other));
    }
    expect(engine.orchestrator.upkeep().relay).toMatchObject({
      isDriving: true,
      lagSeconds: 0,
      isFailing: false,
    });
    await engine.orchestrator.close();
  });

  it('costs a commit nothing: a saga’s journal is the same with and without it', async () => {
    const journal = async (options: object) => {
      const engine = await createEngine({
        sagas: [order],
        participants: new ScriptedParticipants(),
        ...options,
      });
      await engine.orchestrator.start('order', {}, { id: 'a' });
      await engine.reaches('a', 'completed');
      const { statements, writes } = engine.orchestrator.metrics().commit;
      const lines = (await engine.orchestrator.history('a')).map((line) => ({ ...line, txId: 'any' }));
      await engine.orchestrator.close();
      return { statements, writes, lines };
    };
    expect(await journal({ events: { publisher: new MemoryEventPublisher() } })).toEqual(await journal({}));
  });

  it('waits while the broker is away, tells how far it is behind, and sagas go on', async () => {
    const broker = new Broker();
    broker.state = 'down';
    const engine = await createEngine({
      sagas: [order],
      participants: new ScriptedParticipants(),
      events: { publisher: broker },
    });
    await engine.orchestrator.start('order', {}, { id: 'a' });
    await engine.reaches('a', 'completed');
    await engine.pass(60_000);
    const { isFailing, lagSeconds = 0 } = engine.orchestrator.upkeep().relay ?? {};
    expect([isFailing, Math.round(lagSeconds / 10)]).toEqual([true, 6]);
    expect(engine.orchestrator.health().isReady).toBe(true);
    broker.state = 'up';
    await passUntil(engine, () => engine.orchestrator.upkeep().relay?.lagSeconds === 0);
    expect(typesOf(broker.taken, 'a')).toEqual(completed);
    await engine.orchestrator.close();
  });

  it('publishes again, under the same ids, what was taken without a word', async () => {
    const broker = new Broker();
    broker.state = 'silent';
    const engine = await createEngine({
      sagas: [order],
      participants: new ScriptedParticipants(),
      events: { publisher: broker },
    });
    await engine.orchestrator.start('order', {}, { id: 'a' });
    await engine.reaches('a', 'completed');
    await engine.pass(2_000);
    const before = new Set(broker.taken.map(({ event }) => event.id));
    expect(before.size).toBeGreaterThan(0);
    const position = engine.orchestrator.upkeep().relay?.position;
    expect(position ?? 0).toBe(0);
    broker.state = 'up';
    const sent = broker.taken.length;
    await passUntil(engine, () => engine.orchestrator.upkeep().relay?.lagSeconds === 0);
    const again = broker.taken.slice(sent);
    expect(typesOf(again, 'a')).toEqual(completed);
    expect([...before].filter((id) => !again.some(({ event }) => event.id === id))).toEqual([]);
    await engine.orchestrator.close();
  });

  it('publishes again from any position, the same events, of sagas that are over and of those under way', async () => {
    const publisher = new MemoryEventPublisher();
    const engine = await createEngine({ sagas: [order], events: { publisher } });
    const answer = async (id: string, state: string, command: string) => {
      await engine.reaches(id, state);
      engine.participants.answer(command, { type: 'succeeded', result: 1 });
    };
    for (const id of ['a', 'b']) {
      await engine.orchestrator.start('order', {}, { id });
      await answer(id, 'running.reserve.executing', 'reserve');
      await engine.reaches(id, 'running.charge.executing');
      if (id === 'a') await answer(id, 'running.charge.executing', 'charge');
    }
    await engine.reaches('a', 'completed');
    await engine.pass(1_000);
    const first = publisher.messages;
    const from = first.at(-1)?.event.data.position ?? 0;
    expect(await engine.orchestrator.republish({ from })).toBe(true);
    await engine.pass(1_000);
    const last = publisher.messages.slice(first.length);
    expect(last).toEqual(first.filter(({ event }) => event.data.position >= from));
    await engine.orchestrator.republish({ from: 0 });
    await engine.pass(1_000);
    expect(publisher.messages.slice(first.length + last.length)).toEqual(first);
    await engine.orchestrator.close();
  });

  it('is driven by one node, and by another once that is gone: nothing is missing, nothing in disorder', async () => {
    const clock = new ManualClock();
    const store = new MemoryStore({ clock });
    const [one, two] = [new MemoryEventPublisher(), new MemoryEventPublisher()];
    const participants = new ScriptedParticipants({ others: 'held' });
    const first = await createEngine({
      sagas: [order],
      store,
      clock,
      participants,
      events: { publisher: one },
    });
    const second = await createEngine({
      sagas: [order],
      store,
      clock,
      participants,
      events: { publisher: two },
    });
    await first.orchestrator.start('order', {}, { id: 'a' });
    await first.pass(2_000);
    expect([
      one.messages.length > 0,
      two.messages.length,
      second.orchestrator.upkeep().relay?.isDriving,
    ]).toEqual([true, 0, false]);
    await first.orchestrator.close();
    await second.pass(15_000);
    await until('the second node to ask', () => participants.held.length > 0);
    participants.answer('reserve', { type: 'succeeded', result: 1 });
    await second.reaches('a', 'running.charge.executing');
    participants.answer('charge', { type: 'succeeded', result: 1 });
    await second.reaches('a', 'completed');
    await second.pass(1_000);
    expect(typesOf([...one.messages, ...two.messages], 'a')).toEqual(completed);
    // The attempt's number and its duration are from before the takeover: the second node has read the journal.
    const reserved = two.messages.find(({ event }) => event.data.type === 'saga.step.completed')?.event.data;
    expect([reserved?.attempt, (reserved?.duration ?? 0) > 15_000]).toEqual([1, true]);
    await second.orchestrator.close();
  });

  it('is let go of by a node that does not reach the broker', async () => {
    const clock = new ManualClock();
    const store = new MemoryStore({ clock });
    const [cutOff, other] = [new Broker(), new Broker()];
    cutOff.state = 'down';
    const first = await createEngine({
      sagas: [order],
      store,
      clock,
      participants: new ScriptedParticipants(),
      events: { publisher: cutOff },
    });
    const second = await createEngine({
      sagas: [order],
      store,
      clock,
      participants: new ScriptedParticipants(),
      events: { publisher: other },
    });
    await first.orchestrator.start('order', {}, { id: 'a' });
    await first.reaches('a', 'completed');
    await passUntil(second, () => typesOf(other.taken, 'a').length === completed.length);
    await first.orchestrator.close();
    await second.orchestrator.close();
  });

  it('publishes only the types that were asked for, under the ids that they always have', async () => {
    const [all, some] = [new MemoryEventPublisher(), new MemoryEventPublisher()];
    const store = new MemoryStore({ clock: systemClock });
    const engine = await createEngine({
      sagas: [order],
      store,
      participants: new ScriptedParticipants(),
      events: { publisher: all },
    });
    await engine.orchestrator.start('order', {}, { id: 'a' });
    await engine.reaches('a', 'completed');
    await engine.pass(1_000);
    await engine.orchestrator.republish({ from: 0 });
    await engine.orchestrator.close();
    const next = await createEngine({
      sagas: [order],
      store,
      events: { publisher: some, types: ['saga.completed'] },
    });
    await next.pass(2_000);
    expect(some.messages).toEqual(
      all.messages.filter(({ event }) => event.data.type === 'saga.completed').slice(-1),
    );
    await next.orchestrator.close();
  });
});

const missing = natsSkipReason('own');

describe.skipIf(missing !== undefined)('the relay of published events, into JetStream', () => {
  it('stores every event once and in order while the server is killed and started again', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sagachart-js-'));
    const server = await startNatsServer({ args: ['-js', '-sd', folder] });
    const publisher = await createNatsEventPublisher({ url: server.url, ackTimeout: 500 });
    const store = new MemoryStore({ clock: systemClock });
    const scene = new StoreScene(store, Date.now());
    await store.renewLease('node', 600_000);
    const relay = new Relay({
      node: 'node',
      store,
      publisher,
      clock: systemClock,
      logger: silentLogger,
      isHeld: () => true,
      planOf: () => undefined,
    });
    await relay.open();
    const sagas = Array.from({ length: 30 }, () => scene.toStart());
    await store.commit('start', sagas);
    for (let version = 1; version <= 9; version += 1) {
      const moves = sagas.map(({ key }) =>
        scene.toMove({ ...key, version, epoch: 1 }, { entry: { state: `running.s${version}.executing` } }),
      );
      await store.commit(`move-${version}`, moves);
      if (version % 3 === 0) {
        await server.stop('SIGKILL');
        await server.restart();
      }
    }
    await expect
      .poll(() => relay.stats, { timeout: 20_000 })
      .toMatchObject({ position: 300, isFailing: false });
    const reader = await connect({ servers: server.url });
    const { state } = await (await reader.jetstreamManager()).streams.info('SAGACHART_EVENTS');
    const consumer = await reader.jetstream().consumers.get('SAGACHART_EVENTS');
    const stored: PublishedEvent[] = [];
    for await (const message of await consumer.fetch({ max_messages: state.messages, expires: 5_000 }))
      stored.push(message.json());
    expect(new Set(stored.map(({ id }) => id)).size).toBe(stored.length);
    for (const { key } of sagas) {
      const own = stored
        .filter(({ subject }) => subject === key.id)
        .map(({ data }) => data.seq * 100 + data.index);
      expect(own).toEqual(own.toSorted((one, other) => one - other));
      expect(new Set(own.map((place) => Math.floor(place / 100))).size).toBe(10);
    }
    await reader.close();
    await relay.close();
    await publisher.close();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });
});

const serverUrl = inject('postgresUrl');

describe.skipIf(serverUrl === undefined)('the relay of published events, on PostgreSQL', () => {
  it('misses nothing of what several writers commit at the same time, and keeps each saga in order', async () => {
    const database = await createDatabase(serverUrl ?? '');
    const store = await createPostgresStore({ url: database.url });
    const scene = new StoreScene(store, Date.now());
    const publisher = new MemoryEventPublisher();
    await store.renewLease('node', 60_000);
    const relay = new Relay({
      node: 'node',
      store,
      publisher,
      clock: systemClock,
      logger: silentLogger,
      isHeld: () => true,
      planOf: () => undefined,
    });
    await relay.open();
    const write = async (writer: number) => {
      for (let round = 0; round < 10; round += 1) {
        const starts = Array.from({ length: 3 }, (_, index) =>
          scene.toStart({ id: `w${writer}-${round}-${index}` }),
        );
        await store.commit(`${writer}.${round}`, starts);
        for (let version = 1; version < 4; version += 1)
          await store.commit(
            `${writer}.${round}.${version}`,
            starts.map(({ key }) =>
              scene.toMove(
                { ...key, version, epoch: 1 },
                { entry: { state: `running.s${version}.executing` } },
              ),
            ),
          );
      }
    };
    await Promise.all(Array.from({ length: 6 }, (_, writer) => write(writer)));
    const lines = () => new Set(publisher.messages.map(({ event }) => `${event.subject}:${event.data.seq}`));
    await expect.poll(() => lines().size, { timeout: 10_000 }).toBe(6 * 10 * 3 * 4);
    for (const id of new Set(publisher.messages.map(({ event }) => event.subject))) {
      const places = placesOf(publisher.messages, id);
      expect(places).toEqual(places.toSorted((one, other) => one - other));
    }
    await relay.close();
    await store.close();
    await database.drop();
  });
});
