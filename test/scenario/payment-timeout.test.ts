import { expect, test } from 'vitest';
import { describeOrder } from './order-world.ts';

describeOrder('an order whose payment never answers', (world) => {
  test('ends compensated: the payment in doubt is refunded, then the inventory released', async () => {
    await world().fault('payment', 'charge', 'timeout');
    const id = await world().order();
    expect(await world().settled(id)).toBe('compensated');
    expect((await world().ledger(id)).filter((line) => line.endsWith(' applied'))).toEqual([
      'inventory.reserve applied',
      'payment.charge applied',
      'payment.refund applied',
      'inventory.release applied',
    ]);
  });

  test('ends compensated when no payment ever happened: there is nothing to refund, and a late payment would not be taken', async () => {
    await world().fault('payment', 'charge', 'drop');
    const id = await world().order();
    expect(await world().settled(id)).toBe('compensated');
    await expect
      .poll(() =>
        world()
          .ledger(id)
          .then((lines) => lines.toSorted()),
      )
      .toEqual(['inventory.release applied', 'inventory.reserve applied', 'payment.refund nullUndo']);
  });
});
