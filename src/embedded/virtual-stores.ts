import type { PGlite } from '@electric-sql/pglite';
import { drizzle } from 'drizzle-orm/pglite';
import { migrate } from 'drizzle-orm/pglite/migrator';
import type { Clock } from '../core/clock.ts';
import { migrations } from '../postgres/migrate.ts';
import { PostgresStore } from '../postgres/store.ts';
import { createPgliteDatabase, openPglite } from './pglite-database.ts';

/** Stores on one PGlite in memory whose time is a clock's: for tests in virtual time. */
export interface VirtualStores {
  /** A store with nothing in it. One at a time: what the one before held is gone. */
  open(clock: Pick<Clock, 'now'>): Promise<PostgresStore>;
  /** Ends the database. */
  close(): Promise<void>;
}

/** Makes the database; `crashMatrix` takes `open` as its `createStore`. */
export async function createVirtualStores(): Promise<VirtualStores> {
  const pglite = await openPglite(undefined);
  await migrate(drizzle(pglite), { ...migrations, migrationsSchema: 'public' });
  await pglite.exec(virtualTime);
  return {
    open: async (clock) => {
      await pglite.exec(empty);
      const database = createPgliteDatabase(inTime(pglite, clock), {
        deadline: 60_000,
        onClose: () => undefined,
      });
      return new PostgresStore({ database });
    },
    close: () => pglite.close(),
  };
}

/** A `now()` of our own, found before PostgreSQL's: the session is the only one there is. */
const virtualTime = `
  create schema virtual_time;
  create table virtual_time.clock (at timestamptz not null);
  insert into virtual_time.clock values (to_timestamp(0));
  create function virtual_time.now() returns timestamptz language sql stable as 'select at from virtual_time.clock';
  set search_path to virtual_time, pg_catalog, public`;

const empty = `
  do $$ declare tables text; begin
    select string_agg(format('public.%I', tablename), ', ') into tables
    from pg_tables where schemaname = 'public' and tablename <> '${migrations.migrationsTable}';
    execute 'truncate ' || tables || ' restart identity';
  end $$`;

/** The database, told the time before each query; closing it leaves it open for the next store. */
function inTime(pglite: PGlite, clock: Pick<Clock, 'now'>): Pick<PGlite, 'query' | 'close'> {
  let shown: number | undefined;
  const tell = async () => {
    const now = clock.now();
    if (now === shown) return;
    shown = now;
    await pglite.query('update virtual_time.clock set at = to_timestamp($1::float8 / 1000.0)', [now]);
  };
  return {
    query: async (...given) => {
      await tell();
      return pglite.query(...given);
    },
    close: async () => undefined,
  };
}
