import postgres from 'postgres';

/** Runs one statement on a connection of its own; the server may be down just now. */
export async function ask<Row extends object = Record<string, unknown>>(
  url: string,
  statement: string,
  parameters: readonly (string | number)[] = [],
): Promise<readonly Row[]> {
  for (let tries = 1; ; tries += 1) {
    const sql = postgres(url, { max: 1, fetch_types: false, connect_timeout: 5, onnotice: () => undefined });
    try {
      return [...(await sql.unsafe<Row[]>(statement, [...parameters]))];
    } catch (error) {
      // A server that is starting, or gone: everything else is a mistake of the statement.
      const { code = '' } = error as { code?: string };
      if (tries === 30 || /^(?:22|23|42)/.test(code)) throw error;
    } finally {
      await sql.end({ timeout: 1 }).catch(() => undefined);
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/**
 * Lets the database itself note what the journal does not tell: who drove which saga under which epoch, and until when
 * each lease ran. It notes in the same transaction and by its own clock, so nobody can forget or falsify it.
 */
export async function addWitness(url: string): Promise<void> {
  await ask(
    url,
    `create table chaos_moves (
      n bigint generated always as identity primary key, at timestamptz not null default clock_timestamp(),
      id text not null, version_before integer, version integer not null, epoch_before integer, epoch integer not null,
      owner_before text, owner text, status text not null, deadline_at timestamptz)`,
  );
  await ask(
    url,
    `create function chaos_move() returns trigger language plpgsql as $$ begin
      insert into chaos_moves (id, version_before, version, epoch_before, epoch, owner_before, owner, status, deadline_at)
      values (new.id, case tg_op when 'UPDATE' then old.version end, new.version, case tg_op when 'UPDATE' then old.epoch end, new.epoch,
        case tg_op when 'UPDATE' then old.owner end, new.owner, new.status, new.deadline_at);
      return null; end $$`,
  );
  await ask(
    url,
    'create trigger chaos_move after insert or update on sagas for each row execute function chaos_move()',
  );
  await ask(
    url,
    'create table chaos_leases (n bigint generated always as identity primary key, at timestamptz not null default clock_timestamp(), id text not null, lease_until timestamptz not null)',
  );
  await ask(
    url,
    `create function chaos_lease() returns trigger language plpgsql as $$ begin
      insert into chaos_leases (id, lease_until) values (new.id, new.lease_until); return null; end $$`,
  );
  await ask(
    url,
    'create trigger chaos_lease after insert or update on nodes for each row execute function chaos_lease()',
  );
}

/** Copies a table of one database into a new table of another, with the same columns. */
export async function copyTable(
  from: { readonly url: string; readonly table: string; readonly columns: string },
  to: { readonly url: string; readonly table: string },
): Promise<void> {
  await ask(to.url, `create table ${to.table} (${from.columns})`);
  const source = postgres(from.url, { max: 1, fetch_types: false });
  const target = postgres(to.url, { max: 1, fetch_types: false });
  const names = from.columns
    .split(',')
    .map((column) => column.trim().split(' ')[0])
    .join(', ');
  try {
    const lines = source.unsafe<{ line: string }[]>(
      `select row_to_json(line)::text as line from (select ${names} from ${from.table}) line`,
    );
    for await (const rows of lines.cursor(5_000)) {
      const text = `[${rows.map(({ line }) => line).join(',')}]`;
      await target.unsafe(
        `insert into ${to.table} select * from json_populate_recordset(null::${to.table}, $1::text::json)`,
        [text],
      );
    }
  } finally {
    await source.end({ timeout: 5 });
    await target.end({ timeout: 5 });
  }
}

/** Writes plain records into a new table. */
export async function addRecords(
  url: string,
  table: { readonly name: string; readonly columns: string },
  records: readonly object[],
): Promise<void> {
  await ask(url, `create table ${table.name} (${table.columns})`);
  for (let start = 0; start < records.length; start += 5_000) {
    const part = JSON.stringify(records.slice(start, start + 5_000));
    await ask(
      url,
      `insert into ${table.name} select * from json_populate_recordset(null::${table.name}, $1::text::json)`,
      [part],
    );
  }
}
