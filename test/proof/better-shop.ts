import { defineSaga } from '../../src/core/definition.ts';
import { shop } from './sagas.ts';

/** The shop with one more step at its end. */
export const better = defineSaga('shop', { version: 2, defaults: shop.options.defaults ?? {} })
  .step('reserve', { action: 'inventory.reserve', compensation: 'inventory.release' })
  .step('charge', { action: 'payment.charge', compensation: 'payment.refund' })
  .step('ship', { kind: 'retriable', action: 'shipping.create' })
  .step('mail', { kind: 'retriable', action: 'mail.send' });
