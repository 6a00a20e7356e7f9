import { expect, it } from 'vitest';
import { defineSaga } from '../../src/core/definition.ts';
import { MemoryStore } from '../../src/memory/store.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { until } from '../testing/turns.ts';
import { createEngine, type EngineOptions } from './engine.ts';

const loan = defineSaga('loan').waitFor('approval', { timeout: '7d' });
const nothing = defineSaga('nothing').step('look', {
  kind: 'readonly',
  action: 'shop.look',
  when: () => false,
});

async function createCounting(options: Partial<EngineOptions> = {}) {
  const clock = new ManualClock();
  const store = new MemoryStore({ clock });
  const release = store.release.bind(store);
  let releases = 0;
  store.release = (given) => {
    releases += 1;
    return release(given);
  };
  const engine = await createEngine({ sagas: [loan, nothing], store, clock, ...options });
  return { ...engine, releases: () => releases };
}

it.each([
  ['waits for a signal', 'loan', 'running', 7 * 86_400_000],
  ['is done', 'nothing', 'completed', null],
])(
  'a saga that %s as soon as it starts is driven by nobody, with one write',
  async (_what, name, status, wait) => {
    const engine = await createCounting();
    await engine.orchestrator.start(name, {}, { id: 'a' });
    await until('it is let go of', () => engine.orchestrator.metrics().active === 0);
    const dueAt = wait === null ? null : engine.clock.now() + wait;
    expect(await engine.row('a')).toMatchObject({ status, owner: null, dueAt, version: 1 });
    expect(engine.releases()).toBe(0);
  },
);

it('a saga that is done as soon as it starts waits for no node, also where this one can take no more', async () => {
  const engine = await createCounting({ limits: { maxActors: 0 } });
  await engine.orchestrator.start('nothing', {}, { id: 'a' });
  expect(await engine.row('a')).toMatchObject({ status: 'completed', owner: null, dueAt: null });
});
