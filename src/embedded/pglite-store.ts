import { resolve } from 'node:path';
import type { PGlite } from '@electric-sql/pglite';
import { drizzle } from 'drizzle-orm/pglite';
import { migrate } from 'drizzle-orm/pglite/migrator';
import type { Database } from '../postgres/database.ts';
import { migrations } from '../postgres/migrate.ts';
import { PostgresStore } from '../postgres/store.ts';
import { createPgliteDatabase, openPglite } from './pglite-database.ts';
import { lockDataDir } from './pglite-lock.ts';

/** Where the embedded store keeps its files. */
export interface EmbeddedStoreOptions {
  /** A directory of its own, made when it is missing; beside it lies a lock file. In memory when not given. */
  readonly dataDir?: string;
  /** How long any one call may take, in ms; 10 s unless given. */
  readonly statementTimeout?: number;
}

/** A store that needs no server, for one process. Closing `store` closes the database and frees its directory. */
export interface EmbeddedStore {
  readonly store: PostgresStore;
  /** What the store works on. */
  readonly database: Database;
  /** The database itself, for a participant's barrier and tables beside the sagas. */
  readonly pglite: PGlite;
}

/**
 * Opens the embedded PostgreSQL (PGlite), its tables up to date. What is acknowledged survives the process being killed,
 * but not the machine: PGlite does not wait for the disk.
 * Throws `StorageUnavailableError` when another process uses `dataDir`.
 */
export async function createEmbeddedStore({
  dataDir,
  statementTimeout = 10_000,
}: EmbeddedStoreOptions = {}): Promise<EmbeddedStore> {
  const folder = dataDir === undefined ? undefined : resolve(dataDir);
  const unlock = folder === undefined ? () => undefined : lockDataDir(folder);
  try {
    const pglite = await openPglite(folder);
    await prepare(pglite);
    const database = createPgliteDatabase(pglite, { deadline: statementTimeout, onClose: unlock });
    return { store: new PostgresStore({ database }), database, pglite };
  } catch (error) {
    unlock();
    throw error;
  }
}

async function prepare(pglite: PGlite): Promise<void> {
  try {
    await migrate(drizzle(pglite), { ...migrations, migrationsSchema: 'public' });
    // No other process can live on these files: what a killed one owned is free to be claimed at once.
    await pglite.query('delete from nodes');
  } catch (error) {
    await pglite.close();
    throw error;
  }
}
