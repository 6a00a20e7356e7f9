// One run on a private, durable PostgreSQL and a private nats-server: what sagas cost, beside what rows and requests cost.
// Absolute figures mean nothing on another machine; the ratios within one run do.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { createOrchestrator } from 'sagachart';
import { createNatsTransport } from 'sagachart/nats';
import { createPostgresStore } from 'sagachart/postgres';
import { createTracing, EngineMetrics } from 'sagachart/telemetry';
import { startNatsServer } from '../test/servers/nats.ts';
import { createDatabase, startPostgres } from '../test/servers/postgres.ts';
import { type CpuTimes, cpuTimes } from './cpu.ts';
import { requestsPerSecond, rowsPerSecond } from './limits.ts';
import { measure, median } from './measure.ts';
import { order } from './order-saga.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '3' },
    // What measuring costs: metrics, traces without an SDK, and the census.
    telemetry: { type: 'boolean', default: false },
  },
});
const duration = Number(values.seconds) * 1000;
const levels = [1, 32, 256];

const server = await startPostgres({ isDurable: true });
if (server === undefined) throw new Error('the benchmark needs PostgreSQL: apt-get install postgresql');
const nats = await startNatsServer();
const database = await createDatabase(server.url);
const participants = fork(new URL('participants.ts', import.meta.url), [nats.url]);
await once(participants, 'message');
const store = await createPostgresStore({ url: database.url });
const transport = await createNatsTransport({ url: nats.url });
const settled = new Map<string, () => void>();
let sample: Parameters<typeof rowsPerSecond>[1] | undefined;
const orchestrator = await createOrchestrator({
  store,
  transport,
  sagas: [order],
  ...(values.telemetry ? { observers: [new EngineMetrics(), createTracing()], census: {} } : {}),
  onMoved: (record) => {
    const { status, snapshot, step, participant, cause, error, isOverridden } = record;
    const { owner, dueAt, hooks, closedAt } = record;
    if (status === 'running' && record.version === 3) {
      const entry = {
        type: 'processPayment.succeeded',
        data: '{"result":{"id":"r-1","at":1700000000000}}',
        status,
        state: 'running.createShipment.executing',
        at: record.updatedAt,
      };
      sample ??= {
        origin: record,
        state: {
          status,
          snapshot,
          step,
          participant,
          cause,
          error,
          isOverridden,
          owner,
          dueAt,
          hooks,
          closedAt,
        },
        entry,
      };
    }
    if (status === 'completed' || status === 'compensated' || status === 'failed') settled.get(record.id)?.();
  },
});

let count = 0;
async function runSaga(fails: boolean): Promise<void> {
  const id = `bench-${(count += 1)}`;
  const end = new Promise<void>((resolve) => settled.set(id, resolve));
  await orchestrator.start('order', { customerId: 'c-1', fails }, { id });
  await end;
  settled.delete(id);
}

async function runLevel(inFlight: number, fails: boolean) {
  const before = cpuTimes();
  const from = count;
  const measured = await measure(inFlight, duration, () => runSaga(fails));
  const after = cpuTimes();
  const per1000 = (who: keyof CpuTimes) => ((after[who] - before[who]) / (count - from)) * 1000;
  return {
    ...measured,
    orchestrator: per1000('orchestrator'),
    postgres: per1000('postgres'),
    nats: per1000('nats'),
    participants: per1000('participants'),
  };
}

const format = (value: number, digits = 0) =>
  value.toLocaleString('en', { maximumFractionDigits: digits, minimumFractionDigits: digits });
const cell = (text: string) => text.padStart(11);
console.log(
  `4-step saga, PostgreSQL (fsync=on, synchronous_commit=on), nats-server, Node ${process.version}; ${values.rounds} rounds of ${values.seconds} s, medians`,
);
console.log('the last four columns: CPU ms for 1,000 sagas');
console.log(
  ['in flight', 'sagas/s', 'steps/s', 'p50 ms', 'p99 ms', 'engine', 'postgres', 'nats', 'particip.']
    .map(cell)
    .join(''),
);
const columns = ['orchestrator', 'postgres', 'nats', 'participants'] as const;
const rates = new Map<string, number>();
for (const [fails, inFlight] of [...levels.map((level) => [false, level] as const), [true, 256] as const]) {
  const rounds: Awaited<ReturnType<typeof runLevel>>[] = [];
  for (let round = 0; round < Number(values.rounds); round += 1) rounds.push(await runLevel(inFlight, fails));
  const mid = (key: keyof Awaited<ReturnType<typeof runLevel>>) => median(rounds.map((one) => one[key]));
  rates.set(`${fails ? 'failing ' : ''}${inFlight}`, mid('rate'));
  const label = fails ? `${inFlight} failing` : String(inFlight);
  console.log(
    [
      label,
      format(mid('rate')),
      format(mid('rate') * 4),
      format(mid('p50'), 1),
      format(mid('p99'), 1),
      ...columns.map((column) => format(mid(column))),
    ]
      .map(cell)
      .join(''),
  );
}

const rows = sample === undefined ? 0 : await rowsPerSecond(store, sample, duration);
const request = {
  participant: 'payment',
  operation: 'charge',
  tenant: 'default',
  sagaId: 'limit',
  sagaName: 'order',
  step: 'processPayment',
  attempt: 1,
  op: 'do' as const,
  idempotencyKey: 'default:limit:processPayment:1:1:do',
  body: { input: { customerId: 'c-1', fails: false } },
};
const requests = await requestsPerSecond(transport, request, { inFlight: 256, duration });
const best = rates.get('256') ?? 0;
console.log(
  `limits in this run: ${format(rows)} rows/s written in batches of 256; ${format(requests)} requests/s, 256 in flight`,
);
console.log(
  `ratios at 256 in flight: ${format((best * 5) / rows, 2)} of the rows (5 a saga), ${format((best * 4) / requests, 2)} of the requests (4 a saga); failing ${format((rates.get('failing 256') ?? 0) / best, 2)} of succeeding`,
);

await orchestrator.close();
await transport.close();
await store.close();
participants.disconnect();
await database.drop();
await nats.stop();
await server.close();
