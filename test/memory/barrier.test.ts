import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { MemoryBarrier } from '../../src/memory/barrier.ts';
import type { MemoryTx } from '../../src/memory/barrier-table.ts';
import { barrierContract } from '../../src/testing/barrier-contract.ts';

describe('MemoryBarrier', () => {
  const barrier = new MemoryBarrier();
  const rules = barrierContract<MemoryTx>({
    create: async () => ({
      barrier,
      write: async (tx, effect) => tx.set(effect, Number(tx.get(effect) ?? 0) + 1),
      count: async (effect) => Number(barrier.get(effect) ?? 0),
      stalled: async () => {
        for (let turn = 0; turn < 5; turn += 1) await setImmediate();
      },
    }),
  });
  for (const { name, run } of rules) it(name, run);

  const reserve = {
    participant: 'stock',
    tenant: 'default',
    step: 'reserve',
    iteration: 0,
    generation: 0,
    op: 'do',
  } as const;

  it('runs a handler again whose reading another saga made stale', async () => {
    const shop = new MemoryBarrier();
    const take = (sagaId: string) =>
      shop.pass({ ...reserve, sagaId }, async (tx) => {
        const stock = Number(tx.get('stock') ?? 100);
        await setImmediate();
        tx.set('stock', stock - 1);
      });
    await Promise.all(Array.from({ length: 10 }, (_, index) => take(`saga-${index}`)));
    expect(shop.get('stock')).toBe(90);
  });

  it('shows a handler what it wrote itself, and others nothing before it commits', async () => {
    const shop = new MemoryBarrier();
    await shop.pass({ ...reserve, sagaId: 'a' }, async (tx) => {
      tx.set('hold', 'a');
      tx.set('gone', 1);
      tx.delete('gone');
      expect([tx.get('hold'), tx.get('gone'), shop.get('hold')]).toEqual(['a', undefined, undefined]);
    });
    expect(shop.get('hold')).toBe('a');
  });
});
