import postgres from 'postgres';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { createPostgresStore } from '../../src/postgres/create-store.ts';
import { createDatabase } from '../servers/postgres.ts';

const serverUrl = inject('postgresUrl');

describe.skipIf(serverUrl === undefined)('the migrations', () => {
  let database: Awaited<ReturnType<typeof createDatabase>>;

  beforeEach(async () => {
    database = await createDatabase(serverUrl ?? '');
  });

  afterEach(() => database.drop());

  it('let any number of stores open a new database at the same time', async () => {
    const stores = await Promise.all(
      Array.from({ length: 4 }, () => createPostgresStore({ url: database.url })),
    );
    for (const store of stores) expect(await store.counts()).toEqual({});
    await Promise.all(stores.map((store) => store.close()));
  });

  it('put the tables where the URL says, and stay out of the way of the application’s own migrations', async () => {
    const admin = postgres(database.url, { max: 1 });
    await admin`create schema apart`;
    const url = `${database.url}?search_path=apart`;
    for (let times = 0; times < 2; times += 1) await (await createPostgresStore({ url })).close();
    const tables = await admin<
      { name: string }[]
    >`select table_schema || '.' || table_name as name from information_schema.tables where table_schema in ('apart', 'public', 'drizzle') order by 1`;
    expect(tables.map(({ name }) => name)).toEqual([
      'apart.batch_items',
      'apart.batches',
      'apart.definitions',
      'apart.nodes',
      'apart.relays',
      'apart.saga_attributes',
      'apart.saga_events',
      'apart.saga_tallies',
      'apart.saga_tally_changes',
      'apart.sagachart_migrations',
      'apart.sagas',
    ]);
    await admin.end();
  });
});
