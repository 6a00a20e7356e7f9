import { describe, expect, it } from 'vitest';
import { defineSaga } from '../../src/core/definition.ts';
import { ConflictError, NotAllowedError, ValidationError } from '../../src/core/errors.ts';
import type { Reply } from '../../src/core/transport.ts';
import { MemoryStore } from '../../src/memory/store.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { ScriptedParticipants } from '../../src/testing/scripted-participants.ts';
import { until } from '../testing/turns.ts';
import { createEngine, type Engine } from './engine.ts';

const undone = (name: string) => ({ action: `shop.${name}`, compensation: `shop.un${name}` }) as const;
const order = defineSaga('order', { timeout: '1h', defaults: { timeout: '2m' } })
  .step('reserve', undone('reserve'))
  .step('charge', { ...undone('charge'), onFailure: 'ask' });
const loan = defineSaga('loan')
  .step('hold', undone('hold'))
  .waitFor('approval', { timeout: '7d', onTimeout: 'ask' })
  .step('pay', undone('pay'));
const done: Reply = { type: 'succeeded', result: 1 };
const no: Reply = { type: 'refused', error: { code: 'no', message: 'no' } };

/** Nodes on one store, on which nothing lapses; each has participants of its own. */
async function createNodes(count: number): Promise<readonly Engine[]> {
  const clock = new ManualClock();
  const store = new MemoryStore({ clock });
  const nodes: Engine[] = [];
  for (let index = 0; index < count; index += 1)
    nodes.push(await createEngine({ sagas: [order, loan], store, clock }));
  return nodes;
}

async function createNode(): Promise<Engine> {
  const [engine] = await createNodes(1);
  return engine as Engine;
}

/** The answer to the command that is held, once it is. */
async function answer({ participants }: Engine, name: string, reply: Reply = done): Promise<void> {
  await until(`${name} is asked`, () => participants.held.some((held) => held.name === name));
  participants.answer(name, reply);
}

describe('a saga that waits for a signal', () => {
  it('costs a row and no memory', async () => {
    const engine = await createNode();
    await engine.orchestrator.start('loan', {}, { id: 'a' });
    await answer(engine, 'hold');
    await engine.reaches('a', 'running.approval.waiting');
    await until('it is let go of', () => engine.orchestrator.metrics().active === 0);
    const { owner, dueAt } = await engine.row('a');
    expect([owner, dueAt]).toEqual([null, engine.clock.now() + 7 * 86_400_000]);
  });

  it('hears it on any node, and goes on there', async () => {
    const [one, two] = (await createNodes(2)) as [Engine, Engine];
    await one.orchestrator.start('loan', {}, { id: 'a' });
    await answer(one, 'hold');
    await one.reaches('a', 'running.approval.waiting');
    await two.orchestrator.signal('a', { name: 'approval', data: 'yes' });
    await answer(two, 'pay');
    await two.reaches('a', 'completed');
    expect((await two.orchestrator.get('a')).results).toMatchObject({ approval: 'yes' });
  });

  it('is woken when its time is up', async () => {
    const engine = await createNode();
    await engine.orchestrator.start('loan', {}, { id: 'a' });
    await answer(engine, 'hold');
    await engine.reaches('a', 'running.approval.waiting');
    await engine.pass(7 * 86_400_000);
    await engine.pass(20_000);
    await engine.reaches('a', 'failed.approval');
  });

  it('is not taken for poison, however often it is asked for what is not possible', async () => {
    const engine = await createNode();
    await engine.orchestrator.start('loan', {}, { id: 'a' });
    await answer(engine, 'hold');
    await engine.reaches('a', 'running.approval.waiting');
    for (let times = 0; times < 25; times += 1)
      await expect(engine.orchestrator.skip('a')).rejects.toThrow(NotAllowedError);
    expect((await engine.row('a')).claims).toBe(0);
    // Nor is one that waits, by whomever it was taken over.
    for (let times = 0; times < 25; times += 1)
      await engine.store.claimOne({ tenant: 'default', id: 'a' }, 'gone');
    await engine.orchestrator.signal('a', { name: 'approval' });
    await engine.reaches('a', 'running.pay.executing');
  });
});

describe('an action that is refused', () => {
  it('leaves the saga with the node that drives it, and asks nothing again', async () => {
    const [one, two] = (await createNodes(2)) as [Engine, Engine];
    await one.orchestrator.start('order', {}, { id: 'a' });
    await until('it is asked', () => one.participants.held.length === 1);
    const before = await one.row('a');
    await expect(two.orchestrator.skip('a')).rejects.toThrow(NotAllowedError);
    await expect(two.orchestrator.cancel('a', { ifVersion: 7 })).rejects.toThrow(ConflictError);
    expect([await one.row('a'), two.sent()]).toEqual([before, []]);
    await answer(one, 'reserve');
    await one.reaches('a', 'running.charge.executing');
  });
});

describe('a paused saga', () => {
  it('takes the answer that is under way, and then costs a row and no memory', async () => {
    const engine = await createNode();
    await engine.orchestrator.start('order', {}, { id: 'a' });
    await engine.orchestrator.pause('a', { actor: 'ann' });
    await answer(engine, 'reserve');
    await engine.reaches('a', 'running.charge.executing');
    await until('it is let go of', () => engine.orchestrator.metrics().active === 0);
    const { owner, dueAt, deadlineAt } = await engine.row('a');
    expect([owner, dueAt, engine.sent()]).toEqual([null, deadlineAt, ['reserve']]);
  });

  it('goes on where it is resumed, as another node may', async () => {
    const [one, two] = (await createNodes(2)) as [Engine, Engine];
    await one.orchestrator.start('order', {}, { id: 'a' });
    await one.orchestrator.pause('a');
    await answer(one, 'reserve');
    await one.reaches('a', 'running.charge.executing');
    await one.orchestrator.close();
    await two.pass(20_000);
    expect(two.sent()).toEqual([]);
    await two.orchestrator.resume('a');
    await answer(two, 'charge');
    await two.reaches('a', 'completed');
    expect(two.participants.sent.map(({ request }) => request.attempt)).toEqual([1]);
  });

  it('asks again, once it is resumed, what its node did not live to hear the answer to', async () => {
    const [one, two] = (await createNodes(2)) as [Engine, Engine];
    await one.orchestrator.start('order', {}, { id: 'a' });
    await until('it is asked', () => one.participants.held.length === 1);
    await one.orchestrator.pause('a');
    await one.orchestrator.close();
    await two.pass(1_000);
    expect(two.sent()).toEqual([]);
    await two.orchestrator.resume('a');
    await answer(two, 'reserve');
    await two.reaches('a', 'running.charge.executing');
  });

  it('is turned back by its deadline, and undoes nothing before it is resumed', async () => {
    const engine = await createNode();
    await engine.orchestrator.start('order', {}, { id: 'a' });
    await engine.orchestrator.pause('a');
    await answer(engine, 'reserve');
    await engine.reaches('a', 'running.charge.executing');
    await engine.pass(3_600_000);
    await engine.pass(20_000);
    await engine.reaches('a', 'compensating.reserve.executing');
    expect(engine.sent()).toEqual(['reserve']);
    await engine.orchestrator.resume('a');
    await answer(engine, 'undoReserve');
    await engine.reaches('a', 'compensated');
  });

  it('does not send what waited for the transport; that never happened', async () => {
    let isConnected = false;
    const participants = new ScriptedParticipants({ others: 'held' });
    participants.isConnected = () => isConnected;
    const engine = await createEngine({ sagas: [order], participants });
    await engine.orchestrator.start('order', {}, { id: 'a' });
    await engine.orchestrator.pause('a');
    isConnected = true;
    await engine.pass(1_000);
    expect(engine.sent()).toEqual([]);
    await engine.orchestrator.cancel('a');
    await engine.reaches('a', 'compensated');
    expect(engine.sent()).toEqual([]);
  });
});

describe('an action with a key', () => {
  it('is done once, whichever nodes are asked, and at whatever version the saga is by then', async () => {
    const [one, two] = (await createNodes(2)) as [Engine, Engine];
    await one.orchestrator.start('order', {}, { id: 'a' });
    const cancel = { idempotencyKey: 'k1', actor: 'ann' };
    const first = await one.orchestrator.cancel('a', cancel);
    const again = await two.orchestrator.cancel('a', { ...cancel, ifVersion: 1 });
    expect([first.version, again.version]).toEqual([2, 2]);
    const rows = await one.orchestrator.history('a');
    expect(rows.map(({ type }) => type)).toEqual(['start', 'cancel']);
  });

  it('is refused where the key was used for something else', async () => {
    const engine = await createNode();
    await engine.orchestrator.start('order', {}, { id: 'a' });
    await engine.orchestrator.pause('a', { idempotencyKey: 'k1' });
    await expect(engine.orchestrator.resume('a', { idempotencyKey: 'k1' })).rejects.toThrow(ValidationError);
    await engine.orchestrator.resume('a', { idempotencyKey: 'k2' });
    expect((await engine.orchestrator.pause('a', { idempotencyKey: 'k1' })).paused).toBeNull();
  });

  it('is remembered by a closed saga', async () => {
    const engine = await createNode();
    await engine.orchestrator.start('order', {}, { id: 'a' });
    await answer(engine, 'reserve');
    await answer(engine, 'charge', no);
    await engine.reaches('a', 'failed.charge');
    const decide = () => engine.orchestrator.decide('a', { choice: 'skip', idempotencyKey: 'k1' });
    expect((await decide()).status).toBe('completed');
    expect((await decide()).status).toBe('completed');
    await expect(engine.orchestrator.decide('a', { choice: 'skip' })).rejects.toThrow(NotAllowedError);
  });
});

describe('a saga that is sent back to a step', () => {
  it('goes on there after a restart in the middle of it', async () => {
    const [one, two] = (await createNodes(2)) as [Engine, Engine];
    await one.orchestrator.start('order', {}, { id: 'a' });
    await answer(one, 'reserve');
    await answer(one, 'charge', no);
    await one.reaches('a', 'failed.charge');
    await one.orchestrator.compensate('a', { to: 'reserve', actor: 'ann' });
    await until('the undo', () => one.sent().includes('undoReserve'));
    await one.orchestrator.close();
    await two.pass(1_000);
    await answer(two, 'undoReserve');
    await answer(two, 'reserve');
    await answer(two, 'charge');
    await two.reaches('a', 'completed');
    const keys = two.participants.sent.map(({ request }) => request.idempotencyKey);
    expect(keys).toEqual([
      'default:a:reserve:1:1:undo',
      'default:a:reserve:1:2:do',
      'default:a:charge:1:2:do',
    ]);
  });
});
