import { describe, expect, it } from 'vitest';
import { StorageUnavailableError } from '../../src/core/errors.ts';
import { MemoryStore } from '../../src/memory/store.ts';
import { storeContract } from '../../src/testing/store-contract.ts';

const clock = { now: () => Date.now(), schedule: () => () => undefined };

describe('the memory store', () => {
  const store = new MemoryStore({ clock });
  for (const rule of storeContract({ create: () => Promise.resolve(store) })) it(rule.name, rule.run);

  it('does nothing more after it was closed', async () => {
    const closed = new MemoryStore({ clock });
    await closed.close();
    await expect(closed.counts()).rejects.toThrow(StorageUnavailableError);
    await expect(closed.commit('tx', [])).rejects.toThrow(StorageUnavailableError);
  });
});
