import { expect, onTestFinished, test, vi } from 'vitest';
import { defineSaga } from '../../src/core/definition.ts';
import type { SagaRecord, SagaStore } from '../../src/core/store.ts';
import { MemoryStore } from '../../src/memory/store.ts';
import { type ConformanceReport, ConformanceWatch } from '../../src/proof/conformance-watch.ts';
import { createOrchestrator } from '../../src/runtime/orchestrator.ts';
import { systemClock } from '../../src/runtime/system.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { ScriptedParticipants, type Script } from '../../src/testing/scripted-participants.ts';
import { shop } from './sagas.ts';

const refusal = { type: 'refused', error: { code: 'no', message: 'no' } } as const;
const other = defineSaga('other').step('look', { kind: 'readonly', action: 'p.look' });

/** An engine with its store, in which some sagas ran. */
async function ranSagas(script: Script = {}) {
  const store = new MemoryStore({ clock: systemClock });
  const orchestrator = await createOrchestrator({
    store,
    transport: new ScriptedParticipants({ script }),
    sagas: [shop, other],
  });
  onTestFinished(() => orchestrator.close());
  const run = async (name: string, id: string) => {
    await orchestrator.start(name, {}, { id });
    await orchestrator.settled(id, { timeout: 10_000 });
  };
  return { store, run };
}

/** The store as somebody left it who meddled with rows. */
function meddled(store: SagaStore, meddle: (record: SagaRecord) => SagaRecord): SagaStore {
  return new Proxy(store, {
    get: (target, name) => {
      if (name === 'get')
        return async (key: never) => {
          const record = await target.get(key);
          return record && meddle(record);
        };
      const method = Reflect.get(target, name) as unknown;
      return typeof method === 'function' ? (method.bind(target) as unknown) : method;
    },
  });
}

test('sagas that ran as their machines say conform, whichever way they went', async () => {
  const { store, run } = await ranSagas({ charge: [refusal] });
  await run('shop', 'a');
  await run('other', 'b');
  const watch = new ConformanceWatch({ store, sagas: [shop, other] });
  expect(await watch.look()).toMatchObject({ checked: 2, deviations: [], unknown: {} });
  // Only what moved since is looked at again.
  expect(await watch.look()).toMatchObject({ checked: 0, deviations: [] });
  await run('shop', 'c');
  expect(await watch.look()).toMatchObject({ checked: 1, deviations: [] });
});

test('a snapshot that its journal does not give is named, and what differs', async () => {
  const { store, run } = await ranSagas();
  await run('shop', 'a');
  const changed = meddled(store, (record) => ({
    ...record,
    snapshot: record.snapshot.replace('"of":"charge"', '"of":"nothing"'),
  }));
  const { deviations } = await new ConformanceWatch({ store: changed, sagas: [shop] }).look();
  expect(deviations).toMatchObject([
    { id: 'a', kind: 'differs', seq: 4, what: 'its journal gives another context.results.charge' },
  ]);
});

test('a line that the pinned machine has no arrow for is named', async () => {
  const { store, run } = await ranSagas();
  await run('shop', 'a');
  const changed = defineSaga('shop', { defaults: { timeout: 1 } })
    .step('reserve', { action: 'inventory.reserve', compensation: 'inventory.release' })
    .step('ship', { kind: 'retriable', action: 'shipping.create' });
  // As if the definition had been changed under the same name, version and hash.
  const { name, version, nodes, options, ref } = shop;
  const sagas = [{ name, version, nodes, options, ref, plan: changed.plan, machine: changed.machine }];
  const { deviations } = await new ConformanceWatch({ store, sagas }).look();
  expect(deviations).toMatchObject([{ id: 'a', kind: 'noArrow', seq: 3 }]);
  expect(deviations[0]?.what).toContain("no arrow for 'charge.succeeded'");
});

test('a journal that lacks its end, and a snapshot that is no JSON, are broken', async () => {
  const { store, run } = await ranSagas();
  await run('shop', 'a');
  const ahead = meddled(store, (record) => ({ ...record, version: record.version + 1 }));
  const torn = meddled(store, (record) => ({ ...record, snapshot: '{' }));
  for (const one of [ahead, torn]) {
    const { deviations } = await new ConformanceWatch({ store: one, sagas: [shop] }).look();
    expect(deviations).toMatchObject([{ id: 'a', kind: 'broken' }]);
  }
});

test('sagas of definitions that are not known are counted, not judged', async () => {
  const { store, run } = await ranSagas();
  await run('other', 'b');
  const report = await new ConformanceWatch({ store, sagas: [shop] }).look();
  expect(report).toMatchObject({ checked: 0, deviations: [], unknown: { 'other@1': 1 } });
});

test('it looks again and again until it is closed', async () => {
  const { store, run } = await ranSagas();
  await run('shop', 'a');
  const clock = new ManualClock();
  const reports: ConformanceReport[] = [];
  const watch = new ConformanceWatch({ store, sagas: [shop] });
  watch.open({ clock, every: 1_000, onReport: (report) => void reports.push(report), onError: () => {} });
  await vi.waitFor(() => expect(clock.nextAt).toBeDefined());
  await run('shop', 'b');
  clock.advance(1_000);
  await vi.waitFor(() => expect(reports.map(({ checked }) => checked)).toEqual([1, 1]));
  await watch.close();
  clock.advance(10_000);
  expect(reports).toHaveLength(2);
});
