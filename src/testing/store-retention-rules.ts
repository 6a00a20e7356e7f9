import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Batch, BatchOrder } from '../core/batch-store.ts';
import type { SagaRecord, SagaStatus } from '../core/store.ts';
import type { Change, StoreRule, StoreScene } from './store-scene.ts';

/** Long ago: no other rule closes sagas at that time. */
const past = Date.UTC(2001, 0, 1);
const nobody = 'no-such-relay';

/** What is deleted, and what never is. */
export const retentionRules: readonly StoreRule[] = [
  {
    name: 'closed sagas are deleted whole: row, journal, idempotency key',
    async play(scene) {
      for (const status of ['completed', 'compensated', 'abandoned'] as const) {
        const saga = await scene.move(
          await scene.start(closed(status, { origin: { idempotencyKey: status } })),
          closed(status),
        );
        await deleteOld(scene);
        assert.equal(await scene.store.get(saga), undefined);
        assert.deepEqual(await scene.store.history(saga, { limit: 10 }), []);
        assert.equal(await scene.store.findByIdempotencyKey(scene.tenant, status), undefined);
        const again = scene.toStart({ id: saga.id, origin: { idempotencyKey: status } });
        assert.equal(await scene.write(again), true);
      }
    },
  },
  {
    name: 'a saga that is not closed is never deleted, a parked one least of all',
    async play(scene) {
      const open = await Promise.all(
        (['running', 'compensating', 'failed'] as const).map((status) => scene.start(closed(status))),
      );
      await deleteOld(scene);
      for (const saga of open) {
        assert.deepEqual(await scene.store.get(saga), saga);
        assert.equal(await scene.store.deleteSaga(saga, nobody), false);
        assert.equal((await scene.store.history(saga, { limit: 10 })).length, 1);
      }
    },
  },
  {
    name: 'only what was closed before the given time is deleted',
    async play(scene) {
      const old = await scene.start(closed('completed', { state: { closedAt: past - 2 } }));
      const late = await scene.start(closed('completed', { state: { closedAt: past } }));
      await deleteOld(scene);
      assert.equal(await scene.store.get(old), undefined);
      assert.deepEqual(await scene.store.get(late), late);
    },
  },
  {
    name: 'a closed saga with hooks to run is not deleted',
    async play(scene) {
      const saga = await scene.start(closed('completed', { state: { hooks: '["onCompleted"]' } }));
      await deleteOld(scene);
      assert.equal(await scene.store.deleteSaga(saga, nobody), false);
      assert.deepEqual(await scene.store.get(saga), saga);
    },
  },
  {
    name: 'nothing is deleted that a relay has not published to the end',
    async play(scene) {
      const relay = `relay-${randomUUID()}`;
      await scene.store.claimRelay(relay, scene.node);
      const saga = await scene.move(await scene.start(closed('completed')), closed('completed'));
      const [first = 0, last = 0] = await positionsOf(scene, saga);
      for (const [from, to] of [
        [0, first],
        [first, last - 1],
      ] as const) {
        await scene.store.advanceRelay(relay, { node: scene.node, from, to });
        await deleteOld(scene, relay);
        assert.equal(await scene.store.deleteSaga(saga, relay), false);
        assert.deepEqual(await scene.store.get(saga), saga);
      }
      await scene.store.advanceRelay(relay, { node: scene.node, from: last - 1, to: last });
      await deleteOld(scene, relay);
      assert.equal(await scene.store.get(saga), undefined);
    },
  },
  {
    name: 'sagas are deleted in batches, none left over, of every tenant',
    async play(scene) {
      const sagas = [];
      for (let index = 0; index < 7; index += 1)
        sagas.push(await scene.start(closed('completed', { tenant: `${scene.tenant}-${index % 3}` })));
      const options = { before: past, limit: 3, relay: nobody };
      for (let deleted = 0; deleted < 7;) {
        const batch = await scene.store.deleteClosed(options);
        assert.ok(batch > 0 && batch <= 3);
        deleted += batch;
      }
      for (const saga of sagas) assert.equal(await scene.store.get(saga), undefined);
      assert.equal(await scene.store.deleteClosed({ ...options, limit: 0 }), 0);
    },
  },
  {
    name: 'nodes that delete at the same time do not stand in each other’s way',
    async play(scene) {
      const starts = Array.from({ length: 40 }, () => scene.toStart(closed('compensated')));
      await scene.store.commit(randomUUID(), starts);
      await Promise.all([
        deleteOld(scene, nobody, 4),
        deleteOld(scene, nobody, 4),
        deleteOld(scene, nobody, 4),
      ]);
      await deleteOld(scene);
      assert.deepEqual(await scene.store.counts(scene.tenant), {});
    },
  },
  {
    name: 'one closed saga is deleted, whenever it was closed, and once',
    async play(scene) {
      const saga = await scene.start({ state: { status: 'completed', closedAt: scene.now } });
      const other = await scene.start({ state: { status: 'completed', closedAt: scene.now } });
      assert.equal(await scene.store.deleteSaga({ ...saga, tenant: `${scene.tenant}-other` }, nobody), false);
      assert.equal(await scene.store.deleteSaga(saga, nobody), true);
      assert.equal(await scene.store.deleteSaga(saga, nobody), false);
      assert.equal(await scene.store.get(saga), undefined);
      assert.deepEqual(await scene.store.history(saga, { limit: 10 }), []);
      assert.deepEqual(await scene.store.get(other), other);
    },
  },
  {
    name: 'what a node still writes of a saga that was deleted is not written',
    async play(scene) {
      const saga = await scene.start(closed('completed'));
      await scene.store.deleteSaga(saga, nobody);
      assert.equal(await scene.write(scene.toMove(saga)), false);
      await scene.store.release([{ key: saga, version: 1, epoch: 1, dueAt: null, hooks: null }]);
      assert.equal(await scene.store.claimOne(saga, scene.node), undefined);
      assert.deepEqual(await scene.store.history(saga, { limit: 10 }), []);
    },
  },
  {
    name: 'batches that ended are deleted whole, whoever’s they are; one that runs never is',
    async play(scene) {
      const { store } = scene;
      const [done, aborted, runs] = [
        await createBatch(scene, ['a', 'b']),
        await createBatch(scene, ['a'], { tenant: `${scene.tenant}-other` }),
        await createBatch(scene, ['a']),
      ];
      const all = ['a', 'b'].map((sagaId) => ({ sagaId, outcome: 'refused', detail: 'no' }) as const);
      await store.settleBatch(done, all);
      await store.abortBatch(aborted);
      await deleteBatches(scene);
      for (const batch of [done, aborted]) {
        assert.equal(await store.getBatch(batch), undefined);
        assert.deepEqual(await store.batchItems(batch, { outcome: 'refused', limit: 10 }), []);
        assert.deepEqual(await store.batchItems(batch, { outcome: null, limit: 10 }), []);
        assert.equal(await store.settleBatch(batch, all), undefined);
      }
      assert.deepEqual(await store.getBatch(runs), runs);
      assert.equal((await store.batchItems(runs, { outcome: null, limit: 10 })).length, 1);
      await store.abortBatch(runs);
    },
  },
  {
    name: 'only batches that ended before the given time are deleted',
    async play(scene) {
      const [old, late] = [
        await createBatch(scene, [], { createdAt: past - 1 }),
        await createBatch(scene, [], { createdAt: past }),
      ];
      await deleteBatches(scene, past);
      assert.equal(await scene.store.getBatch(old), undefined);
      assert.deepEqual(await scene.store.getBatch(late), late);
    },
  },
  {
    name: 'no more batches are deleted at once than have about so many sagas',
    async play(scene) {
      const { store } = scene;
      await deleteBatches(scene);
      for (let index = 0; index < 3; index += 1)
        await store.abortBatch(await createBatch(scene, ['a', 'b', 'c']));
      const options = { before: scene.now + 3_600_000, limit: 4 };
      assert.equal(await store.deleteBatches({ ...options, limit: 0 }), 0);
      assert.deepEqual(
        [
          await store.deleteBatches(options),
          await store.deleteBatches(options),
          await store.deleteBatches(options),
        ],
        [2, 1, 0],
      );
    },
  },
];

function createBatch(
  { store, tenant, now }: StoreScene,
  sagaIds: readonly string[],
  change: Partial<BatchOrder> = {},
): Promise<Batch> {
  const order = { tenant, id: randomUUID(), action: 'retry', fields: '{}', actor: null, reason: null };
  return store.createBatch({ ...order, createdAt: now, ...change }, sagaIds);
}

async function deleteBatches({ store, now }: StoreScene, before = now + 3_600_000): Promise<void> {
  while ((await store.deleteBatches({ before, limit: 100 })) > 0);
}

/** A saga of long ago. */
function closed(status: SagaStatus, { tenant, origin, state }: Change = {}): Change {
  return {
    ...(tenant === undefined ? {} : { tenant }),
    origin: { createdAt: past - 1_000, ...origin },
    state: { status, closedAt: past - 1, ...state },
  };
}

async function deleteOld({ store }: StoreScene, relay = nobody, limit = 100): Promise<void> {
  while ((await store.deleteClosed({ before: past, limit, relay })) > 0);
}

async function positionsOf({ store }: StoreScene, saga: SagaRecord): Promise<readonly number[]> {
  const found: number[] = [];
  for (let after = 0; ;) {
    const page = await store.readJournal({ after, limit: 1_000 });
    const last = page.at(-1);
    if (last === undefined) return found;
    found.push(...page.filter(({ id }) => id === saga.id).map(({ position }) => position));
    after = last.position;
  }
}
