// DBOS Transact: the order's four commands as steps of a workflow, on PostgreSQL.
import { DBOS } from '@dbos-inc/dbos-sdk';
import { createNatsTransport } from '../../src/nats/index.ts';
import { orderSteps, serveMeasurements } from './measured.ts';

const [, , databaseUrl, natsUrl] = process.argv;
const steps = orderSteps(await createNatsTransport({ url: natsUrl }));
const order = DBOS.registerWorkflow(
  async (input) => {
    for (const { step, ask } of steps)
      await DBOS.runStep(() => ask(DBOS.workflowID, input), { name: step, retriesAllowed: true });
  },
  { name: 'order' },
);
DBOS.setConfig({ name: 'peers', systemDatabaseUrl: databaseUrl, runAdminServer: false, logLevel: 'error' });
await DBOS.launch();
serveMeasurements(
  async () => {
    const handle = await DBOS.startWorkflow(order)({ customerId: 'c-1', fails: false });
    await handle.getResult();
  },
  () => DBOS.shutdown(),
);
