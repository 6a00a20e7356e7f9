import { expect, it } from 'vitest';
import type { Batch } from '../../src/core/batch-store.ts';
import { NotAllowedError, StorageUnavailableError } from '../../src/core/errors.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { MemoryStore } from '../../src/memory/store.ts';
import { BatchRunner } from '../../src/runtime/batch-runner.ts';
import { systemClock } from '../../src/runtime/system.ts';

it('ends a round of a batch only when all its actions have, though the store fails meanwhile', async () => {
  const store = new MemoryStore({ clock: systemClock });
  await store.renewLease('n', 60_000, []);
  const order = {
    tenant: 't',
    id: 'b',
    action: 'cancel',
    fields: '{}',
    actor: null,
    reason: null,
    createdAt: 1,
  };
  await store.createBatch(order, ids(40));
  const held: (() => void)[] = [];
  let running = 0;
  const runner = new BatchRunner({
    node: 'n',
    store,
    clock: systemClock,
    logger: silentLogger,
    isHeld: () => true,
    definitions: [],
    act: async (_batch: Batch, id: string) => {
      running += 1;
      if (id !== 's10') await new Promise<void>((resolve) => held.push(resolve));
      running -= 1;
      if (id === 's10') throw new NotAllowedError('no definition', []);
    },
    isForeign: () => Promise.reject(new StorageUnavailableError('down')),
  });
  runner.open();
  await expect.poll(() => running).toBe(16);
  let isClosed = false;
  const closing = runner.close().then(() => {
    isClosed = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect({ running, isClosed }).toEqual({ running: 16, isClosed: false });
  for (const end of held) end();
  await closing;
  expect(running).toBe(0);
});

function ids(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `s${index + 10}`);
}
