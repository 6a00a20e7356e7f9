import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createPostgresStore } from '../../src/postgres/create-store.ts';
import { FAULTS } from '../../src/postgres/fault-list.ts';
import { PLANNER_SETTINGS } from '../../src/postgres/postgres-database.ts';
import type { SagaCursor, SagaRecord, SagaTally } from '../../src/core/store.ts';
import type { PostgresStore } from '../../src/postgres/store.ts';
import { createDatabase } from '../servers/postgres.ts';
import { explain, explainList } from './list-plan.ts';
import { fillSagas, filters, newest, tenant } from './many-sagas.ts';

const serverUrl = inject('postgresUrl');

/** How many rows a plan's nodes gave, or threw away: what the database had in its hands. */
function rowsTouched(plan: string): number {
  const counts = [...plan.matchAll(/actual rows=(\d+) loops=(\d+)/g)].map(
    ([, rows, loops]) => Number(rows) * Number(loops),
  );
  const removed = [...plan.matchAll(/Rows Removed by (?:Filter|Index Recheck): (\d+)/g)].map(([, rows]) =>
    Number(rows),
  );
  return Math.max(0, ...counts, ...removed);
}

describe.skipIf(serverUrl === undefined)('lists of 50,000 sagas', () => {
  let database: Awaited<ReturnType<typeof createDatabase>>;
  let store: PostgresStore;
  let client: postgres.Sql;
  let tallies: readonly SagaTally[];

  beforeAll(async () => {
    database = await createDatabase(serverUrl ?? '');
    store = await createPostgresStore({ url: database.url, connections: 1 });
    client = postgres(database.url, { max: 1, connection: PLANNER_SETTINGS, onnotice: () => undefined });
    await fillSagas(client, 50_000);
    tallies = await store.tallies(tenant);
  });

  afterAll(async () => {
    await client.end();
    await store.close();
    await database.drop();
  });

  it.each(filters)('by %s are answered from indexes, without reading the table', async (_name, filter) => {
    const { plan } = await explainList(client, { tenant, ...filter }, tallies);
    expect(plan).not.toMatch(/Seq Scan|Bitmap/);
    expect(rowsTouched(plan)).toBeLessThan(5_000);
  });

  it.each(filters)('by %s give what a look at every row gives', async (_name, filter) => {
    const records: SagaRecord[] = [];
    // A search goes on where it ended, until it has found as many.
    for (let after: SagaCursor | null | undefined; after !== null && records.length < 200;) {
      const limit = 200 - records.length;
      const page = await store.list({ tenant, ...filter }, { limit, ...(after && { after }) });
      records.push(...page.records);
      after = page.next;
    }
    const every = await client.unsafe<{ readonly id: string }[]>(
      `select id from sagas where tenant = '${tenant}' and ${toCondition(filter)} order by created_at desc, id desc limit 200`,
    );
    expect(records.map(({ id }) => id)).toEqual(every.map(({ id }) => id));
  });

  it('group faults by indexes', async () => {
    for (const since of [0, newest - 3_600_000]) {
      const { plan } = await explain(client, { sql: FAULTS, params: [tenant, '', since, 200] });
      expect(plan).not.toMatch(/Seq Scan on sagas|Bitmap/);
      expect(plan).toMatch(/sagas_fault/);
    }
  });
});

/** The filter as it would be said to PostgreSQL with no thought of speed. */
function toCondition(filter: (typeof filters)[number][1]): string {
  const texts = "lower(error_code || ' ' || error_message || ' ' || error_step)";
  const at = (ms: number) => `to_timestamp(${ms / 1000})`;
  const parts = {
    status: filter.status && `status in ('${filter.status.join("','")}')`,
    name: filter.name && `name = '${filter.name}'`,
    version: filter.version && `definition_version = ${filter.version}`,
    cause: filter.cause && `cause = '${filter.cause}'`,
    step: filter.step && `step = '${filter.step}'`,
    participant: filter.participant && `participant = '${filter.participant}'`,
    error: filter.error && `error_code = '${filter.error}'`,
    attributes: filter.attributes && `attributes @> '${JSON.stringify(filter.attributes)}'`,
    overridden: filter.overridden === undefined ? undefined : `overridden = ${filter.overridden}`,
    stuck:
      filter.stuckSince &&
      `status in ('running', 'compensating') and due_at <= ${at(filter.stuckSince)}
       and (owner is null or updated_at <= ${at(filter.stuckSince)})`,
    text: filter.text
      ?.split(' ')
      .map((word) => `${texts} like '%${word.toLowerCase()}%'`)
      .join(' and '),
    since: filter.since && `created_at >= ${at(filter.since)}`,
    until: filter.until && `created_at < ${at(filter.until)}`,
  };
  return ['true', ...Object.values(parts).filter((part) => part !== undefined)].join(' and ');
}
