import { describe, expect, it } from 'vitest';
import { defineSaga } from '../../src/core/definition.ts';
import { DefinitionError, NotAllowedError, NotFoundError } from '../../src/core/errors.ts';
import type { EventPublisher } from '../../src/core/event-publisher.ts';
import { UnavailableError } from '../../src/core/errors.ts';
import { MemoryEventPublisher } from '../../src/memory/event-publisher.ts';
import { type Script, ScriptedParticipants } from '../../src/testing/scripted-participants.ts';
import { until } from '../testing/turns.ts';
import { createEngine, type Engine, type EngineOptions } from './engine.ts';

const order = defineSaga('order')
  .step('reserve', { action: 'inventory.reserve', compensation: 'inventory.release' })
  .step('charge', { action: 'payment.charge', compensation: 'payment.refund' });

const refused = { type: 'refused', error: { code: 'no', message: 'no' } } as const;
const day = 86_400_000;

function createOrders(options: Partial<EngineOptions>, script: Script = {}): Promise<Engine> {
  return createEngine({ sagas: [order], participants: new ScriptedParticipants({ script }), ...options });
}

async function isThere({ orchestrator }: Engine, id: string): Promise<boolean> {
  return orchestrator.get(id).then(
    () => true,
    (error: unknown) => {
      if (error instanceof NotFoundError) return false;
      throw error;
    },
  );
}

/** A broker that takes nothing. */
const away: EventPublisher = {
  publish: () => Promise.reject(new UnavailableError('away')),
  close: () => Promise.resolve(),
};

describe('the retention of sagas', () => {
  it('deletes what was completed long enough ago, and nothing before', async () => {
    const engine = await createOrders({ retention: { after: '7d', interval: '1h' } });
    await engine.orchestrator.start('order', {}, { id: 'old' });
    await engine.reaches('old', 'completed');
    await engine.pass(6 * day);
    // In such leaps the lease lapses.
    await engine.pass(20_000);
    await until('the lease is held again', () => engine.orchestrator.health().lease === 'held');
    await engine.orchestrator.start('order', {}, { id: 'new' });
    await engine.reaches('new', 'completed');
    expect(await isThere(engine, 'old')).toBe(true);
    await engine.pass(1.5 * day);
    expect([await isThere(engine, 'old'), await isThere(engine, 'new')]).toEqual([false, true]);
    await expect(engine.orchestrator.history('old')).rejects.toThrow(NotFoundError);
    expect(engine.orchestrator.upkeep().deleted).toBe(1);
    await engine.orchestrator.close();
  });

  it('deletes what was compensated or abandoned, and never what waits for a person', async () => {
    const script: Script = { charge: [refused], undoReserve: [refused] };
    const engine = await createOrders({ retention: { after: '1d', interval: '1h' } }, script);
    for (const id of ['parked', 'given-up']) {
      await engine.orchestrator.start('order', {}, { id });
      await engine.reaches(id, 'failed.undoReserve');
    }
    await engine.orchestrator.resolve('given-up', { as: 'abandoned' });
    const undone = await createOrders({ store: engine.store, clock: engine.clock }, { charge: [refused] });
    await undone.orchestrator.start('order', {}, { id: 'undone' });
    await undone.reaches('undone', 'compensated');
    await engine.pass(400 * day);
    expect([
      await isThere(engine, 'parked'),
      await isThere(engine, 'given-up'),
      await isThere(engine, 'undone'),
    ]).toEqual([true, false, false]);
    await undone.orchestrator.close();
    await engine.orchestrator.close();
  });

  it('keeps what is not published yet, however old', async () => {
    const engine = await createOrders({
      retention: { after: '1d', interval: '1h' },
      events: { publisher: away },
    });
    await engine.orchestrator.start('order', {}, { id: 'a' });
    await engine.reaches('a', 'completed');
    await engine.pass(30 * day);
    expect(await isThere(engine, 'a')).toBe(true);
    await engine.orchestrator.close();
    // A node that publishes nothing itself still knows that somebody else has to.
    const other = await createOrders({
      store: engine.store,
      clock: engine.clock,
      retention: { after: '1d', interval: '1h' },
    });
    await other.pass(1 * day);
    expect(await isThere(other, 'a')).toBe(true);
    await other.orchestrator.close();
    const last = await createOrders({
      store: engine.store,
      clock: engine.clock,
      retention: { after: '1d', interval: '1h' },
      events: { publisher: new MemoryEventPublisher() },
    });
    await last.pass(1 * day);
    expect(await isThere(last, 'a')).toBe(false);
    await last.orchestrator.close();
  });

  it('deletes in batches until nothing is left', async () => {
    const engine = await createOrders({ retention: { after: '1d', interval: '1h', batch: 2 } });
    const ids = ['a', 'b', 'c', 'd', 'e'];
    for (const id of ids) await engine.orchestrator.start('order', {}, { id });
    for (const id of ids) await engine.reaches(id, 'completed');
    await engine.pass(1.5 * day);
    expect(await engine.orchestrator.counts()).toEqual({});
    expect(engine.orchestrator.upkeep().deleted).toBe(5);
    await engine.orchestrator.close();
  });

  it('deletes batches that ended long enough ago, with what became of their sagas', async () => {
    const engine = await createOrders({ retention: { after: '7d', interval: '1h' } });
    const { batches } = engine.orchestrator;
    const { id } = await batches.start({ action: 'retry', ids: ['nobody'] });
    await until('the batch is done', async () => (await batches.get(id)).status === 'done');
    await engine.pass(6 * day);
    expect(await batches.refused(id, { limit: 9 })).toHaveLength(1);
    await engine.pass(1.5 * day);
    await expect(batches.get(id)).rejects.toThrow(NotFoundError);
    expect(await batches.refused(id, { limit: 9 })).toEqual([]);
    await engine.orchestrator.close();
  });

  it('goes on after the store was away', async () => {
    const engine = await createOrders({ retention: { after: '1d', interval: '1h' } });
    await engine.orchestrator.start('order', {}, { id: 'a' });
    await engine.reaches('a', 'completed');
    const deleteClosed = engine.store.deleteClosed.bind(engine.store);
    let asked = 0;
    engine.store.deleteClosed = (options) => {
      asked += 1;
      return asked < 40 ? Promise.reject(new UnavailableError('away')) : deleteClosed(options);
    };
    await engine.pass(3 * day);
    expect([asked >= 40, await isThere(engine, 'a')]).toEqual([true, false]);
    await engine.orchestrator.close();
  });

  it('frees the idempotency key with the saga', async () => {
    const engine = await createOrders({ retention: { after: '1d', interval: '1h' } });
    const start = () => engine.orchestrator.start('order', {}, { idempotencyKey: 'key' });
    const first = await start();
    expect(await start()).toMatchObject({ isReplayed: true, saga: { id: first.saga.id } });
    await engine.reaches(first.saga.id, 'completed');
    await engine.pass(2 * day);
    expect((await start()).isReplayed).toBe(false);
    await engine.orchestrator.close();
  });

  it('refuses a duration that is none', async () => {
    await expect(createOrders({ retention: { after: 'soon' as never } })).rejects.toThrow(DefinitionError);
  });
});

describe('deleting one saga', () => {
  it('deletes a closed one', async () => {
    const engine = await createOrders({});
    await engine.orchestrator.start('order', {}, { id: 'a' });
    await engine.reaches('a', 'completed');
    await engine.orchestrator.delete('a');
    expect(await isThere(engine, 'a')).toBe(false);
    await expect(engine.orchestrator.delete('a')).rejects.toThrow(NotFoundError);
    await engine.orchestrator.close();
  });

  it('refuses one that is at work or waits for a person', async () => {
    const engine = await createOrders({}, { charge: [refused], undoReserve: ['held', refused] });
    await engine.orchestrator.start('order', {}, { id: 'a' });
    await engine.reaches('a', 'compensating.reserve.executing');
    await expect(engine.orchestrator.delete('a')).rejects.toThrow('it is compensating');
    engine.participants.answer('undoReserve', refused);
    await engine.reaches('a', 'failed.undoReserve');
    await expect(engine.orchestrator.delete('a')).rejects.toThrow(NotAllowedError);
    expect(await isThere(engine, 'a')).toBe(true);
    await engine.orchestrator.close();
  });

  it('refuses one whose events are not published yet', async () => {
    const engine = await createOrders({ events: { publisher: away } });
    await engine.orchestrator.start('order', {}, { id: 'a' });
    await engine.reaches('a', 'completed');
    await expect(engine.orchestrator.delete('a')).rejects.toThrow('not published yet');
    await engine.orchestrator.close();
  });
});
