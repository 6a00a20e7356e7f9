import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { StoreRule } from './store-scene.ts';

const WRITERS = 20;

/** Who may write, and what is written. */
export const commitRules: readonly StoreRule[] = [
  {
    name: 'a started saga has version 1 and epoch 1 and is read back as it was given',
    async play(scene) {
      const { key, origin, state, entry } = scene.toStart();
      await scene.commit({ key, expected: null, origin, state, entry });
      assert.deepEqual(await scene.read(key), {
        ...key,
        ...origin,
        ...state,
        version: 1,
        epoch: 1,
        claims: 0,
        updatedAt: entry.at,
      });
    },
  },
  {
    name: 'a move raises the version and changes nothing but the state',
    async play(scene) {
      const before = await scene.start({
        origin: { idempotencyKey: 'k', attributes: { orderId: '7' }, deadlineAt: scene.now + 1000 },
      });
      const move = scene.toMove(before, {
        state: { status: 'compensating', cause: 'cancelled', step: null, snapshot: '{}' },
      });
      await scene.commit(move);
      assert.deepEqual(await scene.read(before), {
        ...before,
        ...move.state,
        version: 2,
        updatedAt: move.entry.at,
      });
    },
  },
  {
    name: 'each write adds one line to the journal, marked with its transaction',
    async play(scene) {
      const start = scene.toStart();
      await scene.store.commit('tx-1', [start]);
      const move = scene.toMove({ ...start.key, version: 1, epoch: 1 });
      await scene.store.commit('tx-2', [move]);
      assert.deepEqual(await scene.store.history(start.key, { limit: 10 }), [
        { ...start.entry, seq: 1, txId: 'tx-1' },
        { ...move.entry, seq: 2, txId: 'tx-2' },
      ]);
    },
  },
  {
    name: 'a start whose id is taken is not written',
    async play(scene) {
      const before = await scene.start();
      assert.equal(
        await scene.write(scene.toStart({ id: before.id, state: { snapshot: '"other"' } })),
        false,
      );
      assert.deepEqual(await scene.read(before), before);
      assert.equal((await scene.store.history(before, { limit: 10 })).length, 1);
    },
  },
  {
    name: 'a start whose idempotency key is taken in its tenant is not written',
    async play(scene) {
      await scene.start({ origin: { idempotencyKey: 'same' } });
      const second = scene.toStart({ origin: { idempotencyKey: 'same' } });
      assert.equal(await scene.write(second), false);
      assert.equal(await scene.store.get(second.key), undefined);
      assert.deepEqual(await scene.store.history(second.key, { limit: 10 }), []);
      assert.equal(
        await scene.write(
          scene.toStart({ tenant: `${scene.tenant}-other`, origin: { idempotencyKey: 'same' } }),
        ),
        true,
      );
    },
  },
  {
    name: 'of two starts with one idempotency key in one batch, one is written',
    async play(scene) {
      const writes = [
        scene.toStart({ origin: { idempotencyKey: 'same' } }),
        scene.toStart({ origin: { idempotencyKey: 'same' } }),
      ];
      const written = await scene.store.commit(randomUUID(), writes);
      assert.equal(written.filter(Boolean).length, 1);
      const { records } = await scene.store.list({ tenant: scene.tenant }, { limit: 10 });
      assert.equal(records.length, 1);
    },
  },
  {
    name: 'a move from a stale version is not written',
    async play(scene) {
      const before = await scene.start();
      const after = await scene.move(before);
      assert.equal(await scene.write(scene.toMove(before)), false);
      assert.equal(await scene.write(scene.toMove({ ...after, version: after.version + 1 })), false);
      assert.deepEqual(await scene.read(before), after);
    },
  },
  {
    name: 'a move from a stale epoch is not written',
    async play(scene) {
      const before = await scene.start();
      const claimed = await scene.store.claimOne(before, scene.node);
      assert.equal(claimed?.epoch, 2);
      assert.equal(await scene.write(scene.toMove(before)), false);
      assert.deepEqual(await scene.read(before), claimed);
    },
  },
  {
    name: 'a move of a saga that does not exist is not written',
    async play(scene) {
      const write = scene.toMove({ ...scene.key('nobody'), version: 1, epoch: 1 });
      assert.equal(await scene.write(write), false);
      assert.deepEqual(await scene.store.history(write.key, { limit: 10 }), []);
    },
  },
  {
    name: 'writes that are refused do not keep the others of their batch from being written',
    async play(scene) {
      const [taken, first, stale, last] = [
        await scene.start(),
        await scene.start(),
        await scene.start(),
        await scene.start(),
      ];
      await scene.move(stale);
      const fresh = scene.toStart();
      const writes = [
        scene.toStart({ id: taken.id }),
        scene.toMove(first),
        scene.toMove(stale),
        fresh,
        scene.toMove(last),
      ];
      assert.deepEqual(await scene.store.commit('batch', writes), [false, true, false, true, true]);
      const versions = await Promise.all(writes.map(async ({ key }) => (await scene.read(key)).version));
      assert.deepEqual(versions, [1, 2, 2, 1, 2]);
    },
  },
  {
    name: `of ${WRITERS} concurrent moves from one version, exactly one is written`,
    async play(scene) {
      const before = await scene.start();
      const attempts = Array.from({ length: WRITERS }, (_, index) =>
        scene.write(scene.toMove(before, { state: { snapshot: `${index}` } })),
      );
      const written = await Promise.all(attempts);
      assert.equal(written.filter(Boolean).length, 1);
      const after = await scene.read(before);
      assert.deepEqual([after.version, after.snapshot], [2, `${written.indexOf(true)}`]);
      assert.equal((await scene.store.history(before, { limit: 100 })).length, 2);
    },
  },
  {
    name: `of ${WRITERS} concurrent starts with one id, exactly one is written`,
    async play(scene) {
      const attempts = Array.from({ length: WRITERS }, () => scene.write(scene.toStart({ id: 'same' })));
      assert.equal((await Promise.all(attempts)).filter(Boolean).length, 1);
      assert.equal((await scene.store.history(scene.key('same'), { limit: 100 })).length, 1);
    },
  },
  {
    name: 'after a lost answer the store tells which writes of a transaction are durable',
    async play(scene) {
      const [moved, stale] = [await scene.start(), await scene.start()];
      await scene.move(stale);
      const writes = [scene.toMove(stale), scene.toMove(moved), scene.toStart()];
      assert.deepEqual(await scene.store.committed('lost', writes), [false, false, false]);
      await scene.store.commit('lost', writes);
      await scene.move(await scene.read(moved));
      assert.deepEqual(await scene.store.committed('lost', writes), [false, true, true]);
      assert.deepEqual(await scene.store.committed('other', writes), [false, false, false]);
    },
  },
  {
    name: 'a batch of nothing is written',
    async play({ store }) {
      assert.deepEqual(await store.commit('empty', []), []);
      assert.deepEqual(await store.committed('empty', []), []);
      await store.release([]);
    },
  },
];
