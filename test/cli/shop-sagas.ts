import { z } from 'zod';
import { defineSaga } from '../../src/core/definition.ts';

const defaults = {
  timeout: '20s',
  retry: { initialInterval: 50, maximumInterval: 200, maximumAttempts: 20 },
} as const;

/** Reserves, charges and ships; the shop refuses a charge of a negative amount. */
export const order = defineSaga('order', {
  description: 'Fulfils an order',
  input: z.object({ amount: z.number() }),
  defaults,
})
  .step('reserve', { action: 'shop.reserve', compensation: 'shop.release' })
  .step('charge', { action: 'shop.charge', compensation: 'shop.refund' })
  .step('ship', { kind: 'retriable', action: 'shop.ship' });

/** Its only step is never undone. */
export const more = [
  defineSaga('ping', { defaults }).step('ping', { kind: 'readonly', action: 'shop.ping' }),
];

export const notASaga = { name: 'order' };
