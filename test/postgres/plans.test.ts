import { randomUUID } from 'node:crypto';
import postgres from 'postgres';
import { drizzle } from 'drizzle-orm/postgres-js';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import type { SagaStatus } from '../../src/core/store.ts';
import { claimSagas } from '../../src/postgres/claim.ts';
import { createPostgresStore } from '../../src/postgres/create-store.ts';
import { toBranches } from '../../src/postgres/saga-branches.ts';
import { listSagas } from '../../src/postgres/saga-list.ts';
import { PLANNER_SETTINGS } from '../../src/postgres/postgres-database.ts';
import type { PostgresStore } from '../../src/postgres/store.ts';
import { StoreScene } from '../../src/testing/store-scene.ts';
import { createDatabase } from '../servers/postgres.ts';

const serverUrl = inject('postgresUrl');
const STATUSES: readonly SagaStatus[] = [
  'completed',
  'completed',
  'completed',
  'running',
  'failed',
  'compensated',
];

describe.skipIf(serverUrl === undefined)('the PostgreSQL store, as its tables grow', () => {
  let database: Awaited<ReturnType<typeof createDatabase>>;
  let store: PostgresStore;
  let scene: StoreScene;
  let admin: postgres.Sql;

  beforeEach(async () => {
    database = await createDatabase(serverUrl ?? '');
    store = await createPostgresStore({ url: database.url, connections: 1 });
    scene = new StoreScene(store, Date.now());
    admin = postgres(database.url, { max: 1, onnotice: () => undefined, connection: PLANNER_SETTINGS });
    // The worst case: nobody told the planner that the tables are no longer empty.
    await admin`alter table sagas set (autovacuum_enabled = false)`;
    await admin`alter table saga_events set (autovacuum_enabled = false)`;
  });

  afterEach(async () => {
    await store.close();
    await admin.end();
    await database.drop();
  });

  it.each([
    ['empty', 0],
    ['nearly empty', 1],
  ])('never reads a whole table, with plans that were made while it was %s', async (_, size) => {
    if (size > 0) {
      await scene.start();
      await admin`vacuum analyze`;
    }
    const before = await tableScans();
    for (let batch = 0; batch < 20; batch += 1) {
      const starts = Array.from({ length: 50 }, () =>
        scene.toStart({ origin: { idempotencyKey: randomUUID() }, state: { dueAt: scene.now - 1 } }),
      );
      await store.commit('starts', starts);
      const moves = starts.map(({ key }) => scene.toMove({ ...key, version: 1, epoch: 1 }));
      expect((await store.commit('moves', moves)).every(Boolean)).toBe(true);
      expect((await store.committed('moves', moves)).every(Boolean)).toBe(true);
      await store.list({ tenant: scene.tenant }, { limit: 5 });
      await store.claim({ node: scene.node, limit: 5, definitions: [scene.definition] });
      await store.findByIdempotencyKey(scene.tenant, 'key');
      await store.history(scene.key('id'), { limit: 5 });
      await store.renewLease(scene.node, 1000);
    }
    await store.close();
    expect(await tableScans()).toEqual(before);
    // Each move, and each check of a start's id, looks at its own row; reading those of all others would be 100 times that.
    expect(await rowsRead('sagas_pkey')).toBeLessThan(20 * 50 * 8);
    expect(await rowsRead('saga_events_pkey')).toBeLessThan(20 * 50 * 8);
  });

  it('reads the journal and deletes closed sagas by index lookups, with plans that were made while the tables were empty', async () => {
    const { node } = scene;
    const day = 86_400_000;
    await store.claimRelay('events', node);
    await store.readJournal({ after: 0, limit: 100 });
    await store.deleteClosed({ before: scene.now, limit: 10, relay: 'events' });
    const before = await tableScans();
    for (let batch = 0; batch < 20; batch += 1) {
      const starts = Array.from({ length: 100 }, (_, index) =>
        scene.toStart({
          tenant: `${scene.tenant}-${index % 5}`,
          origin: { createdAt: scene.now - 2 * day },
          state: { status: STATUSES[index % 6] ?? 'running', closedAt: scene.now - day },
        }),
      );
      await store.commit('starts', starts);
    }
    let [position, read] = [0, 0];
    for (;;) {
      const page = await store.readJournal({ after: position, limit: 100 });
      const to = page.at(-1)?.position;
      if (to === undefined) break;
      expect(await store.advanceRelay('events', { node, from: position, to })).toBe(true);
      [position, read] = [to, read + page.length];
    }
    let deleted = 0;
    for (let batch = -1; batch !== 0; deleted += batch)
      batch = await store.deleteClosed({ before: scene.now, limit: 50, relay: 'events' });
    await store.close();
    expect([read, deleted]).toEqual([2000, 20 * 67]);
    expect(await tableScans()).toEqual(before);
    // Each line is read for the relay, and again to see that it is published and to delete it; not all lines for each saga.
    expect(await rowsRead('saga_events_pkey')).toBeLessThan(2000 * 8);
    expect(await rowsRead('sagas_pkey')).toBeLessThan(2000 * 8);
    expect(await rowsRead('sagas_newest')).toBeLessThan(2000 * 20);
  });

  // While the server itself reads its catalogue it may not clear a page, and rows move to the next one: tried again then.
  it('updates a row in place when a saga takes an ordinary step', { retry: 2 }, async () => {
    let saga = await scene.start({ state: { owner: scene.node }, origin: { idempotencyKey: 'key' } });
    for (let count = 0; count < 100; count += 1) {
      saga = await scene.move(saga, {
        state: { owner: scene.node, step: `step-${count}`, snapshot: 'x'.repeat(500) },
      });
    }
    await store.close();
    const [row] = await admin<{ updates: number; hot: number }[]>`
      select n_tup_upd::int as updates, n_tup_hot_upd::int as hot from pg_stat_user_tables where relname = 'sagas'`;
    expect(row?.updates).toBe(100);
    expect(row?.hot).toBeGreaterThanOrEqual(95);
  });

  it('answers lists and claims of a filled table from its indexes, without sorting', async () => {
    const starts = Array.from({ length: 3000 }, (_, index) =>
      scene.toStart({
        origin: { createdAt: scene.now - index },
        state: {
          status: STATUSES[index % 6] ?? 'running',
          dueAt: index % 3 === 0 ? scene.now + index : null,
        },
      }),
    );
    await store.commit('starts', starts);
    await admin`analyze`;
    const { tenant, definition, node } = scene;
    const after = { createdAt: scene.now - 1500, id: 'x' };
    for (const filter of [
      { tenant },
      { tenant, status: ['failed'] as const },
      { tenant, status: ['running', 'failed'] as const, cause: 'operator' as const },
    ]) {
      const query = { filter, branches: toBranches(filter, []), after, limit: 50 };
      const plan = await explain(listSagas(drizzle(admin), query));
      expect(plan).toMatch(/Index (?:Only )?Scan.* using sagas_(?:newest|cause)/);
      expect(plan).not.toMatch(/Seq Scan|Sort Method|Bitmap/);
    }
    const claim = await explain(claimSagas(drizzle(admin), { node, limit: 50, definitions: [definition] }));
    expect(claim).toMatch(/Index Scan using sagas_due on sagas/);
    expect(claim).toMatch(/Index Scan using sagas_owner on sagas/);
    expect(claim).not.toMatch(/Seq Scan on sagas/);
  });

  async function tableScans(): Promise<unknown> {
    return admin`select relname, seq_scan from pg_stat_user_tables where relname in ('sagas', 'saga_events') order by relname`.values();
  }

  async function rowsRead(index: string): Promise<number> {
    const [row] = await admin<
      { total: number }[]
    >`select idx_tup_read::int as total from pg_stat_user_indexes where indexrelname = ${index}`;
    return row?.total ?? Infinity;
  }

  async function explain(
    query: { toSQL(): { readonly sql: string; readonly params: readonly unknown[] } } | undefined,
  ): Promise<string> {
    const { sql = '', params = [] } = query?.toSQL() ?? {};
    const rows = await admin
      .unsafe(`explain (analyze, costs off, timing off) ${sql}`, [...params] as string[])
      .values();
    return rows.flat().join('\n');
  }
});
