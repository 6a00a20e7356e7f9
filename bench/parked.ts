// A million parked sagas on a private PostgreSQL: what they cost a node that looks for work. A parked saga is a row.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { createOrchestrator } from 'sagachart';
import { InProcessTransport } from 'sagachart/memory';
import { createPostgresStore } from 'sagachart/postgres';
import { drizzle } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import { claimSagas } from '../src/postgres/claim.ts';
import { PLANNER_SETTINGS } from '../src/postgres/postgres-database.ts';
import { createDatabase, startPostgres } from '../test/servers/postgres.ts';
import { median } from './measure.ts';
import { order } from './order-saga.ts';

const { values } = parseArgs({
  options: { sagas: { type: 'string', default: '1000000' }, rounds: { type: 'string', default: '20' } },
});
const parked = Number(values.sagas);

const server = await startPostgres({ isDurable: true });
if (server === undefined) throw new Error('the benchmark needs PostgreSQL: apt-get install postgresql');
const database = await createDatabase(server.url);
const sql = postgres(database.url, { max: 1, onnotice: () => undefined });
// The claim is explained as the store's own connections plan it.
const storeSql = postgres(database.url, {
  max: 1,
  onnotice: () => undefined,
  connection: { ...PLANNER_SETTINGS },
});
const store = await createPostgresStore({ url: database.url });

await parkOne();
console.log(`filling in ${parked.toLocaleString('en')} parked sagas and 10,000 that wait for a timer`);
await fill();
const model = await store.get({ tenant: 'default', id: 'model' });
if (model === undefined) throw new Error('the model saga is gone');
const options = { node: 'bench', limit: 100, definitions: [model.definition] };
await store.renewLease('bench', 600_000);

const times: number[] = [];
const serverTimes: number[] = [];
for (let round = 0; round < Number(values.rounds); round += 1) {
  serverTimes.push(await explainedClaim());
  await makeDue();
  const began = performance.now();
  const claimed = await store.claim(options);
  times.push(performance.now() - began);
  if (claimed.length !== 100) throw new Error(`100 are due, ${claimed.length} were claimed`);
}
const worst = (list: readonly number[]) => Math.max(...list).toFixed(1);
console.log(
  `claiming 100 due sagas: ${median(serverTimes).toFixed(1)} ms of the server's time (worst ${worst(serverTimes)}), ` +
    `${median(times).toFixed(1)} ms until the node has the rows (worst ${worst(times)})`,
);
await makeDue();
const node = fork(new URL('parked-node.ts', import.meta.url), [database.url]);
const [memory] = (await once(node, 'message')) as [{ readonly start: number; readonly most: number }];
const [claims] = await sql`select count(*) as count from sagas where claims > 0`;
console.log(
  `a node's memory: ${memory.start} MB when it has started, ${memory.most} MB at most in 15 s of looking for work (${claims?.['count']} sagas claimed)`,
);
node.disconnect();
await once(node, 'exit');
await store.close();
await sql.end();
await storeSql.end();
await database.drop();
await server.close();

/** One real saga that was refused behind its last way back: the row that all others are copies of. */
async function parkOne(): Promise<void> {
  const transport = new InProcessTransport();
  for (const participant of ['inventory', 'payment', 'shipping', 'order']) {
    await transport.serve({
      participant,
      version: '1.0.0',
      description: '',
      operations: ['reserve', 'charge', 'create', 'complete'],
      handle: async ({ operation }) =>
        operation === 'complete'
          ? { type: 'refused', error: { code: 'closed', message: 'closed' } }
          : { type: 'succeeded', result: { id: 'r-1', at: 1_700_000_000_000 } },
    });
  }
  const orchestrator = await createOrchestrator({ store, transport, sagas: [order] });
  await orchestrator.start('order', { customerId: 'c-1', fails: false }, { id: 'model' });
  const { status } = await orchestrator.settled('model', { timeout: 60_000 });
  if (status !== 'failed') throw new Error(`the model saga is ${status}`);
  await orchestrator.close();
}

async function fill(): Promise<void> {
  const columns = await sql<{ name: string }[]>`
    select column_name as name from information_schema.columns
    where table_name = 'sagas' and is_generated = 'NEVER' and column_name not in ('id', 'due_at', 'status', 'owner')`;
  const names = columns.map(({ name }) => `"${name}"`).join(', ');
  const copies = (prefix: string, count: number, status: string, due: string) =>
    sql.unsafe(
      `insert into sagas (id, due_at, status, owner, ${names})
       select '${prefix}-' || n, ${due}, ${status}, null, ${names} from sagas, generate_series(1, ${count}) n where id = 'model'`,
    );
  await copies('parked', parked, 'status', 'null');
  await copies('waiting', 10_000, `'running'`, `now() + interval '1 day'`);
  await sql`vacuum analyze sagas`;
}

/** Lets go of everything, and makes the timers of 100 ring. */
async function makeDue(): Promise<void> {
  await sql`update sagas set owner = null, due_at = now() + interval '1 day', claims = 0 where owner is not null`;
  await sql`update sagas set due_at = now() where id in (select 'waiting-' || (random() * 9998 + 1)::int from generate_series(1, 400)) and owner is null`;
  await sql`update sagas set due_at = now() + interval '1 day' where due_at <= now() and id not in (select id from sagas where due_at <= now() limit 100)`;
}

/** The claim's statement as the server times it: planning and running it, of which it takes 100 sagas. */
async function explainedClaim(): Promise<number> {
  await makeDue();
  const { sql: text, params } = claimSagas(drizzle(storeSql), options).toSQL();
  interface Explained {
    readonly 'QUERY PLAN': readonly { 'Execution Time': number; 'Planning Time': number }[];
  }
  const rows = await storeSql.unsafe<Explained[]>(
    `explain (analyze, format json) ${text}`,
    params as never[],
  );
  const [plan] = rows[0]?.['QUERY PLAN'] ?? [];
  if (plan === undefined) throw new Error('the server explained nothing');
  return plan['Execution Time'] + plan['Planning Time'];
}
