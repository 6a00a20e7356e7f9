import { expect, test } from 'vitest';
import { describeOrder } from './order-world.ts';

describeOrder('the order API', (world) => {
  test('takes an order and shows its saga', async () => {
    const started = await world().call('POST', '/api/v1/orders', {
      customer_id: 'grace',
      items: [{ product_id: 'book', quantity: 2, price: 10 }],
      payment_method: 'card',
      shipping_address: { country: 'FR', street: 'Rue 1' },
    });
    expect(started).toMatchObject({ status: 202, body: { status: 'pending', message: expect.any(String) } });
    const id = String(started.body['saga_id']);
    expect(started.body['order_id']).toBe(`order-${id}`);
    expect(await world().settled(id)).toBe('completed');

    const { body } = await world().call('GET', `/api/v1/sagas/${id}`);
    expect(body).toMatchObject({
      saga_id: id,
      saga_type: 'order',
      status: 'completed',
      context: {
        order_id: `order-${id}`,
        customer_id: 'grace',
        results: { process_payment: { amount: 20 } },
      },
      created_at: expect.stringMatching(isoDate),
      updated_at: expect.stringMatching(isoDate),
    });
    expect(body['steps']).toEqual(
      ['reserveInventory', 'processPayment', 'createShipment', 'completeOrder'].map((name) => ({
        name,
        status: 'completed',
        retry_attempt: 0,
        started_at: expect.stringMatching(isoDate),
        completed_at: expect.stringMatching(isoDate),
      })),
    );
  });

  test('tells a saga’s history', async () => {
    const id = await world().order({ paymentMethod: 'card-declined' });
    expect(await world().settled(id)).toBe('compensated');
    const { body } = await world().call('GET', `/api/v1/sagas/${id}/history`);
    expect(
      (body['events'] as readonly { readonly event_type: string }[]).map((event) => event.event_type),
    ).toEqual([
      'start',
      'reserveInventory.succeeded',
      'processPayment.refused',
      'undoReserveInventory.succeeded',
    ]);
  });

  test('counts attempts, and leaves steps without times that were never begun', async () => {
    await world().fault('payment', 'charge', 'error');
    const id = await world().order();
    expect(await world().settled(id)).toBe('compensated');
    const { body } = await world().call('GET', `/api/v1/sagas/${id}`);
    expect(body['steps']).toMatchObject([
      { name: 'reserveInventory', retry_attempt: 0 },
      { name: 'processPayment', retry_attempt: 2, completed_at: null },
      { name: 'createShipment', status: 'pending', started_at: null, completed_at: null },
      { name: 'completeOrder', status: 'pending', started_at: null },
    ]);
  });
});

const isoDate = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
