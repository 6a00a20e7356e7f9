// What happens to the sagas of a node that is killed with kill -9: how long until another one goes on with each of them.
// Nothing else fails. Participants answer nobody until the node is dead: every saga is in flight when that happens.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { createOrchestrator } from 'sagachart';
import { createNatsTransport } from 'sagachart/nats';
import { createPostgresStore } from 'sagachart/postgres';
import postgres from 'postgres';
import { startNatsServer } from '../test/servers/nats.ts';
import { createDatabase, startPostgres } from '../test/servers/postgres.ts';
import { order } from './order-saga.ts';

const { values } = parseArgs({
  options: { sagas: { type: 'string', default: '1000' }, lease: { type: 'string', default: '3000' } },
});
const count = Number(values.sagas);

const server = await startPostgres({ isDurable: true });
if (server === undefined) throw new Error('the benchmark needs PostgreSQL: apt-get install postgresql');
const nats = await startNatsServer();
const database = await createDatabase(server.url);
const sql = postgres(database.url, { max: 1, onnotice: () => undefined });
const participants = fork(new URL('participants.ts', import.meta.url), [nats.url, 'patient']);
await once(participants, 'message');
const store = await createPostgresStore({ url: database.url });
const victim = fork(new URL('takeover-node.ts', import.meta.url), [
  database.url,
  nats.url,
  values.lease,
  values.sagas,
]);
await Promise.race([once(victim, 'message'), died(victim)]);

const transport = await createNatsTransport({ url: nats.url });
const survivor = await createOrchestrator({
  store,
  transport,
  sagas: [order],
  limits: { leaseTtl: Number(values.lease) },
});
const [{ owned } = { owned: '0' }] = await sql<
  { owned: string }[]
>`select count(*) as owned from sagas where owner is not null`;
if (Number(owned) !== count) throw new Error(`${count} sagas were started, ${owned} are driven`);
await kill(victim);
participants.send('answer');
const killedAt = Date.now();
await allMoved();
await report();
await survivor.close();
await transport.close();
await store.close();
await sql.end();
participants.disconnect();
await database.drop();
await nats.stop();
await server.close();

async function died(node: ChildProcess): Promise<never> {
  await once(node, 'exit');
  throw new Error('the node died before it had started all its sagas');
}

async function kill(node: ChildProcess): Promise<void> {
  node.kill('SIGKILL');
  await once(node, 'exit');
}

/** The victim wrote one line of each journal: its start. Each further one is the survivor's. */
async function allMoved(): Promise<void> {
  for (;;) {
    const [row] = await sql`select count(*) as count from sagas where version = 1`;
    if (Number(row?.['count']) === 0) return;
    if (Date.now() - killedAt > 120_000)
      throw new Error(`${row?.['count']} sagas did not move within two minutes`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function report(): Promise<void> {
  const [row] = await sql`
    with lapsed as (select min(lease_until) as at from nodes),
    progress as (
      select extract(epoch from (e.at - lapsed.at)) as seconds from saga_events e, lapsed where e.seq = 2
    )
    select count(*) as sagas, min(seconds) as first,
      percentile_cont(0.5) within group (order by seconds) as half, max(seconds) as last from progress`;
  const seconds = (key: string) => Number(row?.[key]).toFixed(2);
  console.log(
    `${row?.['sagas']} sagas in flight, their node killed with kill -9, a lease of ${Number(values.lease) / 1000} s: ` +
      `the first went on ${seconds('first')} s after the lease had lapsed, half of them within ${seconds('half')} s, all within ${seconds('last')} s`,
  );
}
