import { defineSaga } from '../../src/core/definition.ts';

/** A shop whose attempts take no time worth waiting for. */
export const quick = defineSaga('quick', {
  defaults: { timeout: 40, retry: { initialInterval: 1, maximumInterval: 2, maximumAttempts: 2 } },
})
  .step('reserve', { action: 'inventory.reserve', compensation: 'inventory.release' })
  .step('charge', { action: 'payment.charge', compensation: 'payment.refund' })
  .step('ship', { kind: 'retriable', action: 'shipping.create' });
