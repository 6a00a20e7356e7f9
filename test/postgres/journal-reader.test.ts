import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { StorageUnavailableError } from '../../src/core/errors.ts';
import { createPostgresStore } from '../../src/postgres/create-store.ts';
import type { PostgresStore } from '../../src/postgres/store.ts';
import { StoreScene } from '../../src/testing/store-scene.ts';
import { createDatabase } from '../servers/postgres.ts';

const serverUrl = inject('postgresUrl');

describe.skipIf(serverUrl === undefined)('the journal of all sagas in PostgreSQL', () => {
  let database: Awaited<ReturnType<typeof createDatabase>>;
  let store: PostgresStore;
  let scene: StoreScene;
  let admin: postgres.Sql;

  beforeAll(async () => {
    database = await createDatabase(serverUrl ?? '');
    store = await createPostgresStore({ url: database.url });
    scene = new StoreScene(store, Date.now());
    admin = postgres(database.url, { max: 3, onnotice: () => undefined });
  });

  afterAll(async () => {
    await store.close();
    await admin.end();
    await database.drop();
  });

  /** Begins a transaction that adds the next line to a saga's journal, and leaves it open. */
  async function beginMove(id: string, other?: postgres.ReservedSql): Promise<postgres.ReservedSql> {
    const client = other ?? (await admin.reserve());
    if (other === undefined) await client`begin`;
    await client`update sagas set version = version + 1 where id = ${id}`;
    await client`insert into saga_events (tenant, saga_id, seq, type, data, status, state, at, tx_id)
      select tenant, id, version, 'late', '{}', status, 'running', now(), 'tx' from sagas where id = ${id}`;
    return client;
  }

  async function end(client: postgres.ReservedSql, how: 'commit' | 'rollback'): Promise<void> {
    await client.unsafe(how);
    client.release();
  }

  async function endOfJournal(): Promise<number> {
    const [row] = await admin<{ position: number }[]>`select max(position)::int as position from saga_events`;
    return row?.position ?? 0;
  }

  const idsAfter = async (after: number) =>
    (await store.readJournal({ after, limit: 100 })).map(({ id, seq }) => `${id}:${seq}`);

  it('gives a line that took its position first before one that was committed first', async () => {
    const [slow, quick] = [await scene.start(), await scene.start()];
    const after = await endOfJournal();
    const open = await beginMove(slow.id);
    await scene.move(quick);
    const reading = idsAfter(after);
    // The reader has seen the gap once it asks who writes; only then may the writer end.
    await expect.poll(() => isAsking(admin)).toBe(true);
    await end(open, 'commit');
    expect(await reading).toEqual([`${slow.id}:2`, `${quick.id}:2`]);
  });

  it('gives what lies before a line that is being written at once, and waits only for the rest', async () => {
    const [first, slow, last] = [await scene.start(), await scene.start(), await scene.start()];
    const after = await endOfJournal();
    await scene.move(first);
    const open = await beginMove(slow.id);
    await scene.move(last);
    expect(await idsAfter(after)).toEqual([`${first.id}:2`]);
    await end(open, 'commit');
    expect(await idsAfter(after)).toEqual([`${first.id}:2`, `${slow.id}:2`, `${last.id}:2`]);
  });

  it('goes past positions whose transaction was rolled back', async () => {
    const [undone, kept] = [await scene.start(), await scene.start()];
    const after = await endOfJournal();
    await end(await beginMove(undone.id), 'rollback');
    await scene.move(kept);
    expect(await idsAfter(after)).toEqual([`${kept.id}:2`]);
  });

  it('does not take one writer’s end for that of another with an older position', async () => {
    const [slow, quick] = [await scene.start(), await scene.start()];
    const after = await endOfJournal();
    // Younger by its transaction id, older by its position: neither id says anything about the other.
    const elder = await admin.reserve();
    await elder`begin`;
    await elder`update sagas set step = 'x' where id = ${quick.id}`;
    const younger = await beginMove(slow.id);
    await beginMove(quick.id, elder);
    await end(elder, 'commit');
    const reading = idsAfter(after);
    await expect.poll(() => isAsking(admin)).toBe(true);
    await end(younger, 'commit');
    expect(await reading).toEqual([`${slow.id}:2`, `${quick.id}:2`]);
  });

  it('does not wait for transactions that have nothing to do with the journal', async () => {
    const [undone, kept] = [await scene.start(), await scene.start()];
    const after = await endOfJournal();
    const report = await admin.reserve();
    await report`begin isolation level repeatable read`;
    await report`create table report as select * from saga_events`;
    await end(await beginMove(undone.id), 'rollback');
    await scene.move(kept);
    expect(await idsAfter(after)).toEqual([`${kept.id}:2`]);
    await end(report, 'rollback');
  });

  it('says so when a transaction that writes the journal does not end, instead of passing by its lines', async () => {
    const [slow, quick] = [await scene.start(), await scene.start()];
    const after = await endOfJournal();
    const open = await beginMove(slow.id);
    await scene.move(quick);
    await expect(idsAfter(after)).rejects.toThrow(StorageUnavailableError);
    await end(open, 'rollback');
    expect(await idsAfter(after)).toEqual([`${quick.id}:2`]);
  });
});

/** Whether the store has asked who writes the journal. */
async function isAsking(admin: postgres.Sql): Promise<boolean> {
  const rows = await admin`select from pg_stat_activity
    where application_name = 'sagachart' and query like '%pg_locks%' and state_change > now() - interval '1 second'`;
  return rows.length > 0;
}
