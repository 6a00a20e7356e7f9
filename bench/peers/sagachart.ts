// sagachart: the order saga on PostgreSQL.
import { createOrchestrator } from '../../src/index.ts';
import { createNatsTransport } from '../../src/nats/index.ts';
import { createPostgresStore } from '../../src/postgres/index.ts';
import { order } from '../order-saga.ts';
import { serveMeasurements } from './measured.ts';

const [, , databaseUrl = '', natsUrl = ''] = process.argv;
const settled = new Map<string, () => void>();
const orchestrator = await createOrchestrator({
  store: await createPostgresStore({ url: databaseUrl }),
  transport: await createNatsTransport({ url: natsUrl }),
  sagas: [order],
  onMoved: ({ id, status }) => {
    if (status === 'completed') settled.get(id)?.();
  },
});

let count = 0;
async function run(): Promise<void> {
  const id = `peer-${(count += 1)}`;
  const end = new Promise<void>((resolve) => settled.set(id, resolve));
  await orchestrator.start('order', { customerId: 'c-1', fails: false }, { id });
  await end;
  settled.delete(id);
}

serveMeasurements(run, () => orchestrator.close());
