import type { Saga } from 'sagachart';
import type { Order } from './saga.ts';
import { order } from './saga.ts';
import type { Demo } from './start-demo.ts';

/** An order that goes well. */
export const goodOrder: Order = {
  customerId: 'ada',
  items: [{ productId: 'book', quantity: 2, price: 12.5 }],
  paymentMethod: 'card',
  shippingAddress: { country: 'DE', city: 'Berlin', street: 'Unter den Linden 1' },
};

/** One order for each way a saga can end. */
const samples: Readonly<Record<string, Order>> = {
  'sample-completes': goodOrder,
  'sample-out-of-stock': { ...goodOrder, items: [{ productId: 'out-of-stock', quantity: 1, price: 99 }] },
  'sample-card-declined': { ...goodOrder, paymentMethod: 'card-declined' },
  'sample-needs-a-person': { ...goodOrder, shippingAddress: { country: 'XX' } },
};

/** How long to wait for the samples, all together; ms. */
const patience = 15_000;

/** Runs the samples where there is no saga yet, and gives them as they ended; none where there is one. */
export async function runSamples({
  orchestrator,
  faults,
}: Pick<Demo, 'orchestrator' | 'faults'>): Promise<readonly Saga[]> {
  const counts = await orchestrator.counts();
  if (Object.values(counts).some((count) => count > 0)) return [];
  faults.add({
    participant: 'payment',
    operation: 'refund',
    mode: 'refuse',
    times: 1,
    sagaId: 'sample-needs-a-person',
  });
  const ids = Object.keys(samples);
  await Promise.all(ids.map((id) => orchestrator.start(order.name, samples[id], { id })));
  return Promise.all(ids.map((id) => orchestrator.settled(id, { timeout: patience })));
}
