// A node among many parked sagas, in a process of its own: looks for work for 15 s, and tells its memory in MB.
import { createOrchestrator } from 'sagachart';
import { InProcessTransport } from 'sagachart/memory';
import { createPostgresStore } from 'sagachart/postgres';
import { order } from './order-saga.ts';

const megabytes = () => Math.round(process.memoryUsage.rss() / 1024 / 1024);
const store = await createPostgresStore({ url: process.argv[2] ?? '' });
const orchestrator = await createOrchestrator({ store, transport: new InProcessTransport(), sagas: [order] });
const start = megabytes();
let most = start;
const sampling = setInterval(() => {
  most = Math.max(most, megabytes());
}, 100);
setTimeout(() => {
  clearInterval(sampling);
  process.send?.({ start, most });
}, 15_000);
process.on(
  'disconnect',
  () =>
    void orchestrator
      .close()
      .then(() => store.close())
      .then(() => process.exit(0)),
);
