import { expect, test } from 'vitest';
import { describeOrder } from './order-world.ts';

describeOrder('an order that goes well', (world) => {
  test('completes, with each effect exactly once', async () => {
    const id = await world().order();
    expect(await world().settled(id)).toBe('completed');
    expect(await world().ledger(id)).toEqual([
      'inventory.reserve applied',
      'payment.charge applied',
      'shipping.create applied',
      'order.complete applied',
    ]);
  });

  test('completes, each effect once, when every command arrives twice', async () => {
    for (const [participant, operation] of [
      ['inventory', 'reserve'],
      ['payment', 'charge'],
      ['shipping', 'create'],
      ['order', 'complete'],
    ] as const) {
      await world().fault(participant, operation, 'duplicate');
    }
    const id = await world().order();
    expect(await world().settled(id)).toBe('completed');
    const ledger = await expect
      .poll(() => world().ledger(id))
      .toHaveLength(8)
      .then(() => world().ledger(id));
    expect(ledger.filter((line) => line.endsWith(' applied'))).toHaveLength(4);
    expect(ledger.filter((line) => line.endsWith(' replayed'))).toHaveLength(4);
  });

  test('completes after participants failed for a while', async () => {
    await world().fault('inventory', 'reserve', 'error', 1);
    await world().fault('order', 'complete', 'error', 4);
    const id = await world().order();
    expect(await world().settled(id)).toBe('completed');
    expect((await world().ledger(id)).filter((line) => !line.endsWith(' applied'))).toEqual([]);
  });

  test('completes when a command or a reply is lost once', async () => {
    await world().fault('payment', 'charge', 'timeout', 1);
    await world().fault('shipping', 'create', 'drop', 1);
    const id = await world().order();
    expect(await world().settled(id)).toBe('completed');
    expect(await world().ledger(id)).toEqual([
      'inventory.reserve applied',
      'payment.charge applied',
      'payment.charge replayed',
      'shipping.create applied',
      'order.complete applied',
    ]);
  });

  test('is started once by a request that is repeated with the same key', async () => {
    const { saga_id: before } = (
      await world().call('POST', '/api/v1/orders', order, { 'idempotency-key': 'once' })
    ).body;
    const { saga_id: after } = (
      await world().call('POST', '/api/v1/orders', order, { 'idempotency-key': 'once' })
    ).body;
    expect(after).toBe(before);
    const other = await world().call(
      'POST',
      '/api/v1/orders',
      { ...order, customer_id: 'somebody else' },
      { 'idempotency-key': 'once' },
    );
    expect(other).toMatchObject({ status: 409, type: 'application/problem+json' });
  });
});

const order = {
  customer_id: 'grace',
  items: [{ product_id: 'book', quantity: 1, price: 10 }],
  payment_method: 'card',
  shipping_address: { country: 'FR' },
};
