import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Census } from '../core/census.ts';
import type { StoreRule, StoreScene } from './store-scene.ts';

const HOUR = 3_600_000;
const closed = { status: 'completed', closedAt: 1 } as const;

/** What is seen of all sagas at once: how many are open, which are stuck, which parked. */
export const censusRules: readonly StoreRule[] = [
  {
    name: 'open sagas are counted by definition and status, whoever’s they are',
    async play(scene) {
      await scene.start();
      await scene.start({ tenant: `${scene.tenant}-other` });
      const parked = await scene.start();
      await scene.move(parked, { state: { status: 'failed' }, entry: { status: 'failed' } });
      const done = await scene.start();
      await scene.move(done, { state: closed, entry: { status: 'completed' } });
      const { name, version } = scene.definition;
      assert.deepEqual(ownOf(scene, await censusOf(scene)), [
        { name, version, isRunnable: false, counts: { running: 2, failed: 1 } },
      ]);
    },
  },
  {
    name: 'a definition is runnable as long as a node lives that has it, in that version',
    async play(scene) {
      const { store, node, definition } = scene;
      await scene.start();
      const isRunnable = async () => ownOf(scene, await censusOf(scene))[0]?.isRunnable;
      await store.renewLease(node, HOUR, [{ ...definition, version: definition.version + 1 }]);
      assert.equal(await isRunnable(), false);
      await store.renewLease(node, HOUR, [definition]);
      await store.renewLease(node, HOUR);
      assert.equal(await isRunnable(), true);
      await store.endLease(node);
      assert.equal(await isRunnable(), false);
    },
  },
  {
    name: 'a definition is runnable only by nodes that have its structure, as a claim asks for it: moving, parked or mixed',
    async play(scene) {
      const { store, node, definition, now } = scene;
      await store.pinDefinitions([{ ...definition, structure: '' }]);
      const moving = await scene.start({ state: { owner: null, dueAt: now - 1_000 } });
      const isRunnable = async () => ownOf(scene, await censusOf(scene))[0]?.isRunnable;
      const other = { ...definition, hash: 'other' };
      await store.renewLease(node, HOUR, [other]);
      assert.deepEqual(await store.claim({ node, limit: 1_000, definitions: [other] }), []);
      assert.equal(await isRunnable(), false);
      await store.renewLease(node, HOUR, [definition]);
      assert.equal(await isRunnable(), true);
      await scene.move(moving, { state: { status: 'failed', dueAt: null }, entry: { status: 'failed' } });
      assert.equal(await isRunnable(), true);
      await store.renewLease(node, HOUR, [other]);
      assert.equal(await isRunnable(), false);
      await store.renewLease(node, HOUR, [definition]);
      await scene.start({ origin: { definition: other }, state: { owner: null, dueAt: now - 1_000 } });
      assert.equal(await isRunnable(), false);
      await store.renewLease(node, HOUR, [definition, other]);
      assert.equal(await isRunnable(), true);
    },
  },
  {
    name: 'a saga is stuck that should move and did not for too long',
    async play(scene) {
      const old = { origin: { createdAt: scene.now - HOUR }, entry: { at: scene.now - HOUR } };
      const driven = await scene.start({ ...old, state: { owner: scene.node, step: 'charge' } });
      const overdue = await scene.start({ ...old, state: { dueAt: scene.now - HOUR / 2 } });
      await scene.start({ ...old, state: { dueAt: scene.now + HOUR } });
      await scene.start({ ...old, state: { owner: null, dueAt: null } });
      await scene.start({ ...old, state: { status: 'failed', owner: scene.node } });
      await scene.start({ ...old, state: { ...closed, owner: scene.node } });
      await scene.start({ state: { owner: scene.node } });
      await scene.start({ ...old, state: { owner: scene.node, dueAt: scene.now - 1_000 } });
      const { stuck } = await censusOf(scene, HOUR / 4);
      const own = stuck.filter(({ definition }) => definition.name === scene.definition.name);
      assert.deepEqual(
        own.map(({ id, step, version, since }) => [id, step, version, since]),
        [
          [driven.id, 'charge', 1, scene.now - HOUR],
          [overdue.id, 'reserve', 1, scene.now - HOUR / 2],
        ],
      );
      assert.equal((await scene.store.census({ stuckAfter: HOUR / 4, limit: 1 })).stuck.length, 1);
    },
  },
  {
    name: 'parked lines are read past a position, each once, and others are passed by',
    async play(scene) {
      const after = (await scene.store.readParked({ after: 0, limit: 1_000_000 })).upTo;
      const ids: string[] = [];
      for (let count = 0; count < 3; count += 1) {
        const saga = await scene.start({ id: `saga-${randomUUID()}` });
        await scene.move(saga, {
          state: { status: 'failed' },
          entry: { status: 'failed', state: 'failed.charge' },
        });
        ids.push(saga.id);
      }
      await scene.start();
      const [first, rest] = [
        await ownParked(scene, { after, limit: 2 }),
        await ownParked(scene, { after, limit: 100 }),
      ];
      assert.deepEqual(first.ids, ids.slice(0, 2));
      assert.deepEqual(rest.ids, ids);
      assert.deepEqual((await ownParked(scene, { after: first.upTo, limit: 100 })).ids, ids.slice(2));
      assert.deepEqual((await ownParked(scene, { after: rest.upTo, limit: 100 })).ids, []);
      assert.ok(rest.upTo > first.upTo);
      const { name, version } = scene.definition;
      const { position: _position, ...line } = rest.lines[0] ?? assert.fail('nothing parked');
      assert.deepEqual(line, {
        tenant: scene.tenant,
        id: ids[0],
        definition: { name, version },
        seq: 2,
        state: 'failed.charge',
        at: scene.now + 5,
      });
    },
  },
  {
    name: 'who follows the parked lines of many writers at once misses none',
    async play(scene) {
      let after = (await scene.store.readParked({ after: 0, limit: 1_000_000 })).upTo;
      const seen: string[] = [];
      const starts = Array.from({ length: 40 }, () => scene.toStart());
      const park = async () => {
        await scene.store.commit(randomUUID(), starts);
        const moves = starts.map(({ key }) =>
          scene.toMove(
            { ...key, version: 1, epoch: 1 },
            { state: { status: 'failed' }, entry: { status: 'failed', state: 'failed.charge' } },
          ),
        );
        await Promise.all(
          [0, 1, 2, 3].map((part) =>
            scene.store.commit(randomUUID(), moves.slice(part * 10, part * 10 + 10)),
          ),
        );
      };
      const parking = park();
      const deadline = Date.now() + 20_000;
      while (seen.length < 40 && Date.now() < deadline) {
        const page = await scene.store.readParked({ after, limit: 7 });
        seen.push(...page.lines.filter(({ tenant }) => tenant === scene.tenant).map(({ id }) => id));
        after = page.upTo;
        // For a store that answers at once.
        await new Promise((resolve) => setImmediate(resolve));
      }
      await parking;
      assert.deepEqual(seen.toSorted(), starts.map(({ key }) => key.id).toSorted());
    },
  },
];

function censusOf({ store }: StoreScene, stuckAfter = HOUR): Promise<Census> {
  return store.census({ stuckAfter, limit: 100_000 });
}

function ownOf({ definition }: StoreScene, { definitions }: Census): Census['definitions'] {
  return definitions.filter(({ name }) => name === definition.name);
}

async function ownParked(
  { store, tenant }: StoreScene,
  page: { readonly after: number; readonly limit: number },
) {
  const { lines, upTo } = await store.readParked(page);
  const own = lines.filter((line) => line.tenant === tenant);
  return { lines: own, ids: own.map(({ id }) => id), upTo };
}
