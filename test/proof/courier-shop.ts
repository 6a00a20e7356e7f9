import { defineSaga } from '../../src/core/definition.ts';
import { shop } from './sagas.ts';

/** The shop, which has somebody else carry its goods. */
export const courier = defineSaga('shop', { version: 2, defaults: shop.options.defaults ?? {} })
  .step('reserve', { action: 'inventory.reserve', compensation: 'inventory.release' })
  .step('charge', { action: 'payment.charge', compensation: 'payment.refund' })
  .step('ship', { kind: 'retriable', action: 'courier.send' });
