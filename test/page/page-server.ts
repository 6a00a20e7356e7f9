import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { order, OrderInput } from '../../examples/order/saga.ts';
import { type AnySagaDefinition, defineSaga } from '../../src/core/definition.ts';
import type { SagaStore } from '../../src/core/store.ts';
import type { CommandRequest, Reply } from '../../src/core/transport.ts';
import { type AppOptions, createApp } from '../../src/http/app.ts';
import { MemoryStore } from '../../src/memory/store.ts';
import { InProcessTransport } from '../../src/memory/transport.ts';
import { createOrchestrator } from '../../src/runtime/orchestrator.ts';
import { systemClock } from '../../src/runtime/system.ts';

/** What a participant says to a command; `undefined`: as it would. */
export type Script = (request: CommandRequest) => Reply | undefined | Promise<Reply | undefined>;

/** A trip with every kind of step, a group, and a signal. */
export const trip = defineSaga('trip', {
  timeout: '2h',
  description: 'Books a trip, once its traveller agreed',
})
  .step('check', { kind: 'readonly', action: 'customers.check' })
  .parallel('book', (group) =>
    group
      .step('hotel', { action: 'hotel.book', compensation: 'hotel.cancel' })
      .step('flight', { action: 'flight.book', compensation: 'flight.cancel' }),
  )
  .waitFor('agreement', { timeout: '1h' })
  .step('pay', { kind: 'pivot', action: 'payment.charge' })
  .step('send', { kind: 'retriable', action: 'mail.send' });

const operations: Readonly<Record<string, readonly string[]>> = {
  inventory: ['reserve', 'release'],
  payment: ['charge', 'refund'],
  shipping: ['create', 'cancel'],
  order: ['complete'],
  customers: ['check'],
  hotel: ['book', 'cancel'],
  flight: ['book', 'cancel'],
  mail: ['send'],
};

/** An order that is accepted. */
export const goodOrder = OrderInput.parse({
  customerId: 'ada',
  items: [{ productId: 'book', quantity: 2, price: 12.5 }],
  paymentMethod: 'card',
  shippingAddress: { country: 'DE', city: 'Berlin' },
});

/** How a page's server is made. */
export interface PageServerOptions extends Partial<AppOptions> {
  readonly script?: Script;
  /** How long participants take; ms. */
  readonly pace?: number;
  readonly sagas?: readonly AnySagaDefinition[];
  /** One in memory when left out; not closed here. */
  readonly store?: SagaStore;
}

/** The API and the page over a real orchestrator in memory, served on loopback. */
export async function openPageServer({
  script = () => undefined,
  pace = 15,
  sagas = [],
  store = new MemoryStore({ clock: systemClock }),
  ...options
}: PageServerOptions = {}) {
  const transport = new InProcessTransport();
  const says = { script };
  let hangUp = () => {};
  // Whoever never answers does not keep the server from being closed.
  const closed = new Promise<undefined>((resolve) => (hangUp = () => resolve(undefined)));
  const handle = async (request: CommandRequest) => {
    await new Promise((resolve) => setTimeout(resolve, pace));
    const said = await Promise.race([says.script(request), closed]);
    return said ?? toReply(request);
  };
  for (const [participant, names] of Object.entries(operations))
    await transport.serve({ participant, version: '1.4.0', description: '', operations: names, handle });
  const orchestrator = await createOrchestrator({ store, transport, sagas: [order, trip, ...sagas] });
  const app = createApp({ orchestrator, ...options });
  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    orchestrator,
    says,
    close: async () => {
      hangUp();
      server.close();
      server.closeAllConnections();
      await Promise.allSettled([orchestrator.close(), transport.close()]);
    },
  };
}

/** As the participants of the order example do: three inputs are refused. */
function toReply({ operation, sagaId, body }: CommandRequest): Reply {
  const input = JSON.stringify(body.input ?? null);
  if (operation === 'reserve' && input.includes('out-of-stock'))
    return refused('out_of_stock', 'the goods are out of stock');
  if (operation === 'charge' && input.includes('card-declined'))
    return refused('card_declined', 'the card was declined');
  if (operation === 'create' && input.includes('"XX"'))
    return refused('undeliverable', 'nothing is delivered to country XX');
  const results: Readonly<Record<string, unknown>> = {
    reserve: { reservationId: `reservation-${sagaId}` },
    charge: { paymentId: `payment-${sagaId}`, amount: 25 },
    create: { shipmentId: `shipment-${sagaId}`, trackingNumber: `track-${sagaId}` },
    complete: { orderId: `order-${sagaId}` },
  };
  return { type: 'succeeded', result: results[operation] ?? { ok: true } };
}

function refused(code: string, message: string): Reply {
  return { type: 'refused', error: { code, message } };
}
