import { beforeAll, expect, test } from 'vitest';
import { defineSaga } from '../../src/core/definition.ts';
import { createVirtualStores, type VirtualStores } from '../../src/embedded/virtual-stores.ts';
import { createOrchestrator } from '../../src/runtime/orchestrator.ts';
import { crashMatrix } from '../../src/testing/crash-matrix.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';

let stores: VirtualStores;

beforeAll(async () => {
  stores = await createVirtualStores();
  return () => stores.close();
}, 60_000);

test('the crash matrix runs on PGlite, in virtual time, and finds nothing wherever a node dies', async () => {
  const small = defineSaga('small').step('ship', { kind: 'retriable', action: 'shipping.create' });
  const report = await crashMatrix(small, {
    createNode: createOrchestrator,
    createStore: (clock) => stores.open(clock),
    paths: [{}],
  });
  expect(report).toMatchObject({ violations: [], ends: { completed: 1 } });
  expect(report.runs).toBeGreaterThan(5);
  expect(report.deaths['after commit']).toBeGreaterThan(0);
}, 120_000);

test('a virtual store begins with nothing, and lives in its clock’s time', async () => {
  const clock = new ManualClock({ now: 5_000_000 });
  const store = await stores.open(clock);
  expect(await store.renewLease('n', 1_000)).toEqual({ now: 5_000_000 });
  expect(await store.claimRelay('r', 'n')).toBe(0);
  await store.renewLease('other', 10_000);
  expect(await store.claimRelay('r', 'other')).toBeUndefined();
  clock.advance(2_000);
  // The lease of the one who has it lapsed in the clock's time.
  expect(await store.claimRelay('r', 'other')).toBe(0);
  await store.close();
  const next = await stores.open(new ManualClock({ now: 1_000 }));
  expect(await next.renewLease('n', 1_000)).toEqual({ now: 1_000 });
  expect(await next.advanceRelay('r', { node: 'other', from: 0, to: 1 })).toBe(false);
});
