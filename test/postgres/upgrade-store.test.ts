import { randomUUID } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { defineSaga } from '../../src/core/definition.ts';
import { stateText, statusOf, toStored } from '../../src/core/snapshot.ts';
import type { SagaState } from '../../src/core/store.ts';
import { createEmbeddedStore } from '../../src/embedded/pglite-store.ts';
import { type OpenSaga, UpgradeStore } from '../../src/postgres/upgrade-store.ts';
import { createOrchestrator } from '../../src/runtime/orchestrator.ts';
import { ScriptedParticipants } from '../../src/testing/scripted-participants.ts';
import { StoreScene } from '../../src/testing/store-scene.ts';
import { play, toLogic } from '../core/play.ts';

const undone = (name: string) => ({ action: `bank.${name}`, compensation: `bank.un${name}` }) as const;
const old = defineSaga('order')
  .step('check', undone('check'))
  .step('charge', { ...undone('charge'), onFailure: 'ask' });
const slim = defineSaga('order', { version: 2 }).step('charge', { ...undone('charge'), onFailure: 'ask' });
const refused = { type: 'refused', error: { code: 'no', message: 'no' } } as const;

async function createWorld() {
  const { store, pglite } = await createEmbeddedStore();
  onTestFinished(() => store.close());
  const upgrades = new UpgradeStore({
    query: async <Row>(text: string, given: readonly (string | number)[]) =>
      (await pglite.query<Row>(text, [...given])).rows,
  });
  /** Moves a saga to the new version, parked where the charge was refused. */
  const upgrade = (saga: OpenSaga, now: number) => {
    const snapshot = toStored(play(slim, ['charge.refused']).snapshot);
    const data = { from: old.ref, to: slim.ref, before: saga.stored, snapshot };
    return upgrades.repin(randomUUID(), [{ saga, to: toLogic(slim), data }], now);
  };
  return { store, upgrades, upgrade };
}

/** A saga of the old version, parked where the charge was refused. */
async function parkedIn(scene: StoreScene, state: Partial<SagaState> = {}) {
  const { snapshot } = play(old, ['check.succeeded', 'charge.refused']);
  const stored = toStored(snapshot);
  const status = statusOf(snapshot);
  const saga = await scene.start({
    origin: { definition: old.ref },
    state: { status, snapshot: JSON.stringify(stored), ...state },
    entry: { status, state: stateText(snapshot) },
  });
  return { saga, stored };
}

describe('a saga that is moved to another version', () => {
  it.each([
    ['has hooks to run is claimed for them', '[{"hook":"onFailed"}]', 1],
    ['has none waits for a person', null, 0],
  ])('while it is parked and %s', async (_what, hooks, claimed) => {
    const { store, upgrade } = await createWorld();
    const scene = new StoreScene(store, Date.now());
    const { saga, stored } = await parkedIn(scene, { hooks, owner: scene.node });
    expect(await upgrade({ ...saga, stored }, scene.now)).toEqual([true]);
    await store.renewLease(scene.node, 60_000);
    const found = await store.claim({ node: scene.node, limit: 10, definitions: [slim.ref] });
    expect(found.map((record) => [record.id, record.hooks])).toEqual([[saga.id, hooks]].slice(0, claimed));
  });

  it('is acted on by a batch that waited for a node with its former version', async () => {
    const { store, upgrade } = await createWorld();
    const scene = new StoreScene(store, Date.now());
    const { saga, stored } = await parkedIn(scene);
    const transport = new ScriptedParticipants({ script: { charge: [refused] } });
    const node = await createOrchestrator({ store, transport, sagas: [slim] });
    onTestFinished(() => node.close());
    const { tenant } = saga;
    const fields = { as: 'abandoned' } as const;
    const { id } = await node.batches.start({ tenant, action: 'resolve', fields, ids: [saga.id] });
    const batch = () => node.batches.get(id, { tenant });
    await expect.poll(batch, { timeout: 10_000 }).toMatchObject({ status: 'running', waitsFor: [old.ref] });
    expect(await upgrade({ ...saga, stored }, scene.now)).toEqual([true]);
    await expect.poll(batch, { timeout: 10_000 }).toMatchObject({ status: 'done', done: 1, waitsFor: [] });
  });

  it('is looked at as it was before with the version that it had then', async () => {
    const { store, upgrades, upgrade } = await createWorld();
    const transport = new ScriptedParticipants({ script: { charge: [refused] } });
    const node = await createOrchestrator({ store, transport, sagas: [old, slim] });
    onTestFinished(() => node.close());
    const { saga } = await node.start('order', {}, { version: 1 });
    await node.settled(saga.id, { timeout: 10_000 });
    for await (const [open] of upgrades.open(old.ref)) if (open) await upgrade(open, Date.now());
    const states = async (seq: number) => (await node.snapshot(saga.id, { seq })).value;
    expect([await states(1), await states(3), await states(4)]).toEqual([
      { running: { check: 'executing' } },
      { failed: 'charge' },
      { failed: 'charge' },
    ]);
    const seen: string[] = [];
    const actor = await node.replay(saga.id, {
      seq: 2,
      inspect: (event) => void (event.type === '@xstate.event' && seen.push(event.event.type)),
    });
    expect([actor.getSnapshot().value, seen.at(-1)]).toEqual([
      { running: { charge: 'executing' } },
      'check.succeeded',
    ]);
  });
});
