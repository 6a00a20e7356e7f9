import { describe, expect, it } from 'vitest';
import { defineSaga } from '../../src/core/definition.ts';
import type { HookCall } from '../../src/core/hooks.ts';
import type { Reply } from '../../src/core/transport.ts';
import { MemoryStore } from '../../src/memory/store.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { ScriptedParticipants } from '../../src/testing/scripted-participants.ts';
import { until } from '../testing/turns.ts';
import { createEngine } from './engine.ts';

const refused: Reply = { type: 'refused', error: { code: 'no', message: 'no' } };

/** A saga of two steps that tells everything to `hook`. */
function telling(hook: (call: HookCall) => void | Promise<void>) {
  const both = { onSuccess: hook, onFailure: hook };
  return defineSaga('telling', { hooks: { onCompleted: hook, onCompensated: hook, onFailed: hook } })
    .step('one', { action: 'shop.one', compensation: 'shop.unone', hooks: both })
    .step('two', { action: 'shop.two', compensation: 'shop.untwo', hooks: both });
}

describe('a hook', () => {
  it('is told what happened, after it is durable', async () => {
    const calls: HookCall[] = [];
    const { orchestrator } = await createEngine({
      sagas: [telling((call) => void calls.push(call))],
      participants: new ScriptedParticipants(),
    });
    await orchestrator.execute('telling', { n: 1 }, { id: 'a' });
    await until('three calls', () => calls.length === 3);
    expect(calls.map(({ hook, step, status }) => [hook, step, status])).toEqual([
      ['onSuccess', 'one', 'running'],
      ['onSuccess', 'two', 'completed'],
      ['onCompleted', undefined, 'completed'],
    ]);
    expect(calls[1]).toMatchObject({
      tenant: 'default',
      sagaId: 'a',
      saga: 'telling',
      input: { n: 1 },
      results: { one: { of: 'one' }, two: { of: 'two' } },
    });
  });

  it('is told what failed', async () => {
    const calls: HookCall[] = [];
    const participants = new ScriptedParticipants({ script: { two: [refused] } });
    const { orchestrator } = await createEngine({
      sagas: [telling((call) => void calls.push(call))],
      participants,
    });
    await expect(orchestrator.execute('telling', {})).rejects.toThrow();
    await until('three calls', () => calls.length === 3);
    expect(calls.slice(1)).toMatchObject([
      { hook: 'onFailure', step: 'two', failure: { code: 'no' } },
      { hook: 'onCompensated', failure: { code: 'no' } },
    ]);
  });

  it('that throws is called again, and at last given up; the saga does not mind', async () => {
    let calls = 0;
    const failing = () => {
      calls += 1;
      throw new Error('no mail today');
    };
    const saga = defineSaga('failing', { hooks: { onCompleted: failing } }).step('one', {
      action: 'shop.one',
      compensation: 'shop.unone',
    });
    const { orchestrator, pass, row } = await createEngine({
      sagas: [saga],
      participants: new ScriptedParticipants(),
    });
    await orchestrator.execute('failing', {}, { id: 'a' });
    await until('the hook to be given up', async () => {
      await pass(1_000);
      return (await row('a')).owner === null;
    });
    expect([calls, (await row('a')).status, (await row('a')).hooks]).toEqual([5, 'completed', null]);
  });

  it('does not hold the saga up', async () => {
    const { orchestrator } = await createEngine({
      sagas: [telling(() => new Promise(() => {}))],
      participants: new ScriptedParticipants(),
    });
    await expect(orchestrator.execute('telling', {})).resolves.toMatchObject({ two: { of: 'two' } });
  });

  it('that a crash kept from running runs on the node that takes the saga over', async () => {
    const clock = new ManualClock();
    const store = new MemoryStore({ clock });
    const calls: string[] = [];
    const stuck = await createEngine({
      sagas: [telling(() => new Promise(() => {}))],
      store,
      clock,
      participants: new ScriptedParticipants(),
    });
    await stuck.orchestrator.execute('telling', {}, { id: 'a' });
    const renew = store.renewLease.bind(store);
    const { owner } = await stuck.row('a');
    store.renewLease = (node, ttl) =>
      node === owner ? Promise.reject(new Error('killed')) : renew(node, ttl);
    const other = await createEngine({
      sagas: [telling(({ hook, step }) => void calls.push(`${hook} ${step ?? ''}`))],
      store,
      clock,
    });
    await other.pass(11_000);
    await until('the hooks', () => calls.length === 3);
    await until('the saga to be let go of', async () => (await other.row('a')).owner === null);
    expect([calls.toSorted(), (await other.row('a')).hooks]).toEqual([
      ['onCompleted ', 'onSuccess one', 'onSuccess two'],
      null,
    ]);
    await other.pass(30_000);
    expect([calls.length, other.orchestrator.metrics().active]).toEqual([3, 0]);
  });

  it('that waits on another node runs here when somebody asks for something impossible', async () => {
    const clock = new ManualClock();
    const store = new MemoryStore({ clock });
    const calls: string[] = [];
    const stuck = await createEngine({
      sagas: [telling(() => new Promise(() => {}))],
      store,
      clock,
      participants: new ScriptedParticipants(),
    });
    await stuck.orchestrator.execute('telling', {}, { id: 'a' });
    const other = await createEngine({ sagas: [telling(({ hook }) => void calls.push(hook))], store, clock });
    await expect(other.orchestrator.cancel('a')).rejects.toThrow('which is final');
    await until('the hooks', () => calls.includes('onCompleted'));
    await until('the saga to be let go of', async () => (await other.row('a')).owner === null);
  });

  it('that ran is not run again by a restart', async () => {
    const clock = new ManualClock();
    const store = new MemoryStore({ clock });
    const calls: string[] = [];
    const saga = telling(({ hook }) => void calls.push(hook));
    const one = await createEngine({ sagas: [saga], store, clock, participants: new ScriptedParticipants() });
    await one.orchestrator.execute('telling', {}, { id: 'a' });
    await until('the saga to be let go of', async () => (await one.row('a')).owner === null);
    await one.orchestrator.close();
    const two = await createEngine({ sagas: [saga], store, clock });
    await two.pass(20_000);
    expect(calls).toEqual(['onSuccess', 'onSuccess', 'onCompleted']);
  });
});
