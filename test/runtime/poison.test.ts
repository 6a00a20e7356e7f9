import { expect, it } from 'vitest';
import { defineSaga } from '../../src/core/definition.ts';
import { MemoryStore } from '../../src/memory/store.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { until } from '../testing/turns.ts';
import { createEngine } from './engine.ts';

const order = defineSaga('order').step('reserve', { action: 'shop.reserve', compensation: 'shop.unreserve' });

/** A saga that was claimed this often by nodes that died of it; then one that lives. */
async function claimedBy(deaths: number) {
  const clock = new ManualClock();
  const store = new MemoryStore({ clock });
  const busy = await createEngine({ sagas: [order], store, clock, limits: { maxActors: 0 } });
  await busy.orchestrator.start('order', {}, { id: 'a' });
  for (let death = 1; death <= deaths; death += 1) {
    await store.claim({ node: `dead-${death}`, limit: 1, definitions: [order.ref] });
  }
  const engine = await createEngine({ sagas: [order], store, clock });
  await engine.pass(1_000);
  return engine;
}

it('a saga that was taken over twenty times without progress is left to a person', async () => {
  const engine = await claimedBy(20);
  await until('the saga is parked', async () => (await engine.row('a')).status === 'failed');
  expect((await engine.orchestrator.get('a')).parked?.error?.code).toBe('poison');
  expect(engine.sent()).toEqual([]);
});

it('whoever asks for something of such a saga is told that it is parked now', async () => {
  const clock = new ManualClock();
  const store = new MemoryStore({ clock });
  const busy = await createEngine({ sagas: [order], store, clock, limits: { maxActors: 0 } });
  await busy.orchestrator.start('order', {}, { id: 'a' });
  for (let death = 1; death <= 20; death += 1)
    await store.claimOne({ tenant: 'default', id: 'a' }, `dead-${death}`);
  await expect(busy.orchestrator.cancel('a')).rejects.toThrow(/'cancel' is not possible .* failed/);
  expect((await busy.orchestrator.get('a')).parked?.error?.code).toBe('poison');
  expect(busy.sent()).toEqual([]);
});

it('a saga that was taken over less often goes on', async () => {
  const engine = await claimedBy(5);
  await until('the command', () => engine.sent().length > 0);
  expect((await engine.row('a')).status).toBe('running');
});
