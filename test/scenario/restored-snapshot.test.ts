import { expect, test } from 'vitest';
import { createActor } from 'xstate';
import { order } from '../../examples/order/saga.ts';
import { describeOrder } from './order-world.ts';

describeOrder('a stored snapshot', (world) => {
  test('is restored by XState in the same state, and goes on with the next event', async () => {
    const id = await world().order();
    expect(await world().settled(id)).toBe('completed');
    const stored = await world().demo.orchestrator.snapshot(id, { seq: 2 });

    const actor = createActor(order.machine, { snapshot: stored }).start();
    expect(actor.getSnapshot().value).toEqual({ running: { processPayment: 'executing' } });
    expect(actor.getSnapshot().context).toEqual(stored.context);

    const [event] = await world().demo.orchestrator.history(id, { after: 2, limit: 1 });
    actor.send({ ...JSON.parse(event?.data ?? ''), type: event?.type } as never);
    expect(actor.getSnapshot().value).toEqual({ running: { createShipment: 'executing' } });
    actor.stop();
  });

  test('brings the same saga to its end when the whole journal is sent to it, at every position', async () => {
    const id = await world().order({ shippingAddress: { country: 'XX' } });
    expect(await world().settled(id)).toBe('compensated');
    const history = await world().demo.orchestrator.history(id);
    for (const { seq } of history) {
      const stored = await world().demo.orchestrator.snapshot(id, { seq });
      const actor = createActor(order.machine, { snapshot: stored }).start();
      for (const { type, data } of history.slice(seq)) actor.send({ ...JSON.parse(data), type } as never);
      expect(actor.getSnapshot()).toMatchObject({ value: 'compensated', status: 'done' });
      actor.stop();
    }
  });
});
