// The order saga on sagachart, and as a workflow on DBOS and on Restate: the same four commands over the same nats-server to
// the same participants, each engine durable, in a process of its own, one after the other in interleaved rounds.
//     npm install --prefix bench/peers && npx tsx --conditions=source bench/peers/run.ts
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { startNatsServer } from '../../test/servers/nats.ts';
import { createDatabase, startPostgres } from '../../test/servers/postgres.ts';
import { type Measured, median } from '../measure.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '3' },
    'in-flight': { type: 'string', default: '1,32,256' },
    engines: { type: 'string', default: 'sagachart,dbos,restate' },
  },
});
/** Those of other engines are plain JavaScript: what they import is not installed with sagachart. */
const programs: Readonly<Record<string, string>> = {
  sagachart: 'sagachart.ts',
  dbos: 'dbos.mjs',
  restate: 'restate.mjs',
};
const levels = values['in-flight'].split(',').map(Number);
const engines = values.engines.split(',');

const server = await startPostgres({ isDurable: true });
if (server === undefined) throw new Error('the benchmark needs PostgreSQL: apt-get install postgresql');
const nats = await startNatsServer();
const participants = fork(new URL('../participants.ts', import.meta.url), [nats.url]);
await once(participants, 'message');

const found = new Map<string, Measured[]>();
for (let round = 0; round < Number(values.rounds); round += 1)
  for (const engine of engines) await measureEngine(engine);
report();
participants.disconnect();
await nats.stop();
await server.close();

/** On a new database each time: what others wrote is not in the way. */
async function measureEngine(engine: string): Promise<void> {
  const database = await createDatabase(server?.url ?? '');
  const program = programs[engine];
  if (program === undefined)
    throw new Error(`no engine '${engine}'; there are ${Object.keys(programs).join(', ')}`);
  const child = fork(new URL(program, import.meta.url), [database.url, nats.url]);
  const gone = once(child, 'exit').then(() => {
    throw new Error(`${engine} ended`);
  });
  await Promise.race([once(child, 'message'), gone]);
  for (const inFlight of levels) {
    child.send({ inFlight, duration: Number(values.seconds) * 1000 });
    const [measured] = (await Promise.race([once(child, 'message'), gone])) as [Measured];
    const key = `${engine} ${inFlight}`;
    found.set(key, [...(found.get(key) ?? []), measured]);
  }
  child.disconnect();
  await gone.catch(() => undefined);
  await database.drop();
}

function report(): void {
  const rateOf = (engine: string, inFlight: number) =>
    median((found.get(`${engine} ${inFlight}`) ?? []).map(({ rate }) => rate));
  const p50Of = (engine: string) => median((found.get(`${engine} 1`) ?? []).map(({ p50 }) => p50));
  const cell = (text: string) => text.padStart(14);
  console.log(
    `4 steps over NATS, Node ${process.version}; ${values.rounds} rounds of ${values.seconds} s, medians`,
  );
  console.log(
    cell('sagas/s at') + levels.map((level) => cell(String(level))).join('') + cell('p50 ms alone'),
  );
  for (const engine of engines)
    console.log(
      cell(engine) +
        levels.map((level) => cell(rateOf(engine, level).toFixed(0))).join('') +
        cell(p50Of(engine).toFixed(1)),
    );
  const [first = '', ...others] = engines;
  for (const other of others) {
    const times = levels.map(
      (level) => `${(rateOf(first, level) / rateOf(other, level)).toFixed(1)} × at ${level}`,
    );
    console.log(`${first} against ${other}: ${times.join(', ')}`);
  }
}
