import { describe, expect, it } from 'vitest';
import { defineSaga } from '../../src/core/definition.ts';
import { StorageUnavailableError } from '../../src/core/errors.ts';
import type { SagaStore } from '../../src/core/store.ts';
import { MemoryStore } from '../../src/memory/store.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { until } from '../testing/turns.ts';
import { createEngine } from './engine.ts';

const order = defineSaga('order')
  .step('reserve', { action: 'shop.reserve', compensation: 'shop.unreserve' })
  .step('charge', { action: 'shop.charge', compensation: 'shop.uncharge' });
const loan = defineSaga('loan').waitFor('approval', { timeout: '7d' });

/** A node on a store that can be taken away. */
async function createNode() {
  const clock = new ManualClock();
  const memory = new MemoryStore({ clock });
  let isDown = false;
  const store = new Proxy<SagaStore>(memory, {
    get(target, name) {
      const method = Reflect.get(target, name) as (...given: unknown[]) => unknown;
      return (...given: unknown[]) =>
        isDown ? Promise.reject(new StorageUnavailableError('away')) : method.apply(target, given);
    },
  });
  const engine = await createEngine({ sagas: [order, loan], store, clock });
  return { ...engine, memory, takeAway: () => void (isDown = true) };
}

type Node = Awaited<ReturnType<typeof createNode>>;

/** Closes it, however long that takes; what it says to that does not matter here. */
async function close({ orchestrator, pass }: Node): Promise<void> {
  let isClosed = false;
  const closing = orchestrator.close().then(
    () => (isClosed = true),
    () => (isClosed = true),
  );
  await until('it is closed', async () => {
    if (!isClosed) await pass(1_000);
    return isClosed;
  });
  await closing;
}

describe('a node that closes while its store does not answer', () => {
  it.each([
    [
      'a move that has no certain outcome',
      async (node: Node) => {
        await node.orchestrator.start('order', {}, { id: 'a' });
        await until('the command', () => node.participants.held.length === 1);
        node.takeAway();
        node.participants.answer('reserve', { type: 'succeeded', result: 1 });
        await node.pass(1_000);
      },
    ],
    [
      'a saga that it cannot let go of',
      async (node: Node) => {
        const release = node.memory.release.bind(node.memory);
        node.memory.release = (releases) => {
          node.takeAway();
          return release([]).then(() => Promise.reject(new StorageUnavailableError(`${releases.length}`)));
        };
        await node.orchestrator.start('loan', {}, { id: 'a' });
        await node.orchestrator.pause('a', { idempotencyKey: 'once' });
        // Taken over for a request that was carried out before, and let go of again.
        await node.orchestrator.pause('a', { idempotencyKey: 'once' });
        await node.pass(1_000);
      },
    ],
    [
      'a batch that it works at',
      async (node: Node) => {
        await node.orchestrator.start('order', {}, { id: 'a' });
        await until('the command', () => node.participants.held.length === 1);
        const commit = node.memory.commit.bind(node.memory);
        node.memory.commit = (txId, writes) => {
          node.takeAway();
          return commit(txId, []).then(() => Promise.reject(new StorageUnavailableError(`${writes.length}`)));
        };
        await node.orchestrator.batches.start({ action: 'cancel', ids: ['a'] });
        await node.pass(1_000);
      },
    ],
    [
      'a start',
      async (node: Node) => {
        node.takeAway();
        void node.orchestrator.start('order', {}, { id: 'a' }).catch((error: unknown) => {
          expect(error).toBeInstanceOf(StorageUnavailableError);
        });
        await node.pass(1_000);
      },
    ],
  ])('with %s leaves nothing behind that goes on for ever', async (_what, prepare) => {
    const node = await createNode();
    await prepare(node);
    await close(node);
    await node.pass(20_000);
    expect(node.clock.nextAt).toBeUndefined();
  });
});
