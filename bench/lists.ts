// How long each list takes in PostgreSQL, by the server's own clock, with many sagas in the table: a million unless told
// otherwise. The figures depend on the machine; that none grows with the table does not.
import { parseArgs } from 'node:util';
import postgres from 'postgres';
import { createPostgresStore } from 'sagachart/postgres';
import { FAULTS } from '../src/postgres/fault-list.ts';
import { PLANNER_SETTINGS } from '../src/postgres/postgres-database.ts';
import { TALLIES } from '../src/postgres/tally-statement.ts';
import { explain, explainList, type Ran } from '../test/postgres/list-plan.ts';
import { fillSagas, filters, newest, tenant } from '../test/postgres/many-sagas.ts';
import { createDatabase, startPostgres } from '../test/servers/postgres.ts';

const { values } = parseArgs({
  options: { sagas: { type: 'string', default: '1000000' }, plans: { type: 'boolean', default: false } },
});
const server = await startPostgres();
if (server === undefined) throw new Error('the benchmark needs PostgreSQL: apt-get install postgresql');
const database = await createDatabase(server.url);
const store = await createPostgresStore({ url: database.url });
const client = postgres(database.url, { max: 1, connection: PLANNER_SETTINGS, onnotice: () => undefined });
await fillSagas(client, Number(values.sagas));
console.log(`${Number(values.sagas).toLocaleString('en')} sagas, pages of 50; the second run of each`);

async function show(name: string, run: () => Promise<Ran>): Promise<void> {
  await run();
  const { ms, plan, rows } = await run();
  const indexes = [...new Set([...plan.matchAll(/using (\w+)/g)].map(([, index]) => index))];
  const scans = [...new Set([...plan.matchAll(/Seq Scan on (\w+)/g)].map(([, table]) => `ALL OF ${table}`))];
  console.log(
    `${ms.toFixed(1).padStart(9)} ms ${String(rows).padStart(6)} rows  ${name.padEnd(28)} ${[...indexes, ...scans].join(', ')}`,
  );
  if (values.plans) console.log(plan);
}

const tallies = await store.tallies(tenant);
for (const [name, filter] of filters)
  await show(name, () => explainList(client, { tenant, ...filter }, tallies));
await show('tallies', () => explain(client, { sql: TALLIES, params: [tenant] }));
await show('errors', () => explain(client, { sql: FAULTS, params: [tenant, '', 0, 200] }));
await show('errors since', () =>
  explain(client, { sql: FAULTS, params: [tenant, '', newest - 86_400_000, 200] }),
);

await client.end();
await store.close();
await database.drop();
await server.close();
