import { readFileSync } from 'node:fs';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createPostgresStore } from '../../src/postgres/create-store.ts';
import { migratePostgres } from '../../src/postgres/migrate.ts';
import type { PostgresStore } from '../../src/postgres/store.ts';
import { storeContract } from '../../src/testing/store-contract.ts';
import { StoreScene } from '../../src/testing/store-scene.ts';
import { createDatabase } from '../servers/postgres.ts';

const serverUrl = inject('postgresUrl');
const roles = readFileSync(new URL('../../ops/postgres/roles.sql', import.meta.url), 'utf8');

describe.skipIf(serverUrl === undefined)('a node with the rights of ops/postgres', () => {
  const user = `app_${Math.random().toString(36).slice(2)}`;
  let database: Awaited<ReturnType<typeof createDatabase>>;
  let owner: postgres.Sql;
  let app: postgres.Sql;
  let store: PostgresStore;

  beforeAll(async () => {
    database = await createDatabase(serverUrl ?? '');
    await migratePostgres(database.url);
    owner = postgres(database.url, { max: 1, onnotice: () => undefined });
    // Twice: it is run again after each new version.
    for (let time = 0; time < 2; time += 1) await owner.unsafe(roles).simple();
    await owner.unsafe(`create user ${user} with password 'secret' in role sagachart_app`);
    const url = new URL(database.url);
    Object.assign(url, { username: user, password: 'secret' });
    app = postgres(url.href, { max: 1 });
    store = await createPostgresStore({ url: url.href, migrate: false });
  });

  afterAll(async () => {
    await Promise.all([store.close(), app.end()]);
    await owner.unsafe(`drop owned by sagachart_app; drop user ${user}`).simple();
    await owner.end();
    await database.drop();
  });

  describe('can do its work', () => {
    for (const rule of storeContract({ create: () => Promise.resolve(store) })) it(rule.name, rule.run);
  });

  it.each([
    ["update saga_events set data = '{}'", 'a line of the journal'],
    ['update saga_events set at = now() where seq = 1', 'when it happened'],
    ['truncate saga_events', 'the whole journal'],
    ['truncate sagas', 'all sagas'],
    ['drop table saga_events', 'the tables'],
    ['alter table saga_events disable trigger all', 'what guards the journal'],
    ['drop function saga_events_keep cascade', 'what guards the journal'],
    ['create table mine (id int)', 'the schema'],
    ['delete from sagachart_migrations', 'what was migrated'],
    ["set session_replication_role = 'replica'", 'whether triggers count'],
  ])('cannot %s: that would change %s', async (statement, _what) => {
    await expect(app.unsafe(statement)).rejects.toMatchObject({
      code: '42501',
    });
  });

  it('cannot delete the journal of a saga that is not closed, nor can the owner by mistake', async () => {
    const { id, tenant } = await new StoreScene(store, Date.now()).start();
    for (const sql of [app, owner])
      await expect(sql`delete from saga_events where saga_id = ${id}`).rejects.toThrow('is not closed');
    expect(await store.history({ tenant, id }, { limit: 10 })).toHaveLength(1);
  });
});
