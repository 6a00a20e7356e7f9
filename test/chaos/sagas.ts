import { defineSaga } from 'sagachart';
import { order as plainOrder } from '../../examples/order/saga.ts';

/** The example's saga: three steps that can be undone, then one that is only retried. */
export const order = plainOrder;

const defaults = {
  timeout: 2_000,
  retry: { initialInterval: 100, maximumInterval: '2s', maximumAttempts: 3 },
} as const;
const persistent = { maximumAttempts: 5 } as const;

/** Its payment is the point of no return: in doubt it is sealed, and nothing before it is undone once it succeeded. */
export const purchase = defineSaga('purchase', { timeout: '5m', defaults })
  .step('reserveInventory', {
    action: 'inventory.reserve',
    compensation: { operation: 'inventory.release', retry: persistent },
  })
  .step('createShipment', {
    action: 'shipping.create',
    compensation: { operation: 'shipping.cancel', retry: persistent },
  })
  .step('processPayment', { kind: 'pivot', action: 'payment.charge', retry: { maximumAttempts: 2 } })
  .step('completeOrder', { kind: 'retriable', action: 'order.complete', retry: { maximumAttempts: 10 } });

/** Two steps at the same time, and a deadline that often passes. */
export const bundle = defineSaga('bundle', { timeout: '4s', defaults })
  .parallel('prepare', (group) =>
    group
      .step('reserveInventory', {
        action: 'inventory.reserve',
        compensation: { operation: 'inventory.release', retry: persistent },
      })
      .step('createShipment', {
        action: 'shipping.create',
        compensation: { operation: 'shipping.cancel', retry: persistent },
      }),
  )
  .step('processPayment', {
    action: 'payment.charge',
    compensation: { operation: 'payment.refund', retry: persistent },
  })
  .step('completeOrder', { kind: 'retriable', action: 'order.complete', retry: { maximumAttempts: 10 } });
