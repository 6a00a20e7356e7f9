import { createPostgresDatabase } from '../postgres/postgres-database.ts';
import { migratePostgres } from '../postgres/migrate.ts';
import { toStorageError } from '../postgres/storage-error.ts';
import { CliError, type ExitReason } from './exit-code.ts';
import type { Io } from './io.ts';
import { maskText, maskUrl } from './mask.ts';
import { type MigrationState, readMigrations } from './migrations.ts';
import type { Settings } from './settings.ts';

/** What `sagachart migrate` is asked for. */
export interface MigrateOptions {
  readonly settings: Settings;
  /** Only look: fails where migrations are pending. */
  readonly isCheck: boolean;
  readonly isJson: boolean;
}

/** `sagachart migrate`: brings the tables up to date, or says whether they are. */
export async function migrate(io: Io, { settings, isCheck, isJson }: MigrateOptions): Promise<ExitReason> {
  const { url } = settings.database;
  if (url === undefined)
    throw new CliError('usage', 'DATABASE_URL is not set: there is no database to migrate');
  try {
    const before = await look(url, settings);
    if (!isCheck && before.pending.length > 0) await migratePostgres(url);
    const done = isCheck ? [] : before.pending;
    const pending = isCheck ? before.pending : [];
    if (isJson) io.out(JSON.stringify({ done, pending, isAhead: before.isAhead }));
    else io.out(`${maskUrl(url)}: ${describe(before, isCheck)}`);
    return pending.length > 0 ? 'failed' : 'ok';
  } catch (error) {
    const { message } = toStorageError(error);
    throw new CliError('unreachable', `${maskUrl(url)}: ${maskText(message)}`, { cause: error });
  }
}

async function look(url: string, { database: { statementTimeout } }: Settings): Promise<MigrationState> {
  const database = createPostgresDatabase({ url, connections: 1, statementTimeout });
  try {
    return await readMigrations(database);
  } finally {
    await database.close();
  }
}

function describe({ known, pending, isAhead }: MigrationState, isCheck: boolean): string {
  if (pending.length > 0) return `${isCheck ? 'pending' : 'done'}: ${pending.join(', ')}`;
  if (isAhead) return 'the tables are those of a newer version of sagachart';
  return `up to date (${known.at(-1) ?? 'no migrations'})`;
}
