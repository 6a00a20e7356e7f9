import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { StorageUnavailableError } from '../../src/core/errors.ts';
import { createPostgresStore } from '../../src/postgres/create-store.ts';
import type { PostgresStore } from '../../src/postgres/store.ts';
import { storeContract } from '../../src/testing/store-contract.ts';
import { StoreScene } from '../../src/testing/store-scene.ts';
import { createDatabase } from '../servers/postgres.ts';

const serverUrl = inject('postgresUrl');

describe.skipIf(serverUrl === undefined)('the PostgreSQL store', () => {
  let database: Awaited<ReturnType<typeof createDatabase>>;
  let store: PostgresStore;

  beforeAll(async () => {
    database = await createDatabase(serverUrl ?? '');
    store = await createPostgresStore({ url: database.url });
  });

  afterAll(async () => {
    await store.close();
    await database.drop();
  });

  for (const rule of storeContract({ create: () => Promise.resolve(store) })) it(rule.name, rule.run);

  it('claims without waiting for rows that another claim has locked', async () => {
    const scene = new StoreScene(store, Date.now());
    await store.renewLease(scene.node, 60_000);
    const [locked, free] = [
      await scene.start({ state: { dueAt: 1 } }),
      await scene.start({ state: { dueAt: 2 } }),
    ];
    const other = postgres(database.url, { max: 1 });
    await other.unsafe(`begin; select from sagas where id = '${locked.id}' for update`).simple();
    expect(await scene.claim(scene.node)).toEqual([free.id]);
    await other.unsafe('rollback');
    expect(await scene.claim(scene.node)).toEqual([locked.id]);
    await other.end();
  });

  it('does nothing more after it was closed', async () => {
    const closed = await createPostgresStore({ url: database.url });
    await closed.close();
    await closed.close();
    await expect(closed.counts()).rejects.toThrow(StorageUnavailableError);
  });
});
