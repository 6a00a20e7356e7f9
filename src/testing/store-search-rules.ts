import assert from 'node:assert/strict';
import type { SagaCursor, SagaFault, SagaFilter } from '../core/store.ts';
import type { Change, StoreRule, StoreScene } from './store-scene.ts';

/** What sagas are found by besides their definition, status and time. */
export const searchRules: readonly StoreRule[] = [
  {
    name: 'sagas are found by the step at hand, driven or not, whichever way they go',
    async play(scene) {
      await startAll(scene, {
        driven: { state: { step: 'charge', owner: scene.node } },
        resting: { state: { step: 'charge' } },
        undone: { state: { step: 'charge', status: 'compensating' } },
        parked: { state: { step: 'undoCharge', status: 'failed' } },
        elsewhere: { state: { step: 'reserve' } },
        closed: { state: { step: null, status: 'completed', closedAt: scene.now } },
      });
      assert.deepEqual(await list(scene, { step: 'charge' }), ['driven', 'parked', 'resting', 'undone']);
      assert.deepEqual(await list(scene, { step: 'undoCharge' }), ['parked']);
      assert.deepEqual(await list(scene, { step: 'charge', status: ['failed', 'completed'] }), ['parked']);
      assert.deepEqual(await list(scene, { step: 'charge', name: 'nobody' }), []);
    },
  },
  {
    name: 'sagas are found by whose answer they await, driven or not',
    async play(scene) {
      await startAll(scene, {
        driven: { state: { participant: 'payment', step: 'charge', owner: scene.node } },
        resting: { state: { participant: 'payment', step: 'refund' } },
        parked: { state: { participant: 'payment', step: 'charge', status: 'failed' } },
        elsewhere: { state: { participant: 'inventory', step: 'charge' } },
      });
      assert.deepEqual(await list(scene, { participant: 'payment' }), ['driven', 'parked', 'resting']);
      assert.deepEqual(await list(scene, { participant: 'payment', step: 'charge' }), ['driven', 'parked']);
    },
  },
  {
    name: 'sagas are found by their step and participant as these change, and when they are taken over and let go of',
    async play(scene) {
      let saga = await scene.start({ id: 'a', state: { step: 'charge', dueAt: scene.now - 1 } });
      await scene.claim(scene.node);
      assert.deepEqual(await list(scene, { step: 'charge' }), ['a']);
      saga = await scene.move(await scene.read(saga), {
        state: { step: 'ship', participant: 'shipping', owner: scene.node },
      });
      assert.deepEqual(await list(scene, { step: 'charge' }), []);
      const { version, epoch } = saga;
      await scene.store.release([{ key: saga, version, epoch, dueAt: scene.now + 60_000, hooks: null }]);
      assert.deepEqual(await list(scene, { step: 'ship', participant: 'shipping' }), ['a']);
    },
  },
  {
    name: 'sagas are found by the code of their fault',
    async play(scene) {
      await startAll(scene, {
        poor: { state: { error: fault({ code: 'no_money' }), status: 'failed' } },
        late: { state: { error: fault({ code: 'timeout' }) } },
        well: {},
      });
      assert.deepEqual(await list(scene, { error: 'no_money' }), ['poor']);
      assert.deepEqual(await list(scene, { error: 'no_money', status: ['running'] }), []);
      await scene.move(await scene.read(scene.key('poor')), { state: { status: 'running' } });
      assert.deepEqual(await list(scene, { error: 'no_money' }), []);
    },
  },
  {
    name: 'sagas are found by each of their attributes, and by all of them together',
    async play(scene) {
      const long = 'long'.repeat(200);
      await startAll(scene, {
        a: { origin: { attributes: { order: '1', region: 'eu' } } },
        b: { origin: { attributes: { order: '2', region: 'eu' } } },
        c: { origin: { attributes: { order: `${long}1`, region: '' } } },
        d: { origin: { attributes: { order: `${long}2` } } },
      });
      assert.deepEqual(await list(scene, { attributes: { region: 'eu' } }), ['a', 'b']);
      assert.deepEqual(await list(scene, { attributes: { region: 'eu', order: '2' } }), ['b']);
      assert.deepEqual(await list(scene, { attributes: { region: 'eu' }, status: ['failed'] }), []);
      assert.deepEqual(await list(scene, { attributes: { order: `${long}1` } }), ['c']);
      assert.deepEqual(await list(scene, { attributes: { region: '' } }), ['c']);
      assert.deepEqual(await list(scene, { attributes: { order: '3' } }), []);
    },
  },
  {
    name: 'a saga that was deleted is not found by its attributes by the next one of its name',
    async play(scene) {
      const attributes = { order: '1' };
      const closed = { status: 'completed', closedAt: scene.now } as const;
      const saga = await scene.start({ id: 'a', origin: { attributes }, state: closed });
      await scene.store.deleteSaga(saga, 'no-such-relay');
      await scene.start({ id: 'a' });
      assert.deepEqual(await list(scene, { attributes }), []);
    },
  },
  {
    name: 'sagas that a person overrode are found, and those that nobody did',
    async play(scene) {
      await startAll(scene, { by: { state: { isOverridden: true, status: 'completed' } }, plain: {} });
      assert.deepEqual(await list(scene, { overridden: true }), ['by']);
      assert.deepEqual(await list(scene, { overridden: false }), ['plain']);
    },
  },
  {
    name: 'a saga is stuck when it should move and does not, not while it sleeps or waits for a person',
    async play(scene) {
      const { now, node } = scene;
      const past = now - 60_000;
      const old = { at: past - 1_000 };
      await startAll(scene, {
        driven: { state: { owner: node }, entry: old },
        overdue: { state: { dueAt: past - 500 }, entry: old },
        awoken: { state: { owner: node, dueAt: now - 10 }, entry: old },
        fresh: { state: { owner: node } },
        asleep: { state: { dueAt: now + 60_000 }, entry: old },
        due: { state: { dueAt: now - 10 }, entry: old },
        waiting: { state: {}, entry: old },
        parked: { state: { status: 'failed', owner: node }, entry: old },
        closed: { state: { status: 'completed', owner: node, closedAt: past }, entry: old },
      });
      assert.deepEqual(await list(scene, { stuckSince: past }), ['driven', 'overdue']);
      assert.deepEqual(await list(scene, { stuckSince: past, status: ['failed', 'compensating'] }), []);
    },
  },
  {
    name: 'sagas are found by words in the code, the message and the step of their fault, in whatever case',
    async play(scene) {
      const message = 'Card 4711 has 100% no Money_';
      await startAll(scene, {
        a: { state: { error: fault({ code: 'no_money', message, step: 'charge' }), status: 'failed' } },
        b: { state: { error: fault({ code: 'timeout', message: 'no answer', step: 'charge' }) } },
        c: { state: { step: 'charge' } },
      });
      assert.deepEqual(await list(scene, { text: 'charge' }), ['a', 'b']);
      assert.deepEqual(await list(scene, { text: 'NO  4711' }), ['a']);
      assert.deepEqual(await list(scene, { text: '100% no' }), ['a']);
      assert.deepEqual(await list(scene, { text: 'money_' }), ['a']);
      assert.deepEqual(await list(scene, { text: '_n_' }), []);
      assert.deepEqual(await list(scene, { text: 'no', status: ['running'] }), ['b']);
      assert.deepEqual(await list(scene, { text: 'no', name: 'nobody' }), []);
    },
  },
  {
    name: 'every list goes on where its page ended, and ends',
    async play(scene) {
      for (let index = 0; index < 7; index += 1) {
        await scene.start({
          id: `saga-${index}`,
          origin: { createdAt: scene.now - Math.floor(index / 2), attributes: { region: 'eu' } },
          state: { error: fault({}), status: index % 2 === 0 ? 'failed' : 'compensating', step: 'charge' },
        });
      }
      const { name } = scene.definition;
      for (const filter of [
        {},
        { name },
        { step: 'charge' },
        { text: 'no' },
        { attributes: { region: 'eu' } },
        { error: 'no_money' },
      ])
        assert.deepEqual(await pages(scene, filter, 3), [3, 3, 1]);
    },
  },
];

function fault(given: Partial<SagaFault>): SagaFault {
  return { step: 'charge', op: 'do', code: 'no_money', message: 'no money', at: 1_000, ...given };
}

async function startAll(scene: StoreScene, sagas: Readonly<Record<string, Change>>): Promise<void> {
  for (const [id, change] of Object.entries(sagas)) await scene.start({ ...change, id });
}

/** The ids, in the order of the alphabet. */
async function list(scene: StoreScene, filter: Omit<SagaFilter, 'tenant'>): Promise<readonly string[]> {
  const { records, next } = await scene.store.list({ tenant: scene.tenant, ...filter }, { limit: 100 });
  assert.equal(next, null);
  return records.map(({ id }) => id).toSorted();
}

/** How many sagas there are on each page. */
async function pages(
  scene: StoreScene,
  filter: Omit<SagaFilter, 'tenant'>,
  limit: number,
): Promise<readonly number[]> {
  const sizes: number[] = [];
  const seen = new Set<string>();
  for (let after: SagaCursor | null | undefined; after !== null;) {
    const page = await scene.store.list(
      { tenant: scene.tenant, ...filter },
      { limit, ...(after && { after }) },
    );
    for (const { id } of page.records) seen.add(id);
    sizes.push(page.records.length);
    after = page.next;
  }
  assert.equal(
    seen.size,
    sizes.reduce((sum, size) => sum + size, 0),
  );
  return sizes;
}
