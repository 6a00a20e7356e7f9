import { expect, test } from 'vitest';
import { describeOrder } from './order-world.ts';

describeOrder('an order whose compensation is refused', (world) => {
  test('ends failed, waits for a person, and ends compensated when it is retried without the fault', async () => {
    await world().fault('inventory', 'release', 'refuse');
    const id = await world().order({ paymentMethod: 'card-declined' });
    expect(await world().settled(id)).toBe('failed');
    const failed = (await world().call('GET', `/v1/sagas/${id}`)).body;
    expect(failed).toMatchObject({
      state: 'failed.undoReserveInventory',
      parked: { command: 'undoReserveInventory', why: 'refused' },
    });
    expect(failed['legal']).toContain('retry');

    expect((await world().call('DELETE', '/demo/faults')).status).toBe(200);
    expect(
      (await world().call('POST', `/v1/sagas/${id}/retry`, { reason: 'the warehouse is back' })).status,
    ).toBe(202);
    expect(await world().settled(id)).toBe('compensated');
    expect((await world().ledger(id)).filter((line) => line.startsWith('inventory.release'))).toEqual([
      'inventory.release refused',
      'inventory.release applied',
    ]);
  });

  test('can be resumed by the order API', async () => {
    await world().fault('inventory', 'release', 'refuse');
    const id = await world().order({ paymentMethod: 'card-declined' });
    expect(await world().settled(id)).toBe('failed');
    await world().call('DELETE', '/demo/faults');
    expect(await world().call('POST', `/api/v1/sagas/${id}/resume`)).toMatchObject({
      status: 202,
      body: { saga_id: id },
    });
    expect(await world().settled(id)).toBe('compensated');
    const again = await world().call('POST', `/api/v1/sagas/${id}/resume`);
    expect(again).toMatchObject({ status: 409, type: 'application/problem+json', body: { legal: [] } });
  });

  test('ends failed when the compensation never answers, and nothing is released twice afterwards', async () => {
    await world().fault('inventory', 'release', 'timeout');
    const id = await world().order({ paymentMethod: 'card-declined' });
    expect(await world().settled(id)).toBe('failed');
    await world().call('DELETE', '/demo/faults');
    await world().call('POST', `/v1/sagas/${id}/retry`, { reason: 'the network is back' });
    expect(await world().settled(id)).toBe('compensated');
    expect((await world().ledger(id)).filter((line) => line === 'inventory.release applied')).toHaveLength(1);
  });
});
