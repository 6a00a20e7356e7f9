import { defineSaga } from '../../src/core/definition.ts';
import { shop } from './sagas.ts';

/** The shop without anything to ship. */
export const moved = defineSaga('shop', { version: 3, defaults: shop.options.defaults ?? {} })
  .step('reserve', { action: 'inventory.reserve', compensation: 'inventory.release' })
  .step('charge', { action: 'payment.charge', compensation: 'payment.refund' });
