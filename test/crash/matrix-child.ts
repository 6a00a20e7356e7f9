import { order } from '../../examples/order/saga.ts';
import { goodOrder } from '../../examples/order/samples.ts';
import { isSettled } from '../../src/core/snapshot.ts';
import { createNatsTransport } from '../../src/nats/transport.ts';
import { createPostgresStore } from '../../src/postgres/create-store.ts';
import { createOrchestrator } from '../../src/runtime/orchestrator.ts';
import { systemClock } from '../../src/runtime/system.ts';
import { createMortal, type PointKind } from './points.ts';

/** What a child process is told, as JSON in its first argument. */
export interface ChildTask {
  readonly databaseUrl: string;
  readonly natsUrl: string;
  /** Sagas to start, or to start again, as a client would that got no answer. */
  readonly ids: readonly string[];
  /** Where the process kills itself; `null`: it lives until every saga is settled. */
  readonly crash: { readonly kind: PointKind; readonly indexOfKind: number } | null;
}

/** How long after a child's death the next may take its sagas over; ms. */
const leaseTtl = 1_000;

/** A node that starts and drives orders, and kills itself with SIGKILL at one durable point. */
async function main({ databaseUrl, natsUrl, ids, crash }: ChildTask): Promise<void> {
  const store = await createPostgresStore({ url: databaseUrl });
  const transport = await createNatsTransport({ url: natsUrl });
  const mortal = createMortal({
    diesAt: ({ kind, indexOfKind }) => kind === crash?.kind && indexOfKind === crash.indexOfKind,
    onDeath: () => process.kill(process.pid, 'SIGKILL'),
  });
  const orchestrator = await createOrchestrator({
    store: mortal.store(store),
    transport: mortal.transport(transport),
    clock: mortal.clock(systemClock),
    sagas: [order],
    limits: { leaseTtl, claimInterval: 50, maxBatch: 8 },
  });
  await Promise.all(ids.map((id) => orchestrator.start('order', goodOrder, { id })));
  for (let isDone = false; !isDone;) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    const counts = Object.entries(await store.counts());
    isDone = counts.every(([status, count]) => count === 0 || isSettled(status as never));
  }
  await orchestrator.close();
  await transport.close();
  await store.close();
}

await main(JSON.parse(process.argv[2] ?? '{}') as ChildTask);
