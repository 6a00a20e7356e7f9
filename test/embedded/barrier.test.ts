import { setImmediate } from 'node:timers/promises';
import { PGlite, type Transaction } from '@electric-sql/pglite';
import { dataDir } from '@electric-sql/pglite-prepopulatedfs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPgliteBarrier, type PostgresBarrier } from '../../src/postgres/barrier.ts';
import { barrierContract } from '../../src/testing/barrier-contract.ts';

describe('a barrier in PGlite', () => {
  let pglite: PGlite;
  let barrier: PostgresBarrier<Transaction>;

  beforeAll(async () => {
    pglite = await PGlite.create({ loadDataDir: await dataDir() });
    await pglite.exec('create table effects (name text not null)');
    barrier = createPgliteBarrier({ pglite });
  });

  afterAll(() => pglite.close());

  const rules = barrierContract<Transaction>({
    create: async () => ({
      barrier,
      write: async (tx, effect) => void (await tx.query('insert into effects values ($1)', [effect])),
      count: async (effect) => countOf(pglite, effect),
      stalled: async () => {
        for (let turn = 0; turn < 5; turn += 1) await setImmediate();
      },
    }),
  });
  for (const { name, run } of rules) it(name, run);

  it('does not call an action applied whose statement failed unnoticed', async () => {
    const call = {
      participant: 'stock',
      tenant: 'default',
      sagaId: 'swallowed',
      step: 'reserve',
      iteration: 0,
      generation: 0,
      op: 'do',
    } as const;
    const passage = barrier.pass(call, async (tx) => {
      await tx.query('insert into effects values ($1)', ['swallowed']);
      await tx.query('select 1/0').catch(() => undefined);
    });
    await expect(passage).rejects.toThrow('current transaction is aborted');
    expect(await countOf(pglite, 'swallowed')).toBe(0);
    expect((await barrier.pass(call, async () => 1)).type).toBe('applied');
  });

  it('forgets what is old, and nothing else', async () => {
    expect(await barrier.prune(new Date(0))).toBe(0);
    const { rows } = await pglite.query<{ count: number }>('select count(*)::int as count from saga_barrier');
    expect(rows[0]?.count).toBeGreaterThan(0);
    expect(await barrier.prune(new Date(Date.now() + 60_000))).toBe(rows[0]?.count);
  });
});

async function countOf(pglite: PGlite, effect: string): Promise<number> {
  const { rows } = await pglite.query<{ count: number }>(
    'select count(*)::int as count from effects where name = $1',
    [effect],
  );
  return rows[0]?.count ?? 0;
}
