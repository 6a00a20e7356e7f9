// The node that is killed: starts its sagas, says so, and waits for its end.
import { createOrchestrator } from 'sagachart';
import { createNatsTransport } from 'sagachart/nats';
import { createPostgresStore } from 'sagachart/postgres';
import { order } from './order-saga.ts';

const [, , database = '', nats = '', lease = '', count = ''] = process.argv;
const orchestrator = await createOrchestrator({
  store: await createPostgresStore({ url: database }),
  transport: await createNatsTransport({ url: nats }),
  sagas: [order],
  limits: { leaseTtl: Number(lease), maxActors: Number(count) + 1, maxWaiting: Number(count) + 1 },
});
const numbers = Array.from({ length: Number(count) }, (_, index) => index);
const starting = async () => {
  for (let number = numbers.pop(); number !== undefined; number = numbers.pop())
    await orchestrator.start('order', { customerId: 'c-1', fails: false }, { id: `saga-${number}` });
};
await Promise.all(Array.from({ length: 256 }, starting));
process.send?.('ready');
