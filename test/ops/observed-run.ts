import { defineSaga } from '../../src/core/definition.ts';
import { MemoryEventPublisher } from '../../src/memory/event-publisher.ts';
import { MemoryStore } from '../../src/memory/store.ts';
import { EngineMetrics } from '../../src/telemetry/engine-metrics.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { ScriptedParticipants } from '../../src/testing/scripted-participants.ts';
import { createEngine } from '../runtime/engine.ts';
import { parseExposition, type Series } from '../telemetry/exposition.ts';

/** What a scraper reads of an engine to which everything has happened that metrics tell of. */
export async function observedRun(): Promise<readonly Series[]> {
  const clock = new ManualClock();
  const store = new MemoryStore({ clock });
  const metrics = new EngineMetrics({ process: true });
  const refused = { type: 'refused', error: { code: 'no', message: 'no' } } as const;
  const failed = { type: 'failed', error: { code: 'down', message: 'down' } } as const;
  const done = { type: 'succeeded', result: 1 } as const;
  const order = defineSaga('order')
    .step('reserve', { action: 'shop.reserve', compensation: 'shop.release' })
    .step('charge', { action: 'shop.charge', compensation: 'shop.refund' });
  const other = defineSaga('other').step('ping', { action: 'shop.ping', kind: 'readonly' });
  const elsewhere = await createEngine({ sagas: [order, other], store, clock });
  await elsewhere.orchestrator.start('other', {});
  await elsewhere.orchestrator.start('order', {}, { id: 'taken-over' });
  await elsewhere.orchestrator.close();
  const { orchestrator, reaches, pass } = await createEngine({
    sagas: [order],
    store,
    clock,
    participants: new ScriptedParticipants({
      script: { reserve: [failed, done], charge: [refused], undoReserve: [refused, done] },
    }),
    observers: [metrics],
    census: { stuckAfter: '1m' },
    alerts: { sinks: [{ name: 'test', send: async () => 'accepted', close: async () => undefined }] },
    events: { publisher: new MemoryEventPublisher() },
  });
  metrics.watch(orchestrator);
  await orchestrator.start('order', {}, { id: 'a' });
  await reaches('a', 'running.reserve.backoff');
  await pass(60_000);
  await reaches('a', 'failed.undoReserve');
  await orchestrator.retry('a', { actor: 'ann' });
  await reaches('a', 'compensated');
  await pass(120_000);
  metrics.conformed({ isLooking: true, checked: 1, deviations: [] });
  const text = await metrics.text();
  await orchestrator.close();
  return parseExposition(text);
}
