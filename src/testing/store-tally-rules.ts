import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { SagaFault, SagaTally } from '../core/store.ts';
import type { StoreRule, StoreScene } from './store-scene.ts';

/** What is counted, whatever happens to the sagas. */
export const tallyRules: readonly StoreRule[] = [
  {
    name: 'sagas are counted by definition, status, fault and whether a person overrode them',
    async play(scene) {
      const other = { definition: { ...scene.definition, version: 4 } };
      await scene.start();
      await scene.start();
      await scene.start({ origin: other, state: { status: 'completed', isOverridden: true } });
      await scene.start({ state: { status: 'failed', error: fault } });
      assert.deepEqual(await tallies(scene), [
        ['running', 3, false, null, 2],
        ['completed', 4, true, null, 1],
        ['failed', 3, false, 'charge do no_money', 1],
      ]);
    },
  },
  {
    name: 'a saga is counted as what it is, not as what it was',
    async play(scene) {
      let saga = await scene.start();
      saga = await scene.move(saga);
      saga = await scene.move(saga, { state: { status: 'compensating', error: fault } });
      saga = await scene.move(saga, {
        state: { status: 'compensating', error: { ...fault, code: 'other' } },
      });
      assert.deepEqual(await tallies(scene), [['compensating', 3, false, 'charge do other', 1]]);
      saga = await scene.move(saga, { state: { status: 'completed', isOverridden: true } });
      assert.deepEqual(await tallies(scene), [['completed', 3, true, null, 1]]);
      await scene.store.deleteSaga(await closed(scene, saga.id), 'no-such-relay');
      assert.deepEqual(await tallies(scene), []);
      assert.deepEqual(await scene.store.counts(scene.tenant), {});
    },
  },
  {
    name: 'what was not written is not counted, in the same statement or in another',
    async play(scene) {
      const saga = await scene.start();
      const taken = scene.toStart({ id: saga.id, state: { status: 'failed' } });
      const stale = { ...scene.toMove(saga, { state: { status: 'failed' } }) };
      const good = scene.toStart();
      const late = { ...stale, expected: { ...saga, version: 7 } };
      assert.deepEqual(await scene.store.commit(randomUUID(), [taken, late, good]), [false, false, true]);
      assert.deepEqual(await scene.store.counts(scene.tenant), { running: 2 });
    },
  },
  {
    name: 'the counts are those of the sagas after many writers wrote many sagas at once',
    async play(scene) {
      const statuses = ['compensating', 'completed', 'failed', 'running'] as const;
      const rounds = Array.from({ length: 30 }, async (_, round) => {
        const starts = Array.from({ length: 5 }, () => scene.toStart());
        await scene.store.commit(randomUUID(), starts);
        for (const [index, { key }] of starts.entries()) {
          const state = { status: statuses[(round + index) % 4] ?? 'running' };
          await scene.commit(scene.toMove({ ...key, version: 1, epoch: 1 }, { state }));
        }
      });
      await Promise.all(rounds);
      const { records } = await scene.store.list({ tenant: scene.tenant }, { limit: 200 });
      const expected: Record<string, number> = {};
      for (const { status } of records) expected[status] = (expected[status] ?? 0) + 1;
      assert.equal(records.length, 150);
      assert.deepEqual({ ...(await scene.store.counts(scene.tenant)) }, expected);
    },
  },
  {
    name: 'faults are grouped by definition, step, command and code, with the newest of their sagas',
    async play(scene) {
      const { tenant, definition, now } = scene;
      for (let age = 6; age >= 0; age -= 1) {
        const error = { ...fault, at: now - age, message: `no money ${age}` };
        await scene.start({ id: `poor-${age}`, state: { status: 'failed', error } });
      }
      await scene.start({ id: 'late', state: { error: { ...fault, code: 'timeout', at: now } } });
      await scene.start({
        id: 'undo',
        state: { status: 'failed', error: { ...fault, op: 'undo', at: now } },
      });
      await scene.start({ id: 'well' });
      const groups = await scene.store.faults({ tenant, limit: 10 });
      assert.deepEqual(groups[0], {
        name: definition.name,
        step: 'charge',
        op: 'do',
        code: 'no_money',
        count: 7,
        message: 'no money 0',
        firstAt: now - 6,
        lastAt: now,
        sagaIds: ['poor-0', 'poor-1', 'poor-2', 'poor-3', 'poor-4'],
      });
      const rest = groups.slice(1).map(({ op, code, count }) => `${op} ${code} ${count}`);
      assert.deepEqual(rest.toSorted(), ['do timeout 1', 'undo no_money 1']);
      const [recent] = await scene.store.faults({ tenant, name: definition.name, since: now - 2, limit: 1 });
      assert.deepEqual([recent?.count, recent?.firstAt], [3, now - 2]);
      assert.deepEqual(await scene.store.faults({ tenant, name: 'nobody', limit: 10 }), []);
      assert.deepEqual(await scene.store.faults({ tenant: `${tenant}-other`, limit: 10 }), []);
    },
  },
  {
    name: 'what people did is listed newest first, and what happened by itself is not',
    async play(scene) {
      const { tenant, now } = scene;
      const by = (type: string, at: number) => ({
        entry: { type, data: `{"actor":"ada","reason":"${type}"}`, at: now + at, state: 'running.x' },
      });
      let saga = await scene.start({ id: 'a' });
      saga = await scene.move(saga, by('retry', 1));
      saga = await scene.move(saga, by('charge.succeeded', 2));
      const other = await scene.start({ id: 'b', ...by('start', 3) });
      await scene.move(other, by('cancel', 4));
      await scene.move(saga, by('skip', 5));
      const entries = await scene.store.audit({ tenant, limit: 10 });
      assert.deepEqual(
        entries.map(({ id, action, seq, at }) => [id, action, seq, at - now]),
        [
          ['a', 'skip', 4, 5],
          ['b', 'cancel', 2, 4],
          ['a', 'retry', 2, 1],
        ],
      );
      const [first, second] = entries;
      assert.deepEqual(JSON.parse(first?.data ?? ''), { actor: 'ada', reason: 'skip' });
      assert.deepEqual(await scene.store.audit({ tenant, limit: 1 }), [first]);
      assert.deepEqual(await scene.store.audit({ tenant, limit: 1, before: first?.position ?? 0 }), [second]);
      assert.deepEqual(await scene.store.audit({ tenant, limit: 9, sagaId: 'b' }), [second]);
      assert.deepEqual(await scene.store.audit({ tenant, limit: 9, action: 'skip' }), [first]);
      assert.deepEqual(await scene.store.audit({ tenant: `${tenant}-other`, limit: 9 }), []);
    },
  },
];

const fault: SagaFault = { step: 'charge', op: 'do', code: 'no_money', message: 'no money', at: 1_000 };

/** Makes it deletable, and gives its key. */
async function closed(scene: StoreScene, id: string) {
  const saga = await scene.read(scene.key(id));
  return scene.move(saga, { state: { status: 'completed', isOverridden: true, closedAt: scene.now } });
}

async function tallies(scene: StoreScene): Promise<readonly unknown[]> {
  const found = await scene.store.tallies(scene.tenant);
  const order = ['running', 'compensating', 'completed', 'failed'];
  return found
    .toSorted((a, b) => order.indexOf(a.status) - order.indexOf(b.status))
    .map(({ status, version, isOverridden, error, count }: SagaTally) => [
      status,
      version,
      isOverridden,
      error && `${error.step} ${error.op} ${error.code}`,
      count,
    ]);
}
