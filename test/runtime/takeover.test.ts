import { describe, expect, it } from 'vitest';
import { defineSaga } from '../../src/core/definition.ts';
import { StorageUnavailableError } from '../../src/core/errors.ts';
import type { SagaStore } from '../../src/core/store.ts';
import type { Reply } from '../../src/core/transport.ts';
import { MemoryStore } from '../../src/memory/store.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { ScriptedParticipants } from '../../src/testing/scripted-participants.ts';
import { turn, until } from '../testing/turns.ts';
import { withMethod } from '../regress/scene.ts';
import { createEngine, type Engine } from './engine.ts';

const undone = (name: string) =>
  ({ action: `shop.${name}`, compensation: `shop.un${name}`, retry: { maximumAttempts: 2 } }) as const;
const order = defineSaga('order', { timeout: '1h', defaults: { timeout: '2m' } })
  .step('reserve', undone('reserve'))
  .step('charge', undone('charge'));
const done: Reply = { type: 'succeeded', result: 1 };

/** Two nodes on one store. Each has participants of its own, so that one can see who asked. */
async function createNodes(): Promise<readonly [Engine, Engine]> {
  const clock = new ManualClock();
  const store = new MemoryStore({ clock });
  const one = await createEngine({ sagas: [order], store, clock });
  return [one, await createEngine({ sagas: [order], store, clock })];
}

/** The node dies: nobody renews its lease, and no answer reaches it. What it still wrote would be a zombie's write. */
function kill(engine: Engine): void {
  // Its transport goes on holding the commands, and its clock goes on: only its lease is never renewed again.
  const { store } = engine;
  const renew = store.renewLease.bind(store);
  const victim = ids.get(engine);
  store.renewLease = (node, ttl) =>
    node === victim ? Promise.reject(new Error('killed')) : renew(node, ttl);
}

const ids = new Map<Engine, string>();

async function startOn(engine: Engine, id: string): Promise<void> {
  await engine.orchestrator.start('order', {}, { id });
  await until('the command', () => engine.participants.held.length > 0);
  ids.set(engine, (await engine.row(id)).owner ?? '');
}

describe('two nodes on one store', () => {
  it('drive different sagas, each its own', async () => {
    const [one, two] = await createNodes();
    await startOn(one, 'a');
    await startOn(two, 'b');
    await one.pass(2_000);
    expect([one.sent(), two.sent()]).toEqual([['reserve'], ['reserve']]);
    expect((await one.row('a')).owner).not.toBe((await one.row('b')).owner);
  });

  it('share the sagas that nobody drives, each claimed once', async () => {
    const clock = new ManualClock();
    const store = new MemoryStore({ clock });
    const full = await createEngine({ sagas: [order], store, clock, limits: { maxActors: 0 } });
    for (let index = 0; index < 10; index += 1)
      await full.orchestrator.start('order', {}, { id: `s${index}` });
    expect([full.sent(), (await full.row('s0')).owner]).toEqual([[], null]);
    const [one, two] = [
      await createEngine({ sagas: [order], store, clock, limits: { maxActors: 6 } }),
      await createEngine({ sagas: [order], store, clock, limits: { maxActors: 6 } }),
    ];
    await until('all to be driven', () => one.sent().length + two.sent().length === 10);
    await one.pass(1_000);
    expect([one.sent().length, two.sent().length]).toEqual([6, 4]);
  });
});

describe('a node that died', () => {
  it('loses its sagas when its lease lapsed, and not before', async () => {
    const [one, two] = await createNodes();
    await startOn(one, 'a');
    kill(one);
    await one.pass(9_000);
    expect(two.sent()).toEqual([]);
    await one.pass(1_500);
    await until('the takeover', () => two.sent().length === 1);
    expect((await two.row('a')).epoch).toBe(2);
  });

  it('has its command sent again with the same key, and a reply to that counts as one after doubt', async () => {
    const [one, two] = await createNodes();
    await startOn(one, 'a');
    kill(one);
    await one.pass(10_500);
    await until('the takeover', () => two.participants.held.length === 1);
    const keys = [one, two].map(({ participants }) => participants.sent[0]?.request.idempotencyKey);
    expect(keys).toEqual(['default:a:reserve:1:1:do', 'default:a:reserve:1:1:do']);
    two.participants.answer('reserve', {
      type: 'unreachable',
      error: { code: 'no_responders', message: 'nobody' },
    });
    await two.reaches('a', 'running.reserve.backoff');
    expect((await two.orchestrator.get('a')).steps[0]).toMatchObject({ inDoubt: true, attempts: 1 });
  });

  it('that comes back cannot move what another node drives now', async () => {
    const [one, two] = await createNodes();
    await startOn(one, 'a');
    kill(one);
    await one.pass(10_500);
    await until('the takeover', () => two.participants.held.length === 1);
    one.participants.answer('reserve', done);
    await until('the zombie to let go', () => one.orchestrator.metrics().active === 0);
    expect([(await two.row('a')).version, one.sent()]).toEqual([1, ['reserve']]);
    two.participants.answer('reserve', done);
    await two.reaches('a', 'running.charge.executing');
  });

  it('is found out without anybody asking: its timers ring elsewhere', async () => {
    const [one, two] = await createNodes();
    await startOn(one, 'a');
    kill(one);
    await one.pass(10_500);
    await until('the takeover', () => two.participants.held.length === 1);
    await two.pass(120_000);
    await until('the timeout', async () => (await two.row('a')).version > 1);
    expect((await two.orchestrator.history('a')).at(-1)?.type).toMatch(/^xstate\.after\.reserve\.timeout\./);
  });
});

describe('a node whose command waits at the gate', () => {
  /** `a` is under way at the first node, and `b` waits behind it. */
  async function createFull() {
    const clock = new ManualClock();
    const store = new MemoryStore({ clock });
    const world = { isDown: false };
    const get: SagaStore['get'] = async (key) => {
      if (world.isDown) throw new StorageUnavailableError('down');
      return store.get(key);
    };
    const limits = { maxInFlight: 1, reservedPercent: 0 };
    const one = await createEngine({ sagas: [order], store: withMethod(store, 'get', get), clock, limits });
    const two = await createEngine({ sagas: [order], store, clock });
    await startOn(one, 'a');
    await one.orchestrator.start('order', {}, { id: 'b' });
    await until('the other command to wait', () => one.orchestrator.metrics().waitingCommands === 1);
    const sentFor = (id: string) =>
      one.participants.sent.filter(({ request }) => request.sagaId === id).map(({ name }) => name);
    return { one, two, world, sentFor };
  }

  it('does not send it any more where another node took the saga over', async () => {
    const { one, two, sentFor } = await createFull();
    await two.orchestrator.cancel('b');
    await one.pass(2_000);
    one.participants.answer('reserve', done);
    await until('the next command', () => sentFor('a').length === 2);
    await until('the saga to be dropped', () => one.orchestrator.metrics().active === 1);
    expect([sentFor('b'), one.orchestrator.metrics().waitingCommands]).toEqual([[], 0]);
  });

  it('sends it where the saga is still its own, as soon as the store says so', async () => {
    const { one, world, sentFor } = await createFull();
    world.isDown = true;
    await one.pass(2_000);
    one.participants.answer('reserve', done);
    await one.pass(2_000);
    expect([sentFor('a'), sentFor('b')]).toEqual([['reserve'], []]);
    world.isDown = false;
    await one.pass(2_000);
    await until('the waiting command', () => sentFor('b').length === 1);
  });
});

describe('a node that closes', () => {
  it('lets go of its sagas, and another one goes on with them at once', async () => {
    const [one, two] = await createNodes();
    for (const id of ['a', 'b']) await startOn(one, id);
    await one.orchestrator.close();
    expect([(await one.row('a')).owner, one.orchestrator.metrics().active]).toEqual([null, 0]);
    await two.pass(250);
    await until('the takeover', () => two.participants.held.length === 2);
    two.participants.answer('reserve', done);
    await two.reaches('a', 'running.charge.executing');
  });

  it('makes durable what is decided, and sends nothing after it', async () => {
    const [one] = await createNodes();
    await startOn(one, 'a');
    one.participants.answer('reserve', done);
    await one.orchestrator.close();
    const { version } = await one.row('a');
    const sent = one.sent().length;
    for (let turns = 0; turns < 5; turns += 1) await turn();
    expect([(await one.row('a')).version, one.sent().length, one.participants.held]).toEqual([
      version,
      sent,
      [],
    ]);
  });

  it('starts no saga for itself any more', async () => {
    const [one, two] = await createNodes();
    await one.orchestrator.close();
    const started = await one.orchestrator.start('order', {}, { id: 'a' }).catch((error: unknown) => error);
    expect(one.sent()).toEqual([]);
    if (started instanceof Error) return;
    await two.pass(250);
    await until('the other node to take it', () => two.sent().length === 1);
  });

  it('closes once, however often it is asked', async () => {
    const [one] = await createNodes();
    await Promise.all([one.orchestrator.close(), one.orchestrator.close()]);
    expect(one.orchestrator.health().isClosing).toBe(true);
  });
});

describe('a node that lacks a definition', () => {
  it('claims none of its sagas', async () => {
    const clock = new ManualClock();
    const store = new MemoryStore({ clock });
    const one = await createEngine({ sagas: [order], store, clock });
    await startOn(one, 'a');
    await one.orchestrator.close();
    const changed = defineSaga('order', { version: 2 }).step('reserve', undone('reserve'));
    const other = await createEngine({
      sagas: [changed],
      store,
      clock,
      participants: new ScriptedParticipants({ others: 'held' }),
    });
    await other.pass(5_000);
    expect([other.sent(), (await one.row('a')).owner]).toEqual([[], null]);
    await expect(other.orchestrator.cancel('a')).rejects.toThrow(
      /this node has no definition 'order' version 1/,
    );
  });
});
