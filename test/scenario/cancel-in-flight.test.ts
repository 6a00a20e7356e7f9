import { expect, test } from 'vitest';
import { describeOrder, type OrderWorld } from './order-world.ts';

describeOrder('an order that is cancelled', (world) => {
  test('ends compensated when it is cancelled while the payment is under way', async () => {
    const id = await orderSlowly(world());
    expect((await world().call('POST', `/v1/sagas/${id}/cancel`, { reason: 'changed my mind' })).status).toBe(
      202,
    );
    expect(await world().settled(id)).toBe('compensated');
    expect((await world().ledger(id)).filter((line) => line.endsWith(' applied'))).toEqual([
      'inventory.reserve applied',
      'payment.charge applied',
      'payment.refund applied',
      'inventory.release applied',
    ]);
    expect((await world().call('GET', `/v1/sagas/${id}`)).body).toMatchObject({
      cause: 'cancelled',
      causedBy: { reason: 'changed my mind' },
    });
  });

  test('has one winner when many cancel it at once', async () => {
    const id = await orderSlowly(world());
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => world().call('POST', `/api/v1/sagas/${id}/cancel`)),
    );
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      202,
      ...Array.from({ length: 9 }, () => 409),
    ]);
    expect(await world().settled(id)).toBe('compensated');
  });

  test('cannot be cancelled any more once it is completed', async () => {
    const id = await world().order();
    expect(await world().settled(id)).toBe('completed');
    const late = await world().call('POST', `/v1/sagas/${id}/cancel`, { reason: 'too late' });
    expect(late).toMatchObject({ status: 409, type: expect.stringContaining('application/problem+json') });
    expect(await world().settled(id)).toBe('completed');
  });
});

/** An order whose payment takes its time, and is under way. */
async function orderSlowly(world: OrderWorld): Promise<string> {
  await world.fault('payment', 'charge', 'slow');
  const id = await world.order();
  await expect
    .poll(async () => (await world.call('GET', `/v1/sagas/${id}`)).body['state'], { interval: 10 })
    .toBe('running.processPayment.executing');
  return id;
}
