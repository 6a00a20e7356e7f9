// The participants of the benchmark, in a process of their own: each answers at once; patient ones as soon as they are
// told to. Ends with its parent.
import { createNatsTransport } from 'sagachart/nats';

const operations = {
  inventory: ['reserve', 'release'],
  payment: ['charge', 'refund'],
  shipping: ['create', 'cancel'],
  order: ['complete'],
};
const told =
  process.argv[3] === 'patient'
    ? new Promise<void>((resolve) => process.once('message', () => resolve()))
    : Promise.resolve();
const transport = await createNatsTransport({ url: process.argv[2] ?? '' });
for (const [participant, names] of Object.entries(operations)) {
  await transport.serve({
    participant,
    version: '1.0.0',
    description: `${participant} of the benchmark`,
    operations: names,
    handle: async ({ operation, body }) => {
      await told;
      const isRefused = operation === 'create' && (body.input as { readonly fails: boolean }).fails;
      if (isRefused) return { type: 'refused', error: { code: 'no_carrier', message: 'no carrier' } };
      return { type: 'succeeded', result: { id: 'r-1', at: 1_700_000_000_000 } };
    },
  });
}
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
