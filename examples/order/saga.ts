import { defineSaga } from 'sagachart';
import { z } from 'zod';

/** How long one attempt of a step may take; ms. */
export const stepTimeout = 2_000;

const text = z.string().min(1).max(200);

/** What a customer orders; the address may have more lines than its country. */
export const OrderInput = z.object({
  customerId: text,
  items: z
    .array(z.object({ productId: text, quantity: z.int().positive(), price: z.number().nonnegative() }))
    .min(1)
    .max(100),
  paymentMethod: text,
  shippingAddress: z.looseObject({ country: text }),
});

/** An order, as the saga's steps see it. */
export type Order = z.infer<typeof OrderInput>;

/** The order's number: the same for all steps and all attempts, so it is made from the saga's id. */
export function orderIdOf(sagaId: string): string {
  return `order-${sagaId}`;
}

const totalOf = ({ items }: Order) =>
  items.reduce((total, { quantity, price }) => total + quantity * price, 0);

/** Reserve, charge, ship, complete; the first three can be taken back. */
export const order = defineSaga('order', {
  description: 'Fulfils an order: the goods are reserved, paid and shipped, or everything is taken back.',
  input: OrderInput,
  timeout: '10m',
  defaults: {
    timeout: stepTimeout,
    retry: { initialInterval: 100, maximumInterval: '2s', maximumAttempts: 3 },
  },
})
  .step('reserveInventory', {
    action: 'inventory.reserve',
    input: ({ sagaId, input }) => ({ orderId: orderIdOf(sagaId), items: input.items }),
    reply: z.object({ reservationId: text }),
    compensation: { operation: 'inventory.release', retry: { maximumAttempts: 5 } },
  })
  .step('processPayment', {
    action: 'payment.charge',
    input: ({ sagaId, input }) => ({
      orderId: orderIdOf(sagaId),
      customerId: input.customerId,
      paymentMethod: input.paymentMethod,
      amount: totalOf(input),
    }),
    reply: z.object({ paymentId: text, amount: z.number() }),
    compensation: { operation: 'payment.refund', retry: { maximumAttempts: 5 } },
  })
  .step('createShipment', {
    action: 'shipping.create',
    input: ({ sagaId, input }) => ({
      orderId: orderIdOf(sagaId),
      items: input.items,
      address: input.shippingAddress,
    }),
    reply: z.object({ shipmentId: text, trackingNumber: text }),
    compensation: { operation: 'shipping.cancel', retry: { maximumAttempts: 5 } },
  })
  .step('completeOrder', {
    kind: 'retriable',
    action: 'order.complete',
    input: ({ sagaId, results }) => ({
      orderId: orderIdOf(sagaId),
      paymentId: results.processPayment.paymentId,
      shipmentId: results.createShipment.shipmentId,
    }),
    reply: z.object({ orderId: text }),
    retry: { maximumAttempts: 10 },
  });
