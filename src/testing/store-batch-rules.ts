import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Batch, BatchResult } from '../core/batch-store.ts';
import type { DefinitionRef } from '../core/store.ts';
import type { StoreRule, StoreScene } from './store-scene.ts';

/** What becomes of batches, whoever works at them. */
export const batchRules: readonly StoreRule[] = [
  {
    name: 'a batch comes back as it was, with each of its sagas once',
    async play(scene) {
      const batch = await create(scene, ['b', 'a', 'b']);
      assert.deepEqual(batch, {
        tenant: scene.tenant,
        id: batch.id,
        action: 'resolve',
        fields: '{"as":"abandoned"}',
        actor: 'ada',
        reason: 'wörk — “done”',
        createdAt: scene.now,
        status: 'running',
        total: 2,
        done: 0,
        failed: 0,
        waitsFor: [],
        finishedAt: null,
      });
      assert.deepEqual(await scene.store.getBatch(batch), batch);
      assert.equal(await scene.store.getBatch({ ...batch, tenant: `${scene.tenant}-other` }), undefined);
      assert.deepEqual(await pending(scene, batch), ['a', 'b']);
    },
  },
  {
    name: 'a batch of no sagas is done at once',
    async play(scene) {
      const { status, total, finishedAt } = await create(scene, []);
      assert.deepEqual([status, total, finishedAt], ['done', 0, scene.now]);
    },
  },
  {
    name: 'each saga keeps its first outcome, and the batch is done with the last one',
    async play(scene) {
      const { store } = scene;
      const batch = await create(scene, ['a', 'b', 'c']);
      const first = await store.settleBatch(batch, [done('a'), refused('b', 'too late')]);
      assert.deepEqual([first?.status, first?.done, first?.failed], ['running', 1, 1]);
      await store.settleBatch(batch, [refused('a', 'again'), done('b'), done('nobody')]);
      assert.deepEqual(await pending(scene, batch), ['c']);
      const last = await store.settleBatch(batch, [done('c')]);
      assert.deepEqual([last?.status, last?.done, last?.failed], ['done', 2, 1]);
      assert.ok((last?.finishedAt ?? 0) > 0);
      assert.deepEqual(await store.batchItems(batch, { outcome: 'refused', limit: 10 }), [
        { sagaId: 'b', outcome: 'refused', detail: 'too late' },
      ]);
      assert.equal(await store.settleBatch({ ...batch, id: 'nobody' }, []), undefined);
    },
  },
  {
    name: 'a batch’s sagas come in pages',
    async play(scene) {
      const batch = await create(scene, ['a', 'b', 'c']);
      const page = { outcome: null, limit: 2 } as const;
      const ids = async (after?: string) =>
        (await scene.store.batchItems(batch, { ...page, ...(after && { after }) })).map(
          ({ sagaId }) => sagaId,
        );
      assert.deepEqual([await ids(), await ids('b')], [['a', 'b'], ['c']]);
    },
  },
  {
    name: 'a batch that was aborted stays so, and nobody gets it; what is done stays done',
    async play(scene) {
      const { store } = scene;
      const batch = await create(scene, ['a', 'b']);
      await store.settleBatch(batch, [done('a')]);
      const aborted = await store.abortBatch(batch);
      assert.deepEqual([aborted?.status, aborted?.done], ['aborted', 1]);
      const after = await store.settleBatch(batch, [done('b')]);
      assert.deepEqual([after?.status, after?.done], ['aborted', 2]);
      assert.deepEqual(await store.abortBatch(batch), after);
      assert.equal((await claims(scene, 'somebody')).includes(batch.id), false);
      assert.equal(await store.abortBatch({ ...batch, id: 'nobody' }), undefined);
    },
  },
  {
    name: 'a node has a batch until it is done or the node’s lease ends; then another one gets it',
    async play(scene) {
      const { store, node } = scene;
      await store.renewLease(node, 60_000);
      const batch = await create(scene, ['a']);
      assert.ok((await claims(scene, node)).includes(batch.id));
      assert.equal((await store.claimBatch(node, [])) === undefined, false);
      assert.equal((await claims(scene, `${node}-other`)).includes(batch.id), false);
      await store.endLease(node);
      assert.ok((await claims(scene, `${node}-other`)).includes(batch.id));
      await store.settleBatch(batch, [done('a')]);
      assert.equal((await claims(scene, node)).includes(batch.id), false);
    },
  },
  {
    name: 'a batch that a node can do no more for waits for the definitions of its open sagas, and only goes to who has one of them',
    async play(scene) {
      const { store, node, definition } = scene;
      const others = { ...definition, hash: 'other’s' };
      const closed = { status: 'completed', closedAt: 1 } as const;
      await scene.start({ id: 'a' });
      await scene.start({ id: 'b' });
      await scene.start({ id: 'c', origin: { definition: others } });
      await scene.start({ id: 'd', origin: { definition: { ...others, version: 7 } } });
      await scene.start({ id: 'e', origin: { definition: { ...others, version: 8 } }, state: closed });
      await store.renewLease(node, 60_000);
      const batch = await create(scene, ['a', 'b', 'c', 'd', 'e', 'nobody']);
      await store.settleBatch(batch, [done('d')]);
      assert.equal(await store.releaseBatch(batch, node), undefined, 'it does not have it');
      assert.ok((await claims(scene, node)).includes(batch.id));
      assert.equal(await store.releaseBatch(batch, `${node}-other`), undefined);
      assert.equal((await claims(scene, `${node}-other`)).includes(batch.id), false);
      const released = await store.releaseBatch(batch, node);
      const byHash = (released?.waitsFor ?? []).toSorted((one, two) => (one.hash < two.hash ? -1 : 1));
      assert.deepEqual([released?.status, byHash], ['running', [definition, others]]);
      assert.deepEqual(await store.getBatch(batch), released);
      for (const known of [[], [{ ...definition, version: 9 }]])
        assert.equal((await claims(scene, node, known)).includes(batch.id), false);
      assert.ok((await claims(scene, node, [{ ...definition, version: 9 }, others])).includes(batch.id));
      assert.deepEqual((await store.getBatch(batch))?.waitsFor, []);
    },
  },
  {
    name: 'a batch that is let go of and has no open saga left waits for nothing',
    async play(scene) {
      const { store, node } = scene;
      const batch = await create(scene, ['nobody']);
      assert.ok((await claims(scene, node)).includes(batch.id));
      assert.deepEqual((await store.releaseBatch(batch, node))?.waitsFor, []);
      assert.ok((await claims(scene, node)).includes(batch.id));
      await store.abortBatch(batch);
    },
  },
  {
    name: 'a batch waits no more when it is aborted, or its last outcome is kept',
    async play(scene) {
      const { store, node } = scene;
      await scene.start({ id: 'a' });
      for (const end of ['done', 'aborted']) {
        const batch = await create(scene, ['a']);
        assert.ok((await claims(scene, node)).includes(batch.id));
        assert.deepEqual((await store.releaseBatch(batch, node))?.waitsFor, [scene.definition]);
        const ended = end === 'done' ? store.settleBatch(batch, [done('a')]) : store.abortBatch(batch);
        const { status, waitsFor } = (await ended) ?? assert.fail('the batch is gone');
        assert.deepEqual([status, waitsFor], [end, []]);
        assert.equal(await store.releaseBatch(batch, node), undefined);
      }
    },
  },
  {
    name: 'batches are listed newest first, of their tenant only, and page by page none is left out',
    async play(scene) {
      const old = await create(scene, ['a'], scene.now - 2);
      const young = await create(scene, ['a'], scene.now - 1);
      const { store, tenant } = scene;
      assert.deepEqual(await store.listBatches(tenant, { limit: 10 }), [young, old]);
      assert.deepEqual(await store.listBatches(tenant, { limit: 1 }), [young]);
      assert.deepEqual(await store.listBatches(tenant, { limit: 10, after: young }), [old]);
      assert.deepEqual(await store.listBatches(`${tenant}-other`, { limit: 10 }), []);
      const twin = await create(scene, ['a'], scene.now - 1);
      const all = await store.listBatches(tenant, { limit: 10 });
      assert.deepEqual([...all].toSorted(byId), [old, young, twin].toSorted(byId));
      const told: Batch[] = [];
      for (let page = all.slice(0, 1); page.length > 0;) {
        told.push(...page);
        const after = page.at(-1) ?? old;
        page = [...(await store.listBatches(tenant, { limit: 1, after }))];
      }
      assert.deepEqual(told, all);
      for (const batch of all) await store.abortBatch(batch);
    },
  },
];

function create(scene: StoreScene, sagaIds: readonly string[], createdAt = scene.now): Promise<Batch> {
  const what = { action: 'resolve', fields: '{"as":"abandoned"}', actor: 'ada', reason: 'wörk — “done”' };
  return scene.store.createBatch({ tenant: scene.tenant, id: randomUUID(), ...what, createdAt }, sagaIds);
}

function byId(a: Batch, b: Batch): number {
  return a.id < b.id ? -1 : 1;
}

async function pending({ store }: StoreScene, batch: Batch): Promise<readonly string[]> {
  return (await store.batchItems(batch, { outcome: null, limit: 100 })).map(({ sagaId }) => sagaId);
}

/** Every batch that a node can get; other rules' batches are ended on the way. */
async function claims(
  { store, tenant }: StoreScene,
  node: string,
  definitions: readonly DefinitionRef[] = [],
): Promise<readonly string[]> {
  const ids: string[] = [];
  for (;;) {
    const batch = await store.claimBatch(node, definitions);
    if (batch === undefined || ids.includes(batch.id)) return ids;
    ids.push(batch.id);
    if (batch.tenant !== tenant) await store.abortBatch(batch);
  }
}

function done(sagaId: string): BatchResult {
  return { sagaId, outcome: 'done', detail: null };
}

function refused(sagaId: string, detail: string): BatchResult {
  return { sagaId, outcome: 'refused', detail };
}
