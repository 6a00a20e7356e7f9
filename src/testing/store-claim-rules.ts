import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { StoreRule, StoreScene } from './store-scene.ts';

const HOUR = 3_600_000;

/** Who drives a saga. */
export const claimRules: readonly StoreRule[] = [
  {
    name: 'a claim takes a saga that is due: its owner is set, its epoch raised, all else stays',
    async play(scene) {
      const due = await scene.start({ state: { dueAt: scene.now - 1 } });
      const claimed = await scene.store.claim({
        node: scene.node,
        limit: 10,
        definitions: [scene.definition],
      });
      assert.deepEqual(claimed, [{ ...due, owner: scene.node, epoch: 2, claims: 1 }]);
      assert.deepEqual(await scene.read(due), claimed[0]);
    },
  },
  {
    name: 'a claim leaves sagas that are not due, or never are',
    async play(scene) {
      await scene.start({ state: { dueAt: scene.now + HOUR } });
      await scene.start({ state: { dueAt: null } });
      assert.deepEqual(await scene.claim(scene.node), []);
    },
  },
  {
    name: 'a claim takes only sagas of the given definitions',
    async play(scene) {
      const { definition, node, now } = scene;
      const strangers = [
        { ...definition, name: `${definition.name}-other` },
        { ...definition, version: 4 },
        { ...definition, hash: 'other' },
      ];
      for (const stranger of strangers)
        await scene.start({ origin: { definition: stranger }, state: { dueAt: now - 1 } });
      assert.deepEqual(await scene.claim(node), []);
      assert.deepEqual(await scene.store.claim({ node, limit: 10, definitions: [] }), []);
      assert.equal(
        (await scene.store.claim({ node, limit: 10, definitions: [definition, ...strangers] })).length,
        3,
      );
    },
  },
  {
    name: 'a claim takes no more than its limit, and those that are due longest first',
    async play(scene) {
      await scene.store.renewLease(scene.node, HOUR);
      for (const age of [2, 5, 1, 4, 3])
        await scene.start({ id: `age-${age}`, state: { dueAt: scene.now - age } });
      assert.deepEqual(await scene.claim(scene.node, 0), []);
      assert.deepEqual((await scene.claim(scene.node, 2)).toSorted(), ['age-4', 'age-5']);
      assert.deepEqual((await scene.claim(scene.node)).toSorted(), ['age-1', 'age-2', 'age-3']);
    },
  },
  {
    name: 'a saga whose owner lives is not claimed, not even when it is due',
    async play(scene) {
      await scene.store.renewLease('living', HOUR);
      await scene.start({ state: { owner: 'living', dueAt: scene.now - 1 } });
      assert.deepEqual(await scene.claim(scene.node), []);
    },
  },
  {
    name: 'a saga whose owner has no lease is claimed',
    async play(scene) {
      const { id } = await scene.start({ state: { owner: `dead-${randomUUID()}`, dueAt: null } });
      assert.deepEqual(await scene.claim(scene.node), [id]);
    },
  },
  {
    name: 'a saga is claimed once its owner’s lease has lapsed',
    async play(scene) {
      const owner = `owner-${randomUUID()}`;
      await scene.store.renewLease(owner, HOUR);
      const { id } = await scene.start({ state: { owner } });
      assert.deepEqual(await scene.claim(scene.node), []);
      await scene.store.renewLease(owner, 1);
      assert.deepEqual(await eventually(() => scene.claim(scene.node)), [id]);
    },
  },
  {
    name: 'a saga is claimed at once when its owner ended its lease',
    async play(scene) {
      const owner = `owner-${randomUUID()}`;
      await scene.store.renewLease(owner, HOUR);
      const { id } = await scene.start({ state: { owner } });
      await scene.store.endLease(owner);
      assert.deepEqual(await scene.claim(scene.node), [id]);
    },
  },
  {
    name: 'sagas of several dead owners are claimed together with those that are due',
    async play(scene) {
      await scene.store.renewLease(scene.node, HOUR);
      const owners = Array.from({ length: 4 }, () => `dead-${randomUUID()}`);
      const orphans = await Promise.all(owners.map((owner) => scene.start({ state: { owner } })));
      const due = await scene.start({ state: { dueAt: scene.now - 1 } });
      await scene.start({ state: { owner: scene.node } });
      assert.deepEqual(
        (await scene.claim(scene.node)).toSorted(),
        [...orphans, due].map(({ id }) => id).toSorted(),
      );
    },
  },
  {
    name: 'nodes that claim at the same time get different sagas, and together all',
    async play(scene) {
      const starts = Array.from({ length: 60 }, () => scene.toStart({ state: { dueAt: scene.now - 1 } }));
      await scene.store.commit(randomUUID(), starts);
      const nodes = ['a', 'b', 'c', 'd'].map((name) => `${name}-${randomUUID()}`);
      await Promise.all(nodes.map((node) => scene.store.renewLease(node, HOUR)));
      const claimed = (await Promise.all(nodes.map((node) => claimAll(scene, node)))).flat();
      assert.deepEqual(claimed.toSorted(), starts.map(({ key }) => key.id).toSorted());
    },
  },
  {
    name: 'what a former owner writes after a claim is not written',
    async play(scene) {
      const zombie = await scene.start({ state: { owner: `dead-${randomUUID()}` } });
      await scene.claim(scene.node);
      assert.equal(await scene.write(scene.toMove(zombie)), false);
      assert.equal(await scene.write(scene.toMove(await scene.read(zombie))), true);
    },
  },
  {
    name: 'a closed saga is claimed only while it has hooks to run',
    async play(scene) {
      const closed = { status: 'completed', closedAt: scene.now, dueAt: scene.now - 1 } as const;
      await scene.start({ state: closed });
      await scene.start({ state: { ...closed, dueAt: null, owner: `dead-${randomUUID()}` } });
      const due = await scene.start({ state: { ...closed, hooks: '["onCompleted"]' } });
      const orphan = await scene.start({
        state: { ...closed, hooks: '["onCompleted"]', owner: `dead-${randomUUID()}` },
      });
      assert.deepEqual((await scene.claim(scene.node)).toSorted(), [due.id, orphan.id].toSorted());
    },
  },
  {
    name: 'one saga can be taken over, whoever has it',
    async play(scene) {
      await scene.store.renewLease('living', HOUR);
      const parked = await scene.start({ state: { status: 'failed' } });
      const owned = await scene.start({ state: { owner: 'living', dueAt: scene.now + HOUR } });
      assert.deepEqual(await scene.store.claimOne(parked, scene.node), {
        ...parked,
        owner: scene.node,
        epoch: 2,
        claims: 1,
      });
      assert.deepEqual(await scene.store.claimOne(owned, scene.node), {
        ...owned,
        owner: scene.node,
        epoch: 2,
        claims: 1,
      });
      assert.deepEqual((await scene.store.claimOne(owned, scene.node))?.epoch, 3);
      assert.equal(await scene.store.claimOne(scene.key('nobody'), scene.node), undefined);
    },
  },
  {
    name: 'a closed saga can be taken over only while it has hooks to run, and is given as it is',
    async play(scene) {
      const closed = await scene.start({ state: { status: 'abandoned', closedAt: scene.now } });
      const hooked = await scene.start({ state: { status: 'abandoned', closedAt: scene.now, hooks: '[]' } });
      assert.deepEqual(await scene.store.claimOne(closed, scene.node), closed);
      assert.deepEqual(await scene.store.claimOne(hooked, scene.node), {
        ...hooked,
        owner: scene.node,
        epoch: 2,
        claims: 1,
      });
    },
  },
  {
    name: 'a released saga has no owner, a new alarm and new hooks, and the same version and epoch',
    async play(scene) {
      const sagas = [
        await scene.start({ state: { owner: scene.node, hooks: '[1]' } }),
        await scene.start({ state: { owner: scene.node } }),
      ] as const;
      await scene.store.release([
        { key: sagas[0], version: 1, epoch: 1, dueAt: null, hooks: null },
        { key: sagas[1], version: 1, epoch: 1, dueAt: scene.now - 1, hooks: '[2]' },
      ]);
      assert.deepEqual(await scene.read(sagas[0]), { ...sagas[0], owner: null, hooks: null });
      assert.deepEqual(await scene.read(sagas[1]), {
        ...sagas[1],
        owner: null,
        dueAt: scene.now - 1,
        hooks: '[2]',
      });
      assert.deepEqual(await scene.claim(scene.node), [sagas[1].id]);
    },
  },
  {
    name: 'a saga that moved on or was taken over is not released',
    async play(scene) {
      const moved = await scene.move(await scene.start(), { state: { owner: scene.node } });
      const taken = await scene.store.claimOne(await scene.start(), scene.node);
      assert.ok(taken);
      await scene.store.release([
        { key: moved, version: 1, epoch: 1, dueAt: 0, hooks: null },
        { key: taken, version: 1, epoch: 1, dueAt: 0, hooks: null },
      ]);
      assert.deepEqual([await scene.read(moved), await scene.read(taken)], [moved, taken]);
    },
  },
  {
    name: 'a renewed lease tells the store’s time, which does not go back',
    async play({ store, node, now }) {
      const first = await store.renewLease(node, HOUR);
      const second = await store.renewLease(node, HOUR);
      assert.ok(Number.isInteger(first.now) && now <= first.now && first.now <= second.now);
      await store.endLease(node);
      await store.endLease(node);
    },
  },
];

/** Claims few at a time until there is nothing left. */
async function claimAll(scene: StoreScene, node: string): Promise<readonly string[]> {
  const all: string[] = [];
  // What others are claiming at this moment is left out: an empty claim proves nothing until it is repeated.
  for (let empty = 0; empty < 3;) {
    const claimed = await scene.claim(node, 7);
    empty = claimed.length === 0 ? empty + 1 : 0;
    all.push(...claimed);
  }
  return all;
}

/** Asks until there is an answer, 10 s at most. */
async function eventually(ask: () => Promise<readonly string[]>): Promise<readonly string[]> {
  for (const end = Date.now() + 10_000; ; await pause(5)) {
    const answer = await ask();
    if (answer.length > 0 || Date.now() > end) return answer;
  }
}
