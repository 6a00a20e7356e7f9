import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from '../postgres/database.ts';
import { migrations } from '../postgres/migrate.ts';

/** How far a database is. */
export interface MigrationState {
  /** Of this version of the package, oldest first. */
  readonly known: readonly string[];
  /** Of these, the ones that were not run yet. */
  readonly pending: readonly string[];
  /** Run by a newer version of the package. */
  readonly isAhead: boolean;
}

interface Journal {
  readonly entries: readonly { readonly tag: string; readonly when: number }[];
}

/** Compares the migrations of this package with what the database says was run. */
export async function readMigrations(database: Pick<Database, 'query'>): Promise<MigrationState> {
  const path = join(migrations.migrationsFolder, 'meta', '_journal.json');
  const { entries } = JSON.parse(readFileSync(path, 'utf8')) as Journal;
  const last = await lastRun(database);
  return {
    known: entries.map(({ tag }) => tag),
    pending: entries.filter(({ when }) => when > last).map(({ tag }) => tag),
    isAhead: last > Math.max(...entries.map(({ when }) => when)),
  };
}

/** When the last migration that was run was made, as the migrator notes it; 0: none was. */
async function lastRun(database: Pick<Database, 'query'>): Promise<number> {
  const [found] = await database.query<{ readonly name: string | null }>(
    `select to_regclass('${migrations.migrationsTable}')::text as name`,
    [],
  );
  if (found === undefined || found.name === null) return 0;
  const [row] = await database.query<{ readonly last: string | number }>(
    `select coalesce(max(created_at), 0)::text as last from ${migrations.migrationsTable}`,
    [],
  );
  return Number(row?.last ?? 0);
}
