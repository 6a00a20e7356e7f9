import { describe, expect, test } from 'vitest';
import { order } from '../../examples/order/saga.ts';
import { goodOrder } from '../../examples/order/samples.ts';
import { defineSaga } from '../../src/core/definition.ts';
import type { SagaStore } from '../../src/core/store.ts';
import { createOrchestrator } from '../../src/runtime/orchestrator.ts';
import { crashMatrix } from '../../src/testing/crash-matrix.ts';
import type { CrashPorts } from '../../src/testing/crash-world.ts';
import { shop } from '../proof/sagas.ts';

const results = {
  reserveInventory: { reservationId: 'r' },
  processPayment: { paymentId: 'p', amount: 1 },
  createShipment: { shipmentId: 's', trackingNumber: 't' },
  completeOrder: { orderId: 'o' },
};

describe('the crash matrix', () => {
  test('of the order saga on the real engine finds nothing, wherever a node dies', async () => {
    const report = await crashMatrix(order, {
      createNode: createOrchestrator,
      input: goodOrder,
      results,
      paths: [
        {},
        { command: 'createShipment', fault: 'refused' },
        { command: 'processPayment', fault: 'dropReply', isForever: true },
        { command: 'processPayment', fault: 'hold' },
        { command: 'undoReserveInventory', fault: 'refused' },
      ],
    });
    expect(report.violations).toEqual([]);
    expect(report.ends).toEqual({ completed: 3, compensated: 2 });
    expect(report.runs).toBeGreaterThan(100);
    for (const point of ['before commit', 'after commit', 'before send', 'after send', 'reply'] as const)
      expect(report.deaths[point]).toBeGreaterThan(5);
  }, 120_000);

  test('finds each command a path for each way that it may fail', async () => {
    const small = defineSaga('small', { defaults: { retry: { maximumAttempts: 2 } } })
      .step('charge', { action: 'payment.charge', compensation: 'payment.refund' })
      .step('ship', { kind: 'retriable', action: 'shipping.create' });
    const report = await crashMatrix(small, { createNode: createOrchestrator });
    expect(report.violations).toEqual([]);
    // Two actions and one undo, seven ways each, and the one on which everything goes well.
    expect(report.paths).toBe(22);
  }, 120_000);

  test('sees an engine that says it has written what it has not', async () => {
    const hasty = (ports: CrashPorts) => createOrchestrator({ ...ports, store: forgetful(ports.store) });
    const found = await crashMatrix(shop, {
      createNode: hasty,
      paths: [{ command: 'charge', fault: 'refused' }],
    }).then(
      ({ violations }) => violations.map(({ what }) => what).join('; '),
      (error: unknown) => (error as Error).message,
    );
    expect(found).not.toBe('');
  }, 120_000);
});

/** A store that says that it has written what it has not, once. */
function forgetful(store: SagaStore): SagaStore {
  let writes = 0;
  return new Proxy(store, {
    get: (target, name) => {
      const found: unknown = Reflect.get(target, name);
      if (typeof found !== 'function') return found;
      if (name === 'commit')
        return async (txId: string, given: readonly never[]) => {
          writes += 1;
          return writes === 3 ? given.map(() => true) : target.commit(txId, given);
        };
      return (found as (...args: readonly unknown[]) => unknown).bind(target);
    },
  });
}
