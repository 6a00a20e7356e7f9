import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createPostgresStore } from '../../src/postgres/create-store.ts';
import { PLANNER_SETTINGS } from '../../src/postgres/postgres-database.ts';
import type { PostgresStore } from '../../src/postgres/store.ts';
import { StoreScene } from '../../src/testing/store-scene.ts';
import { createDatabase } from '../servers/postgres.ts';

const serverUrl = inject('postgresUrl');
const parked = { state: { status: 'failed' }, entry: { status: 'failed', state: 'failed.charge' } } as const;

describe.skipIf(serverUrl === undefined)('parked lines in PostgreSQL', () => {
  let database: Awaited<ReturnType<typeof createDatabase>>;
  let store: PostgresStore;
  let scene: StoreScene;
  let admin: postgres.Sql;

  beforeAll(async () => {
    database = await createDatabase(serverUrl ?? '');
    store = await createPostgresStore({ url: database.url });
    scene = new StoreScene(store, Date.now());
    admin = postgres(database.url, { max: 3, onnotice: () => undefined, connection: PLANNER_SETTINGS });
  });

  afterAll(async () => {
    await store.close();
    await admin.end();
    await database.drop();
  });

  it('are not passed by while the transaction that writes one has not ended', async () => {
    const [slow, quick] = [await scene.start(), await scene.start()];
    const { upTo: after } = await store.readParked({ after: 0, limit: 100 });
    const writer = await admin.reserve();
    await writer`begin`;
    await writer`insert into saga_events (tenant, saga_id, seq, type, data, status, state, at, tx_id)
      values (${slow.tenant}, ${slow.id}, 2, 'late', '{}', 'failed', 'failed.charge', now(), 'tx')`;
    await scene.move(quick, parked);
    const reading = store.readParked({ after, limit: 100 });
    const asks = () => admin`select from pg_stat_activity
      where application_name = 'sagachart' and query like '%pg_locks%' and state_change > now() - interval '1 second'`;
    await expect.poll(async () => (await asks()).length).toBeGreaterThan(0);
    await writer`commit`;
    writer.release();
    const { lines, upTo } = await reading;
    expect(lines.map(({ id, seq }) => `${id}:${seq}`)).toEqual([`${slow.id}:2`, `${quick.id}:2`]);
    expect(await store.readParked({ after: upTo, limit: 100 })).toEqual({ lines: [], upTo });
  });

  it('are found among many others without looking at those', async () => {
    const starts = Array.from({ length: 2_000 }, () => scene.toStart());
    await store.commit('starts', starts);
    const last = await scene.start();
    await scene.move(last, parked);
    await admin`vacuum analyze saga_events`;
    const rowsOf = async (index: string) => {
      await admin`select pg_stat_clear_snapshot()`;
      const [row] =
        await admin`select idx_tup_read::int as read from pg_stat_user_indexes where indexrelname = ${index}`;
      return Number(row?.['read']);
    };
    const before = await rowsOf('saga_events_pkey');
    const reader = await createPostgresStore({ url: database.url });
    const { lines } = await reader.readParked({ after: 0, limit: 100 });
    expect(lines.at(-1)?.id).toBe(last.id);
    // A connection tells the statistics what it read when it ends at the latest.
    await reader.close();
    await expect.poll(() => rowsOf('saga_events_parked')).toBeGreaterThan(0);
    expect(await rowsOf('saga_events_pkey')).toBe(before);
  });
});
