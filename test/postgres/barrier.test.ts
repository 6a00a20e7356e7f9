import { setTimeout as delay } from 'node:timers/promises';
import { eq } from 'drizzle-orm';
import { pgTable, text } from 'drizzle-orm/pg-core';
import { drizzle } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import type { BarrierCall } from '../../src/core/barrier.ts';
import { RetryableError, StorageUnavailableError, TerminalError } from '../../src/core/errors.ts';
import { createPostgresBarrier } from '../../src/postgres/barrier.ts';
import type { PostgresTx } from '../../src/postgres/barrier-tx.ts';
import { barrierContract } from '../../src/testing/barrier-contract.ts';
import { createDatabase } from '../servers/postgres.ts';

const server = inject('postgresUrl');

describe.skipIf(server === undefined)('a barrier in PostgreSQL', () => {
  let database: Awaited<ReturnType<typeof createDatabase>>;
  let sql: postgres.Sql;

  beforeAll(async () => {
    database = await createDatabase(server ?? '');
    sql = postgres(database.url, { onnotice: () => undefined });
    await sql`create table effects (name text not null, part text not null default '')`;
  });

  afterAll(async () => {
    await sql.end({ timeout: 5 });
    await database.drop();
  });

  for (const isolation of ['read committed', 'repeatable read', 'serializable'] as const) {
    describe(isolation, () => {
      let barrier: ReturnType<typeof createPostgresBarrier>;
      beforeAll(() => {
        barrier = createPostgresBarrier({ sql, isolation });
      });
      afterAll(() => barrier.close());

      const rules = barrierContract<PostgresTx>({
        create: async () => ({
          barrier,
          write: async (tx, effect) => void (await tx`insert into effects ${tx({ name: effect })}`),
          count: async (effect) => (await partsOf(effect)).length,
          stalled: () =>
            vi.waitFor(async () => expect(await waitingBackends()).toBeGreaterThan(0), {
              timeout: 5_000,
              interval: 5,
            }),
        }),
      });
      for (const { name, run } of rules) it(name, run);
    });
  }

  it('reruns passages that deadlock or fail to serialize, until each is applied once', async () => {
    const barrier = createPostgresBarrier({ sql, isolation: 'serializable' });
    await sql`create table accounts (name text primary key, balance int not null)`;
    await sql`insert into accounts values ('a', 0), ('b', 0)`;
    const add = (tx: PostgresTx, name: string) =>
      tx`update accounts set balance = balance + 1 where name = ${name}`;
    const outcomes = await Promise.all(
      [0, 1, 2, 3].map((n) =>
        barrier.pass(callOf(`deadlock-${n}`), async (tx) => {
          await add(tx, n % 2 ? 'a' : 'b');
          await add(tx, n % 2 ? 'b' : 'a');
        }),
      ),
    );
    expect(outcomes.map(({ type }) => type)).toEqual(['applied', 'applied', 'applied', 'applied']);
    expect(await sql`select balance from accounts`).toEqual([{ balance: 4 }, { balance: 4 }]);
    await barrier.close();
  });

  describe('when backends die in the middle of transactions', () => {
    /** Ends the backend of a transaction between two of its statements, in one of several ways and moments. */
    const kill = async (tx: PostgresTx, way: number) => {
      const [row] = await tx<{ pid: number }[]>`select pg_backend_pid() as pid`;
      const late = tx`insert into effects (name, part) values ('late', ${String(way)})`;
      const terminate = async () => {
        await sql`select pg_terminate_backend(${row?.pid ?? 0})`;
        await expect
          .poll(() => sql`select 1 from pg_stat_activity where pid = ${row?.pid ?? 0}`, { interval: 1 })
          .toEqual([]);
      };
      switch (way % 5) {
        case 0:
          // The next statement is sent while the connection is about to close, or closed.
          await terminate();
          break;
        case 1:
          // Statements are under way when it dies.
          await Promise.allSettled([tx`select pg_sleep(5)`, tx`select 1`, terminate()]);
          break;
        case 2:
          // The handler goes on long after.
          await terminate();
          await expect
            .poll(() =>
              tx`select 1`.then(
                () => 'alive',
                () => 'gone',
              ),
            )
            .toBe('gone');
          break;
        case 3:
          // What was written before is awaited after; the failure is swallowed.
          await terminate();
          await late.catch(() => undefined);
          break;
        default:
          // Statement follows statement until one meets the end.
          terminate().catch(() => undefined);
          for (;;) await tx`insert into effects values ('late', 'statement after statement')`;
      }
    };

    it('shows nothing of a broken transaction, settles every passage, and applies each exactly once', async () => {
      const barrier = createPostgresBarrier({ sql, connections: 4 });
      const kills = 50;
      let broken = 0;
      let isDone = false;
      const bystanders = Array.from({ length: 3 }, async (_, bystander) => {
        let count = 0;
        for (; !isDone; count += 1) await applyTwoParts(barrier, `bystander-${bystander}-${count}`);
        return count;
      });
      const victims = Array.from({ length: kills }, (_, n) => `victim-${n}`);
      for (const [n, victim] of victims.entries()) {
        let tries = 0;
        const outcome = await barrier.pass(callOf(victim), async (tx) => {
          tries += 1;
          await tx`insert into effects values (${victim}, ${`first of try ${tries}`})`;
          if (tries === 1) await kill(tx, n).finally(() => (broken += 1));
          await tx`insert into effects values (${victim}, ${`second of try ${tries}`})`;
        });
        expect.soft(outcome).toEqual({ type: 'applied', reply: null });
      }
      isDone = true;
      for (const victim of victims)
        expect.soft(await partsOf(victim)).toEqual(['first of try 2', 'second of try 2']);
      const counts = await Promise.all(bystanders);
      expect(broken).toBe(kills);
      for (const [bystander, count] of counts.entries()) {
        expect(count).toBeGreaterThan(0);
        expect(
          await sql`select count(*)::int as count from effects where name like ${`bystander-${bystander}-%`}`,
        ).toEqual([{ count: 2 * count }]);
      }
      expect(await partsOf('late')).toEqual([]);
      await barrier.close();
    });

    it('applies exactly once whatever dies at whatever moment', async () => {
      const barrier = createPostgresBarrier({ sql, connections: 6, timeout: 10_000 });
      await barrier.prepare();
      let isDone = false;
      let kills = 0;
      const killer = (async () => {
        for (; !isDone; kills += 1) {
          await sql`select pg_terminate_backend(pid) from pg_stat_activity
            where datname = current_database() and pid <> pg_backend_pid() order by random() limit 1`.catch(
            () => undefined,
          );
          // Time enough for some transactions to get through.
          await delay(15);
        }
      })();
      const persist = async (name: string) => {
        // As the engine does: ask again with the same key until there is an answer.
        for (;;) {
          try {
            return await applyTwoParts(barrier, name);
          } catch (error) {
            expect(error).toBeInstanceOf(StorageUnavailableError);
          }
        }
      };
      const names: string[] = [];
      while (kills < 40) {
        const wave = Array.from({ length: 12 }, (_, n) => `storm-${names.length + n}`);
        names.push(...wave);
        await Promise.all(wave.map(persist));
      }
      isDone = true;
      await killer;
      for (const name of names) expect(await vi.waitFor(() => partsOf(name))).toEqual(['first', 'second']);
      await barrier.close();
    });

    it('takes no connection again that died while it was idle', async () => {
      const barrier = createPostgresBarrier({ sql });
      const meeting = Array.from({ length: 10 }, (_, n) =>
        barrier.pass(callOf(`idle-${n}`), (tx) => tx`select pg_sleep(0.1)`),
      );
      await Promise.all(meeting);
      const others = sql`from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`;
      const killed = await sql`select pg_terminate_backend(pid) ${others} and query = 'commit'`;
      expect(killed.length).toBe(10);
      await expect.poll(() => sql`select 1 ${others} and query = 'commit'`).toEqual([]);
      expect((await barrier.pass(callOf('idle-after'), async () => 1)).type).toBe('applied');
      await barrier.close();
    });

    it('does not store a refusal that a broken transaction made the handler give', async () => {
      const barrier = createPostgresBarrier({ sql });
      let tries = 0;
      const outcome = await barrier.pass(callOf('refused-broken'), async (tx) => {
        tries += 1;
        if (tries > 1) return 'fine';
        await kill(tx, 0);
        await tx`select 1`.catch((cause: unknown) => {
          throw new TerminalError('cannot', { cause });
        });
        return 'unreachable';
      });
      expect(outcome).toEqual({ type: 'applied', reply: 'fine' });
      await barrier.close();
    });
  });

  it('breaks off a passage that takes too long, and rolls it back', async () => {
    const barrier = createPostgresBarrier({ sql, timeout: 300 });
    const passage = barrier.pass(callOf('slow'), async (tx) => {
      await tx`insert into effects values ('slow')`;
      await tx`select pg_sleep(20)`;
    });
    await expect(passage).rejects.toThrow('rolled back after 300 ms');
    expect(await partsOf('slow')).toEqual([]);
    await barrier.close();
  });

  it('refuses statements of a transaction that has ended', async () => {
    const barrier = createPostgresBarrier({ sql, connections: 1 });
    const leaks: PostgresTx[] = [];
    const written: Promise<unknown>[] = [];
    await barrier.pass(callOf('leak'), async (tx) => {
      leaks.push(tx);
      written.push(tx`insert into effects values ('leak')`);
    });
    // The next transaction on the same connection must not get the first one's leftovers.
    await barrier.pass(callOf('after-leak'), async (tx) => {
      await expect(written[0]).rejects.toThrow('has ended');
      for (const leaked of leaks) {
        expect(() => leaked`insert into effects values ('leak')`).toThrow('has ended');
        expect(() => leaked.unsafe(`insert into effects values ('leak')`)).toThrow('has ended');
      }
      await tx`insert into effects values ('after-leak')`;
    });
    expect(await partsOf('leak')).toEqual([]);
    expect(await partsOf('after-leak')).toEqual(['']);
    await barrier.close();
  });

  it('does not call an action applied whose statement failed unnoticed', async () => {
    const barrier = createPostgresBarrier({ sql });
    const swallowed = barrier.pass(callOf('swallowed'), async (tx) => {
      await tx`insert into effects values ('swallowed')`;
      await tx`select 1/0`.catch(() => undefined);
    });
    await expect(swallowed).rejects.toThrow('current transaction is aborted');
    expect(await partsOf('swallowed')).toEqual([]);
    await barrier.close();
  });

  it('lets a handler go on after a savepoint was rolled back', async () => {
    const barrier = createPostgresBarrier({ sql });
    await barrier.pass(callOf('savepoint'), async (tx) => {
      await tx`insert into effects values ('savepoint', 'kept')`;
      await tx
        .savepoint(async (outer) => {
          await outer`insert into effects values ('savepoint', 'dropped')`;
          await outer.savepoint((inner) => inner`select 1/0`).catch(() => undefined);
          throw new RetryableError('drop it');
        })
        .catch(() => undefined);
    });
    expect(await partsOf('savepoint')).toEqual(['kept']);
    await barrier.close();
  });

  it('gives a handler values as the client it was made with does', async () => {
    const camel = postgres(database.url, { transform: postgres.camel, onnotice: () => undefined });
    const barrier = createPostgresBarrier({ sql: camel });
    const outcome = await barrier.pass(
      callOf('camel'),
      async (tx) => tx`select array[1, 2] as two_numbers, ${tx.json({ a: 1 })}::jsonb as some_json`,
    );
    expect(outcome).toEqual({ type: 'applied', reply: [{ twoNumbers: [1, 2], someJson: { a: 1 } }] });
    expect((await barrier.pass(callOf('camel'), async () => 0)).type).toBe('replayed');
    await barrier.close();
    await camel.end();
  });

  it('lets a handler use Drizzle', async () => {
    const client = postgres(database.url);
    const barrier = createPostgresBarrier({ sql: client });
    const table = pgTable('effects', { name: text(), part: text() });
    const outcome = await barrier.pass(callOf('drizzle'), async (tx) => {
      const db = drizzle(tx as unknown as postgres.Sql);
      await db.insert(table).values({ name: 'drizzle', part: 'one' });
      return db.select().from(table).where(eq(table.name, 'drizzle'));
    });
    expect(outcome).toEqual({ type: 'applied', reply: [{ name: 'drizzle', part: 'one' }] });
    expect(await partsOf('drizzle')).toEqual(['one']);
    await barrier.close();
    await client.end();
  });

  it('creates its table once, whoever else does so at the same time', async () => {
    const other = await createDatabase(server ?? '');
    const clients = Array.from({ length: 8 }, () => postgres(other.url, { max: 1 }));
    const barriers = clients.map((client) => createPostgresBarrier({ sql: client }));
    const outcomes = await Promise.all(
      barriers.map((barrier) => barrier.pass(callOf('first'), async () => 1)),
    );
    expect(outcomes.map(({ type }) => type).filter((type) => type === 'applied')).toHaveLength(1);
    await Promise.all(barriers.map((barrier) => barrier.close()));
    await Promise.all(clients.map((client) => client.end()));
    await other.drop();
  });

  it('forgets an action only when its undo is old as well', async () => {
    const barrier = createPostgresBarrier({ sql });
    for (const sagaId of ['old', 'undone-lately']) {
      await barrier.pass(callOf(sagaId), async () => 1);
      await barrier.pass({ ...callOf(sagaId), op: 'undo' }, async () => 1);
    }
    await sql`update saga_barrier set at = '2020-01-01' where saga_id = 'old' or (saga_id = 'undone-lately' and op = 'do')`;
    expect(await barrier.prune(new Date('2021-01-01'))).toBe(2);
    expect((await barrier.pass(callOf('old'), async () => 2)).type).toBe('applied');
    expect((await barrier.pass(callOf('undone-lately'), async () => 2)).type).toBe('replayed');
    await barrier.close();
  });

  it('waits for the passages at hand when it is closed, and takes no more', async () => {
    const barrier = createPostgresBarrier({ sql, connections: 1 });
    await barrier.prepare();
    const outcomes = [1, 2, 3].map((n) =>
      barrier.pass(callOf(`closing-${n}`), (tx) => tx`select pg_sleep(0.02)`),
    );
    await barrier.close();
    expect((await Promise.allSettled(outcomes)).map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'fulfilled',
    ]);
    await expect(barrier.pass(callOf('closed'), async () => 1)).rejects.toBeInstanceOf(
      StorageUnavailableError,
    );
  });

  it('says that the database cannot be reached, and recovers when it can', async () => {
    const gone = postgres('postgres://nobody@127.0.0.1:1/none', { connect_timeout: 1, backoff: () => 0 });
    const barrier = createPostgresBarrier({ sql: gone });
    await expect(barrier.pass(callOf('gone'), async () => 1)).rejects.toBeInstanceOf(StorageUnavailableError);
    await barrier.close();
    await gone.end({ timeout: 0 });
  });

  async function applyTwoParts(
    barrier: ReturnType<typeof createPostgresBarrier>,
    name: string,
  ): Promise<unknown> {
    return barrier.pass(callOf(name), async (tx) => {
      await tx`insert into effects values (${name}, 'first')`;
      await tx`select pg_sleep(0.001)`;
      await tx`insert into effects values (${name}, 'second')`;
    });
  }

  async function partsOf(name: string): Promise<readonly string[]> {
    const rows = await sql<{ part: string }[]>`select part from effects where name = ${name} order by part`;
    return rows.map(({ part }) => part);
  }

  async function waitingBackends(): Promise<number> {
    const rows =
      await sql`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    return rows.length;
  }
});

function callOf(sagaId: string): BarrierCall {
  return {
    participant: 'stock',
    tenant: 'default',
    sagaId,
    step: 'reserve',
    iteration: 0,
    generation: 0,
    op: 'do',
  };
}
