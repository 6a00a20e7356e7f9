import assert from 'node:assert/strict';
import type { PinnedDefinition } from '../core/store.ts';
import type { StoreRule, StoreScene } from './store-scene.ts';

const done = { state: { status: 'completed', closedAt: 1 }, entry: { status: 'completed' } } as const;

/** What the name and version of a definition stand for. */
export const definitionRules: readonly StoreRule[] = [
  {
    name: 'a definition is kept as it was given, and each version by itself',
    async play(scene) {
      const [one, two] = [toPinned(scene, 'one'), { ...toPinned(scene, 'two'), version: 9, hash: 'b' }];
      const other = { ...one, name: `a-${one.name}`, structure: '{"text":"Grüße, \\"世界\\""}' };
      assert.deepEqual(await scene.store.pinDefinitions([]), []);
      assert.deepEqual(await scene.store.pinDefinitions([two, one]), [two, one]);
      assert.deepEqual(await scene.store.pinDefinitions([one, other, two]), [one, other, two]);
    },
  },
  {
    name: 'a definition with the hash that is kept changes nothing',
    async play(scene) {
      const kept = toPinned(scene, 'kept');
      await scene.store.pinDefinitions([kept]);
      assert.deepEqual(await scene.store.pinDefinitions([toPinned(scene, 'later')]), [kept]);
    },
  },
  {
    name: 'a definition stays as long as an open saga is pinned to it, and gives way to another one then',
    async play(scene) {
      const [kept, changed] = [toPinned(scene, 'kept'), { ...toPinned(scene, 'changed'), hash: 'other' }];
      await scene.store.pinDefinitions([kept]);
      const running = await scene.start();
      const parked = await scene.move(await scene.start({ tenant: `${scene.tenant}-other` }), {
        state: { status: 'failed' },
        entry: { status: 'failed' },
      });
      const pin = () => scene.store.pinDefinitions([changed]);
      assert.deepEqual(await pin(), [kept]);
      await scene.move(running, done);
      assert.deepEqual(await pin(), [kept]);
      await scene.move(parked, done);
      assert.deepEqual(await pin(), [changed]);
      assert.deepEqual(await scene.store.pinDefinitions([kept]), [kept]);
    },
  },
  {
    name: 'open sagas of other names, versions and structures do not keep a definition',
    async play(scene) {
      const [kept, changed] = [toPinned(scene, 'kept'), { ...toPinned(scene, 'changed'), hash: 'other' }];
      await scene.store.pinDefinitions([kept]);
      const { definition } = scene;
      for (const other of [{ name: `${definition.name}-2` }, { version: 4 }, { hash: 'older' }])
        await scene.start({ origin: { definition: { ...definition, ...other } } });
      assert.deepEqual(await scene.store.pinDefinitions([changed]), [changed]);
    },
  },
  {
    name: 'of definitions that come at the same time one is kept, and all are told which',
    async play(scene) {
      await scene.start();
      // Both are in use: whichever comes first stays.
      await scene.start({ origin: { definition: { ...scene.definition, hash: 'other' } } });
      const given = Array.from({ length: 8 }, (_, index) => ({
        ...toPinned(scene, String(index)),
        ...(index % 2 === 0 ? {} : { hash: 'other' }),
      }));
      const answers = await Promise.all(given.map((one) => scene.store.pinDefinitions([one])));
      const [kept] = await scene.store.pinDefinitions([toPinned(scene, 'last')]);
      assert.ok(given.some(({ structure }) => structure === kept?.structure));
      for (const answer of answers) assert.deepEqual(answer, [kept]);
    },
  },
];

function toPinned({ definition }: StoreScene, text: string): PinnedDefinition {
  return { ...definition, structure: JSON.stringify({ text }) };
}
