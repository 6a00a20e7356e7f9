import { expect, test } from 'vitest';
import { describeOrder } from './order-world.ts';

describeOrder('an order that a participant refuses', (world) => {
  test('ends compensated when the card is declined: inventory released exactly once, nothing refunded', async () => {
    const id = await world().order({ paymentMethod: 'card-declined' });
    expect(await world().settled(id)).toBe('compensated');
    expect(await world().ledger(id).then(sorted)).toEqual(
      sorted(['inventory.reserve applied', 'payment.charge refused', 'inventory.release applied']),
    );
  });

  test('ends compensated when the goods are out of stock: nothing is undone, for nothing happened', async () => {
    const id = await world().order({ items: [{ productId: 'out-of-stock', quantity: 1, price: 1 }] });
    expect(await world().settled(id)).toBe('compensated');
    await expect.poll(() => world().ledger(id)).toEqual(['inventory.reserve refused']);
  });

  test('ends compensated when nobody delivers to the country: refunded, then released', async () => {
    const id = await world().order({ shippingAddress: { country: 'XX' } });
    expect(await world().settled(id)).toBe('compensated');
    expect((await world().ledger(id)).filter((line) => line.endsWith(' applied'))).toEqual([
      'inventory.reserve applied',
      'payment.charge applied',
      'payment.refund applied',
      'inventory.release applied',
    ]);
  });

  test('says who refused and why', async () => {
    const id = await world().order({ paymentMethod: 'card-declined' });
    await world().settled(id);
    expect((await world().call('GET', `/v1/sagas/${id}`)).body).toMatchObject({
      cause: 'stepFailed',
      causedBy: {
        step: 'processPayment',
        error: { code: 'card_declined', message: 'the card was declined' },
      },
    });
  });
});

/** What had no effect is noted after its answer was sent, so it may come a little later. */
function sorted(lines: readonly string[]): readonly string[] {
  return lines.toSorted();
}
