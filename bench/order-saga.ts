import { defineSaga } from 'sagachart';

/** The order saga as the comparisons measure it: four steps, each a command to one of four participants. */
export const order = defineSaga<{ readonly customerId: string; readonly fails: boolean }>('order', {
  timeout: '10m',
})
  .step('reserveInventory', { action: 'inventory.reserve', compensation: 'inventory.release' })
  .step('processPayment', { action: 'payment.charge', compensation: 'payment.refund' })
  .step('createShipment', { action: 'shipping.create', compensation: 'shipping.cancel' })
  .step('completeOrder', { kind: 'retriable', action: 'order.complete' });
