import type { Database } from '../postgres/database.ts';
import { createPostgresDatabase } from '../postgres/postgres-database.ts';
import { toStorageError } from '../postgres/storage-error.ts';
import type { Diagnosis } from './diagnosis.ts';
import { maskText, maskUrl } from './mask.ts';
import { readMigrations } from './migrations.ts';
import type { Settings } from './settings.ts';

interface ServerRow {
  readonly version: string;
  readonly number: string;
  readonly fsync: string;
  readonly synchronous_commit: string;
  readonly full_page_writes: string;
  readonly is_standby: string;
  readonly now: string;
}

/** Everything that is looked at, in one statement. */
const look = `select current_setting('server_version') as version, current_setting('server_version_num') as number,
  current_setting('fsync') as fsync, current_setting('synchronous_commit') as synchronous_commit,
  current_setting('full_page_writes') as full_page_writes, pg_is_in_recovery()::text as is_standby,
  (extract(epoch from clock_timestamp()) * 1000)::text as now`;

/** How long the database may take to answer; ms. */
const patience = 5_000;
/** How far clocks may be apart before anybody should care; ms. */
const tolerance = 1_000;

/** Looks at the database: can it be reached, does it keep what it acknowledges, are the tables up to date. */
export async function diagnosePostgres({ database: { url } }: Settings): Promise<readonly Diagnosis[]> {
  if (url === undefined)
    return [
      {
        name: 'postgresql',
        status: 'failed',
        detail: 'DATABASE_URL is not set',
        advice: 'Give the URL of a PostgreSQL 15 or later.',
      },
    ];
  const database = createPostgresDatabase({ url, connections: 1, statementTimeout: patience });
  try {
    return [...(await diagnoseServer(database, url)), await diagnoseMigrations(database)];
  } catch (error) {
    const detail = `${maskUrl(url)}: ${maskText(toStorageError(error).message)}`;
    return [
      { name: 'postgresql', status: 'failed', detail, advice: 'Does it run, and is DATABASE_URL right?' },
    ];
  } finally {
    await database.close();
  }
}

async function diagnoseServer(database: Database, url: string): Promise<readonly Diagnosis[]> {
  // The first statement connects: the time it takes tells nothing about clocks.
  await database.query('select 1', []);
  const asked = Date.now();
  const [row] = await database.query<ServerRow>(look, []);
  const answered = Date.now();
  if (row === undefined) throw new Error('the database gave no answer');
  return [
    toVersion(row, url),
    toDurability(row),
    toRole(row),
    toClock(Number(row.now) - (asked + answered) / 2, answered - asked),
  ];
}

function toVersion({ version, number }: ServerRow, url: string): Diagnosis {
  const detail = `${maskUrl(url)}: PostgreSQL ${version}`;
  if (Number(number) >= 150_000) return { name: 'postgresql', status: 'ok', detail };
  return { name: 'postgresql', status: 'failed', detail, advice: 'PostgreSQL 15 or later is needed.' };
}

function toDurability(row: ServerRow): Diagnosis {
  const settings = ['fsync', 'synchronous_commit', 'full_page_writes'] as const;
  const off = settings.filter((setting) => row[setting] === 'off');
  if (off.length === 0)
    return {
      name: 'durability',
      status: 'ok',
      detail: settings.map((setting) => `${setting}=${row[setting]}`).join(' '),
    };
  const detail = `${off.join(', ')} off: what the database acknowledged can be lost in a crash`;
  return {
    name: 'durability',
    status: 'failed',
    detail,
    advice: 'Switch it on: commands are sent for what was acknowledged.',
  };
}

function toRole({ is_standby: isStandby }: ServerRow): Diagnosis {
  if (isStandby !== 'true') return { name: 'role', status: 'ok', detail: 'takes writes' };
  return {
    name: 'role',
    status: 'failed',
    detail: 'a standby: it takes no writes',
    advice: 'Let DATABASE_URL name the primary.',
  };
}

/** The engine goes by the database's clock; people, logs and participants' deadlines go by this one. */
function toClock(offset: number, roundTrip: number): Diagnosis {
  const detail = `the database's clock is ${Math.abs(Math.round(offset))} ms ${offset < 0 ? 'behind' : 'ahead of'} this machine's (± ${Math.ceil(roundTrip / 2)} ms)`;
  if (Math.abs(offset) <= tolerance + roundTrip / 2) return { name: 'clock', status: 'ok', detail };
  return { name: 'clock', status: 'warn', detail, advice: 'Let both follow a time server.' };
}

async function diagnoseMigrations(database: Database): Promise<Diagnosis> {
  const { known, pending, isAhead } = await readMigrations(database);
  if (pending.length > 0) {
    const detail = `${pending.length} of ${known.length} pending: ${pending.join(', ')}`;
    return {
      name: 'migrations',
      status: 'failed',
      detail,
      advice: "Run 'sagachart migrate'; 'serve' does so by itself.",
    };
  }
  if (isAhead)
    return {
      name: 'migrations',
      status: 'warn',
      detail: 'the tables are those of a newer version',
      advice: 'Update sagachart here.',
    };
  return { name: 'migrations', status: 'ok', detail: `up to date (${known.at(-1) ?? 'none'})` };
}
