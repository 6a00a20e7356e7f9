import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate } from 'drizzle-orm/postgres-js/migrator';
import postgres from 'postgres';
import { toStorageError } from './storage-error.ts';

/** Where the migrations are, from `src/postgres` and from `dist/postgres` alike; and where what was done is noted. */
export const migrations = {
  migrationsFolder: fileURLToPath(new URL('../../drizzle', import.meta.url)),
  migrationsTable: 'sagachart_migrations',
};

/**
 * Brings the tables up to date, in the schema that the URL's user works in. Any number of processes may do so at once.
 * Needs the right to create schemas in the database (Drizzle's migrator asks for its own, also where it exists).
 * Throws `StorageUnavailableError`.
 */
export async function migratePostgres(url: string): Promise<void> {
  // One connection: the lock is the session's, and a transaction is safe where no other connection can take its statements.
  const client = postgres(url, { max: 1, fetch_types: false, onnotice: () => undefined });
  try {
    await client`select pg_advisory_lock(hashtextextended('sagachart.migrations', 0))`;
    const [row] = await client<{ readonly schema: string | null }[]>`select current_schema() as schema`;
    await migrate(drizzle(client), { ...migrations, migrationsSchema: row?.schema ?? 'public' });
  } catch (error) {
    throw toStorageError(error);
  } finally {
    await client.end({ timeout: 5 });
  }
}
