import { migratePostgres } from './migrate.ts';
import { createPostgresDatabase, type PostgresOptions } from './postgres-database.ts';
import { PostgresStore } from './store.ts';

/** How `createPostgresStore` connects, and whether it migrates. */
export interface PostgresStoreOptions extends PostgresOptions {
  /** Whether to bring the tables up to date first; `true` unless given. `migratePostgres` does it apart, as another user. */
  readonly migrate?: boolean;
}

/** A store in PostgreSQL 15 or later, its tables up to date. Throws `StorageUnavailableError`. */
export async function createPostgresStore(options: PostgresStoreOptions): Promise<PostgresStore> {
  if (options.migrate ?? true) await migratePostgres(options.url);
  return new PostgresStore({ database: createPostgresDatabase(options) });
}
