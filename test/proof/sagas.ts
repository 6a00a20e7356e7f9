import { defineSaga } from '../../src/core/definition.ts';

const defaults = {
  timeout: '2s',
  retry: { initialInterval: 100, maximumInterval: '1s', maximumAttempts: 3 },
} as const;

/** Reserve and charge can be undone; shipping is only repeated. */
export const shop = defineSaga('shop', { defaults })
  .step('reserve', { action: 'inventory.reserve', compensation: 'inventory.release' })
  .step('charge', { action: 'payment.charge', compensation: 'payment.refund' })
  .step('ship', { kind: 'retriable', action: 'shipping.create' });
