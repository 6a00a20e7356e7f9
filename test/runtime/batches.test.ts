import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Batch } from '../../src/core/batch-store.ts';
import { StorageUnavailableError, ValidationError } from '../../src/core/errors.ts';
import { type AnySagaDefinition, defineSaga } from '../../src/core/definition.ts';
import type { SagaStore } from '../../src/core/store.ts';
import { MemoryStore } from '../../src/memory/store.ts';
import { InProcessTransport } from '../../src/memory/transport.ts';
import { createOrchestrator, type Orchestrator } from '../../src/runtime/orchestrator.ts';
import { systemClock } from '../../src/runtime/system.ts';

const order = defineSaga('order').step('charge', {
  action: 'shop.charge',
  compensation: { none: 'nothing is taken' },
  retry: { maximumAttempts: 1 },
  onExhausted: 'ask',
});

/** Sagas that wait, so that they can be cancelled and paused. */
const parcel = defineSaga('parcel').waitFor('packed');
const letter = defineSaga('letter').waitFor('written');

/** A shop that never can, so that orders park and park again; and the store behind it. */
async function createShop() {
  const store = new MemoryStore({ clock: systemClock });
  const transport = new InProcessTransport();
  await transport.serve({
    participant: 'shop',
    version: '1.0.0',
    description: '',
    operations: ['charge'],
    handle: async () => ({ type: 'failed', error: { code: 'busy', message: 'busy' }, retryable: true }),
  });
  const node = async (
    over: SagaStore = store,
    sagas: readonly AnySagaDefinition[] = [order],
  ): Promise<Orchestrator> => {
    const orchestrator = await createOrchestrator({ store: over, transport, sagas });
    onTestFinished(() => orchestrator.close().catch(() => undefined));
    return orchestrator;
  };
  return { store, node };
}

function idsOf(name: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${name}-${index}`);
}

/** A store that counts how often a batch was asked for, and how often one was given. */
function countClaims(store: SagaStore) {
  let [asked, given] = [0, 0];
  const claimBatch: SagaStore['claimBatch'] = async (...who) => {
    asked += 1;
    const batch = await store.claimBatch(...who);
    if (batch !== undefined) given += 1;
    return batch;
  };
  const counting = new Proxy(store, {
    get(target, name) {
      const method: unknown = name === 'claimBatch' ? claimBatch : Reflect.get(target, name);
      return typeof method === 'function' ? (method.bind(target) as unknown) : method;
    },
  });
  return { store: counting, asked: () => asked, given: () => given };
}

async function parkOrders(orchestrator: Orchestrator, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    await orchestrator.start('order', null, { id });
    expect((await orchestrator.settled(id, { timeout: 5_000 })).status).toBe('failed');
  }
}

function finished(orchestrator: Orchestrator, id: string): Promise<Batch> {
  return vi.waitFor(
    async () => {
      const batch = await orchestrator.batches.get(id);
      expect(batch.status).toBe('done');
      return batch;
    },
    { timeout: 15_000 },
  );
}

describe('a batch', () => {
  it('goes on at another node when the first one is gone, and acts once on each saga', async () => {
    const { store, node } = await createShop();
    let forgotten = 0;
    // What the first node does is done; that it was done, it never gets to say.
    const forgetful = new Proxy<SagaStore>(store, {
      get(target, name) {
        if (name === 'settleBatch')
          return async () => {
            forgotten += 1;
            throw new StorageUnavailableError('the connection broke');
          };
        const method: unknown = Reflect.get(target, name);
        return typeof method === 'function' ? (method.bind(target) as unknown) : method;
      },
    });
    const first = await node(forgetful);
    const ids = Array.from({ length: 40 }, (_, index) => `order-${index}`);
    await parkOrders(first, ids);
    const { id } = await first.batches.start({ action: 'retry', ids, actor: 'ada' });
    await vi.waitFor(() => expect(forgotten).toBeGreaterThan(0), { timeout: 5_000 });
    await first.close();
    expect(await first.batches.get(id)).toMatchObject({ status: 'running', done: 0 });
    const second = await node();
    expect(await finished(second, id)).toMatchObject({ done: 40, failed: 0 });
    for (const one of ids) {
      const retries = (await second.history(one)).filter(({ type }) => type === 'retry');
      expect(retries).toHaveLength(1);
    }
  });

  it('leaves sagas whose definition a node lacks to one that has it, and waits for that', async () => {
    const { store, node } = await createShop();
    const packer = await node(store, [parcel]);
    const [letters, parcels] = [idsOf('letter', 70), idsOf('parcel', 70)];
    for (const id of parcels) await packer.start('parcel', null, { id });
    await packer.close();
    const counted = countClaims(store);
    const first = await node(counted.store, [letter]);
    for (const id of letters) await first.start('letter', null, { id });
    const { id } = await first.batches.start({ action: 'cancel', ids: [...letters, ...parcels, 'nobody'] });
    const waiting = { status: 'running', done: 70, failed: 1, waitsFor: [parcel.ref] };
    await vi.waitFor(async () => expect(await first.batches.get(id)).toMatchObject(waiting), {
      timeout: 10_000,
    });
    // Looking again gives the node nothing: what is left is not for it.
    const given = counted.given();
    const asked = counted.asked();
    await vi.waitFor(() => expect(counted.asked()).toBeGreaterThan(asked + 1), { timeout: 10_000 });
    expect(counted.given()).toBe(given);
    expect(await first.batches.get(id)).toMatchObject(waiting);
    const second = await node(store, [parcel]);
    expect(await finished(second, id)).toMatchObject({ done: 140, failed: 1, waitsFor: [] });
    expect((await second.get('parcel-7')).status).toBe('compensated');
  });

  it('goes from node to node where each lacks what others have; what nobody has can be aborted', async () => {
    const { store, node } = await createShop();
    const gone = await node(store, [defineSaga('gone').waitFor('never')]);
    await gone.start('gone', null, { id: 'g' });
    const [first, second] = [await node(store, [letter]), await node(store, [parcel])];
    await first.start('letter', null, { id: 'l' });
    await second.start('parcel', null, { id: 'p' });
    const { definition } = await gone.get('g');
    await gone.close();
    const { id } = await second.batches.start({ action: 'pause', ids: ['g', 'l', 'p'] });
    const left = { status: 'running', done: 2, failed: 0, waitsFor: [definition] };
    await vi.waitFor(async () => expect(await first.batches.get(id)).toMatchObject(left), {
      timeout: 10_000,
    });
    expect([(await first.get('l')).paused, (await second.get('p')).paused]).not.toContain(null);
    expect(await first.batches.abort(id)).toMatchObject({ status: 'aborted', done: 2, waitsFor: [] });
  });

  it('of signals is left to nodes that know the signal', async () => {
    const { store, node } = await createShop();
    const first = await node();
    const packer = await node(store, [parcel]);
    await packer.start('parcel', null, { id: 'p' });
    await packer.close();
    const { id } = await first.batches.start({ action: 'signal', ids: ['p'], fields: { name: 'packed' } });
    await vi.waitFor(
      async () => expect(await first.batches.get(id)).toMatchObject({ waitsFor: [parcel.ref] }),
      { timeout: 10_000 },
    );
    const second = await node(store, [order, parcel]);
    expect(await finished(second, id)).toMatchObject({ done: 1, failed: 0 });
  });

  it('refuses for closed sagas, whatever a node lacks', async () => {
    const { store, node } = await createShop();
    const packer = await node(store, [parcel]);
    await packer.start('parcel', null, { id: 'p' });
    await packer.cancel('p');
    await packer.close();
    const first = await node();
    const { id } = await first.batches.start({ action: 'cancel', ids: ['p'] });
    expect(await finished(first, id)).toMatchObject({ done: 0, failed: 1 });
  });

  it('that is aborted leaves the rest alone', async () => {
    const { store, node } = await createShop();
    const orchestrator = await node();
    await parkOrders(orchestrator, ['a', 'b']);
    await orchestrator.close();
    const { id } = await orchestrator.batches.start({ action: 'retry', ids: ['a', 'b'] });
    expect(await orchestrator.batches.abort(id)).toMatchObject({ status: 'aborted', total: 2 });
    const next = await node();
    await next.batches.start({ action: 'retry', ids: ['b'] }).then((batch) => finished(next, batch.id));
    expect((await store.get({ tenant: 'default', id: 'a' }))?.version).toBe(2);
  });

  it('of one tenant does not touch the sagas of another', async () => {
    const { node } = await createShop();
    const orchestrator = await node();
    await parkOrders(orchestrator, ['a']);
    const batch = await orchestrator.batches.start({ tenant: 'other', action: 'retry', ids: ['a'] });
    await vi.waitFor(async () =>
      expect((await orchestrator.batches.get(batch.id, { tenant: 'other' })).status).toBe('done'),
    );
    const { records } = {
      records: await orchestrator.batches.refused(batch.id, { tenant: 'other', limit: 9 }),
    };
    expect(records).toEqual([{ sagaId: 'a', outcome: 'refused', detail: "there is no saga 'a'" }]);
    await expect(orchestrator.batches.get(batch.id)).rejects.toThrow('there is no batch');
  });

  it('is refused with neither ids nor filter, with both, and with what is no id', async () => {
    const orchestrator = await (await createShop()).node();
    for (const wrong of [{}, { ids: ['a'], filter: {} }, { ids: ['a', '../b'] }])
      await expect(orchestrator.batches.start({ action: 'retry', ...wrong })).rejects.toThrow(
        ValidationError,
      );
  });
});
