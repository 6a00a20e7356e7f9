import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { SagaCursor, SagaFilter } from '../core/store.ts';
import type { StoreRule, StoreScene } from './store-scene.ts';

/** What is found, and in which order. */
export const readRules: readonly StoreRule[] = [
  {
    name: 'a saga is found by its id in its tenant only',
    async play(scene) {
      const saga = await scene.start();
      assert.deepEqual(await scene.store.get(saga), saga);
      assert.equal(await scene.store.get({ tenant: `${scene.tenant}-other`, id: saga.id }), undefined);
      assert.equal(await scene.store.get(scene.key('nobody')), undefined);
    },
  },
  {
    name: 'a saga is found by its idempotency key in its tenant only',
    async play(scene) {
      const saga = await scene.start({ origin: { idempotencyKey: 'mine' } });
      assert.deepEqual(await scene.store.findByIdempotencyKey(scene.tenant, 'mine'), saga);
      assert.equal(await scene.store.findByIdempotencyKey(`${scene.tenant}-other`, 'mine'), undefined);
      assert.equal(await scene.store.findByIdempotencyKey(scene.tenant, 'nobody'), undefined);
    },
  },
  {
    name: 'sagas are listed newest first, those of one millisecond by their ids',
    async play(scene) {
      const ages: readonly (readonly [string, number])[] = [
        ['b', 1],
        ['A', 1],
        ['_', 1],
        ['old', 2],
        ['new', 0],
        ['-', 1],
        ['9', 1],
      ];
      for (const [id, age] of ages) await scene.start({ id, origin: { createdAt: scene.now - age } });
      assert.deepEqual(await list(scene), ['new', 'b', '_', 'A', '9', '-', 'old']);
      assert.deepEqual(await list(scene, {}, 2), ['new', 'b']);
    },
  },
  {
    name: 'sagas are listed by status, name, version, cause and time of creation',
    async play(scene) {
      const { now, definition } = scene;
      const at = (age: number) => ({ createdAt: now - age });
      await scene.start({ id: 'running', origin: at(1) });
      await scene.start({ id: 'failed', origin: at(2), state: { status: 'failed', cause: 'cancelled' } });
      await scene.start({
        id: 'compensated',
        origin: at(3),
        state: { status: 'compensated', cause: 'timedOut' },
      });
      await scene.start({ id: 'other', origin: { ...at(4), definition: { ...definition, name: 'other' } } });
      await scene.start({ id: 'next', origin: { ...at(5), definition: { ...definition, version: 4 } } });
      assert.deepEqual(await list(scene, { status: ['failed'] }), ['failed']);
      assert.deepEqual(await list(scene, { status: ['running', 'compensated'] }), [
        'running',
        'compensated',
        'other',
        'next',
      ]);
      assert.deepEqual(await list(scene, { status: [] }), []);
      assert.deepEqual(await list(scene, { name: 'other' }), ['other']);
      assert.deepEqual(await list(scene, { version: 4 }), ['next']);
      assert.deepEqual(await list(scene, { cause: 'timedOut' }), ['compensated']);
      assert.deepEqual(await list(scene, { since: now - 3, until: now - 1 }), ['failed', 'compensated']);
      assert.deepEqual(await list(scene, { status: ['running'], name: definition.name, version: 3 }), [
        'running',
      ]);
      assert.deepEqual(await list(scene, { status: ['failed'], cause: 'timedOut' }), []);
    },
  },
  {
    name: 'sagas of other tenants are not listed',
    async play(scene) {
      await scene.start({ tenant: `${scene.tenant}-other` });
      assert.deepEqual(await list(scene), []);
    },
  },
  {
    name: 'pages are complete and do not overlap while sagas are started',
    async play(scene) {
      const statuses = ['running', 'failed', 'completed'] as const;
      const old = Array.from({ length: 25 }, (_, index) =>
        scene.toStart({
          id: `old-${index}`,
          origin: { createdAt: scene.now - 1000 + Math.floor(index / 4) },
          state: { status: statuses[index % 3] ?? 'running' },
        }),
      );
      await scene.store.commit(randomUUID(), old);
      const seen: string[] = [];
      let after: SagaCursor | undefined;
      do {
        const page = await scene.store.list({ tenant: scene.tenant }, { ...(after && { after }), limit: 4 });
        seen.push(...page.records.map(({ id }) => id));
        after = page.next ?? undefined;
        await scene.start({ origin: { createdAt: scene.now } });
      } while (after !== undefined);
      assert.deepEqual(seen.toSorted(), old.map(({ key }) => key.id).toSorted());
    },
  },
  {
    name: 'the journal is read oldest first, from after a position',
    async play(scene) {
      let saga = await scene.start();
      for (let count = 0; count < 6; count += 1) saga = await scene.move(saga);
      const seqs = async (page: { readonly after?: number; readonly limit: number }) =>
        (await scene.store.history(saga, page)).map(({ seq }) => seq);
      assert.deepEqual(await seqs({ limit: 3 }), [1, 2, 3]);
      assert.deepEqual(await seqs({ after: 3, limit: 3 }), [4, 5, 6]);
      assert.deepEqual(await seqs({ after: 6, limit: 3 }), [7]);
      assert.deepEqual(await seqs({ after: 7, limit: 3 }), []);
      assert.deepEqual(await scene.store.history(scene.key('nobody'), { limit: 3 }), []);
    },
  },
  {
    name: 'sagas are counted by status, of one tenant and of all',
    async play(scene) {
      assert.deepEqual(await scene.store.counts(scene.tenant), {});
      const before = await scene.store.counts();
      await scene.start({ state: { status: 'completed' } });
      await scene.start({ state: { status: 'completed' } });
      await scene.move(await scene.start(), { state: { status: 'abandoned' } });
      assert.deepEqual(await scene.store.counts(scene.tenant), { completed: 2, abandoned: 1 });
      const after = await scene.store.counts();
      assert.ok((after.completed ?? 0) >= (before.completed ?? 0) + 2);
    },
  },
];

async function list(
  scene: StoreScene,
  filter: Omit<SagaFilter, 'tenant'> = {},
  limit = 100,
): Promise<readonly string[]> {
  const { records } = await scene.store.list({ tenant: scene.tenant, ...filter }, { limit });
  return records.map(({ id }) => id);
}
