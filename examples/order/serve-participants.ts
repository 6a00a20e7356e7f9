import { createNatsTransport } from 'sagachart/nats';
import { openNats } from './broker.ts';
import { readConfig } from './config.ts';
import { Faults } from './faults.ts';
import { openStorage } from './storage.ts';

/** The four participants of an order as a process of their own, until a signal ends it. */
async function main(): Promise<void> {
  const config = readConfig(process.env);
  const storage = await openStorage(config);
  const nats = await openNats(config);
  const transport = await createNatsTransport({ url: nats.url, name: 'participants' });
  const serving = await storage.serve(transport, new Faults());
  console.log(
    `The participants of the order saga answer at ${nats.place}, and keep what they do in ${storage.place}.`,
  );
  const close = async () => {
    await serving.close();
    await transport.close();
    await nats.close();
    await storage.close();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      close().then(() => process.exit(0), fail);
    });
}

function fail(error: unknown): never {
  console.error(error);
  process.exit(1);
}

main().catch(fail);
