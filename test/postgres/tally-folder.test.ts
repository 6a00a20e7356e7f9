import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { createEmbeddedStore } from '../../src/embedded/pglite-store.ts';
import { StoreScene } from '../../src/testing/store-scene.ts';

it('sums up all changes of the tallies, however many were left since the last time', async () => {
  const { store, pglite } = await createEmbeddedStore();
  const scene = new StoreScene(store, Date.now());
  // Each saga of a tenant of its own leaves a change of its own.
  for (let statement = 0; statement < 64; statement += 1) {
    const starts = Array.from({ length: 100 }, () => scene.toStart({ tenant: `t-${randomUUID()}` }));
    await store.commit(randomUUID(), starts);
  }
  const left = async () => {
    const { rows } = await pglite.query<{ readonly left: number }>(
      'select count(*)::int as left from saga_tally_changes',
    );
    return rows[0]?.left;
  };
  await expect.poll(left, { timeout: 10_000 }).toBe(0);
  expect(await store.counts()).toEqual({ running: 6_400 });
  await store.close();
});
