import { describe, expect, test } from 'vitest';
import { order } from '../../examples/order/saga.ts';
import { goodOrder } from '../../examples/order/samples.ts';
import { defineSaga } from '../../src/core/definition.ts';
import { given } from '../../src/testing/given.ts';
import { shop } from '../proof/sagas.ts';

describe('given, when, then', () => {
  test('what is not said goes well', () => {
    given(shop).then({
      status: 'completed',
      asked: ['reserve', 'charge', 'ship'],
      done: ['reserve', 'charge', 'ship'],
      undone: [],
      duration: 0,
    });
  });

  test('only what deviates has to be said, in order', () => {
    given(shop)
      .when('charge.refused')
      .then({
        status: 'compensated',
        cause: 'stepFailed',
        asked: ['reserve', 'charge', 'undoReserve'],
        done: [],
        undone: ['reserve'],
      });
  });

  test('an answer that is lost leads to an undo of what may have been', () => {
    given(shop)
      .when('charge.answerLost', 'charge.answerLost', 'charge.answerLost')
      .then({
        status: 'compensated',
        undone: ['charge', 'reserve'],
      });
    given(shop)
      .when('charge.timeout', 'charge.timeout', 'charge.late', 'charge.arrives')
      .then({
        status: 'compensated',
        undone: ['charge', 'reserve'],
      });
  });

  test('time is virtual: attempts take their timeout, and backoffs their time', () => {
    const { duration } = given(shop).when('charge.timeout', 'charge.timeout').then({ status: 'completed' });
    expect(duration).toBeGreaterThanOrEqual(4_000 + 150);
    expect(duration).toBeLessThanOrEqual(4_000 + 300);
  });

  test('people act, and a saga waits for them', () => {
    given(shop).when('ship.refused').then({ status: 'failed', parked: 'ship' });
    given(shop).when('ship.refused', 'retry').then({ status: 'completed', parked: null });
    given(shop).when('charge.timeout', 'cancel').then({ status: 'compensated', cause: 'cancelled' });
    const asking = defineSaga('asking')
      .step('reserve', { action: 'inventory.reserve', compensation: 'inventory.release' })
      .waitFor('approval', { timeout: '1d' })
      .step('pay', { kind: 'pivot', action: 'bank.pay' });
    given(asking).when('signal approval').then({ status: 'completed' });
    given(asking).when('approval.timeout').then({ status: 'compensated', duration: 86_400_000 });
  });

  test('steps see results, and their input functions are called when there is an input', () => {
    const results = {
      processPayment: { paymentId: 'p-1', amount: 1 },
      createShipment: { shipmentId: 's-1', trackingNumber: 't' },
    };
    const { requests } = given(order, { input: goodOrder, results }).then({ status: 'completed' });
    expect(requests.at(-1)).toEqual({
      name: 'completeOrder',
      input: { orderId: 'order-saga', paymentId: 'p-1', shipmentId: 's-1' },
    });
    expect(() => given(order, { input: {} }).then()).toThrow(TypeError);
    const { results: found } = given(order)
      .when({ happening: 'reserveInventory.succeeded', result: { reservationId: 'r-1' } })
      .then();
    expect(found['reserveInventory']).toEqual({ reservationId: 'r-1' });
  });

  test('what was expected and did not come is an assertion that fails', () => {
    expect(() => given(shop).when('charge.refused').then({ status: 'completed' })).toThrow(/completed/);
    expect(() =>
      given(shop)
        .when('charge.refused')
        .then({ undone: ['charge'] }),
    ).toThrow(/charge/);
  });

  test('what cannot happen is refused, with what can', () => {
    expect(() => given(shop).when('charge.exploded')).toThrow(
      "'charge.exploded' cannot happen in completed, after reserve.succeeded, charge.succeeded, ship.succeeded",
    );
    expect(() => given(shop).when('ship.succeeded', 'cancel')).toThrow(/'cancel' cannot happen/);
  });

  test('a saga that leaves an effect behind fails without being asked about it', () => {
    const happened = ['charge.late', 'cancel', 'undoCharge.succeeded'] as const;
    given(shop)
      .when(...happened)
      .then({ status: 'compensated' });
    expect(() =>
      given(shop, { participants: { payment: 'idempotent' } })
        .when(...happened)
        .then({ status: 'compensated' }),
    ).toThrow(/the effect of charge is left behind:\n {2}1\. reserve\.succeeded\n/);
  });

  test('awaiting it by mistake is told', async () => {
    const mistaken: unknown = given(shop);
    await expect(Promise.resolve(mistaken)).rejects.toThrow('is no promise');
  });
});
