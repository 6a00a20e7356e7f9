import { createEmbeddedStore } from '../../src/embedded/pglite-store.ts';
import { StoreScene } from '../../src/testing/store-scene.ts';

/** Starts sagas for ever, owned by a node with a long lease; prints how many are acknowledged. To be killed. */
const { store } = await createEmbeddedStore({ dataDir: process.argv[2] ?? '' });
await store.renewLease('killed-node', 3_600_000);
const scene = new StoreScene(store, Date.now());
for (let count = 1; ; count += 1) {
  await scene.commit(
    scene.toStart({
      origin: { definition: { name: 'killed', version: 1, hash: 'h' } },
      state: { owner: 'killed-node' },
    }),
  );
  process.stdout.write(`${count}\n`);
}
