import { expect, it, onTestFinished } from 'vitest';
import { defineSaga } from '../../src/core/definition.ts';
import { createApp } from '../../src/http/app.ts';
import { MemoryStore } from '../../src/memory/store.ts';
import type { OrchestratorOptions } from '../../src/runtime/orchestrator-options.ts';
import { EngineMetrics } from '../../src/telemetry/engine-metrics.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { type Script, ScriptedParticipants } from '../../src/testing/scripted-participants.ts';
import { createEngine } from '../runtime/engine.ts';
import { until } from '../testing/turns.ts';
import { parseExposition, type Series, valueOf } from './exposition.ts';

const order = defineSaga('order')
  .step('reserve', { action: 'stock.reserve', compensation: 'stock.release' })
  .step('charge', { action: 'bank.charge', compensation: 'bank.refund', retry: { maximumAttempts: 3 } });

const refused = { type: 'refused', error: { code: 'no_money', message: 'secret of c-1' } } as const;
const failed = { type: 'failed', error: { code: 'down', message: 'down' } } as const;
const done = { type: 'succeeded', result: 1 } as const;

it('counts starts, and ends with their cause', async () => {
  const good = await createWorld({});
  await good.run('a', 'completed');
  const bad = await createWorld({ charge: [refused] });
  await bad.run('b', 'compensated');
  const [fine, undone] = [await good.series(), await bad.series()];
  expect(valueOf(fine, 'saga_started_total', { saga: 'order' })).toBe(1);
  expect(valueOf(fine, 'saga_settled_total', { status: 'completed', cause: 'none' })).toBe(1);
  expect(valueOf(fine, 'saga_duration_seconds_count', { status: 'completed' })).toBe(1);
  expect(valueOf(fine, 'saga_compensations_total')).toBeUndefined();
  expect(valueOf(undone, 'saga_settled_total', { status: 'compensated', cause: 'stepFailed' })).toBe(1);
  expect(valueOf(undone, 'saga_compensations_total', { saga: 'order', cause: 'stepFailed' })).toBe(1);
});

it('counts retries, and each attempt with its outcome', async () => {
  const { orchestrator, reaches, pass, series } = await createWorld({ charge: [failed, done] });
  await orchestrator.start('order', {}, { id: 'c' });
  await reaches('c', 'running.charge.backoff');
  await pass(60_000);
  await reaches('c', 'completed');
  const found = await series();
  expect(valueOf(found, 'saga_step_retries_total', { saga: 'order', step: 'charge', op: 'do' })).toBe(1);
  for (const outcome of ['failed', 'succeeded'])
    expect(valueOf(found, 'saga_step_duration_seconds_count', { step: 'charge', outcome })).toBe(1);
});

it('counts a parked saga as settled each time it parks, and what a person does about it as an intervention', async () => {
  const { orchestrator, reaches, series } = await createWorld({
    charge: [refused],
    undoReserve: [refused, refused, done],
  });
  await orchestrator.start('order', {}, { id: 'a' });
  await reaches('a', 'failed.undoReserve');
  await orchestrator.retry('a', { actor: 'ann' });
  await reaches('a', 'failed.undoReserve');
  await orchestrator.retry('a', { actor: 'ann' });
  await reaches('a', 'compensated');
  const found = await series();
  expect(valueOf(found, 'saga_settled_total', { status: 'failed' })).toBe(2);
  expect(valueOf(found, 'saga_settled_total', { status: 'compensated' })).toBe(1);
  expect(valueOf(found, 'saga_interventions_total', { saga: 'order', action: 'retry' })).toBe(2);
  // It turned back once, however often it parked on the way.
  expect(valueOf(found, 'saga_compensations_total', { saga: 'order' })).toBe(1);
});

it('tells an attempt that timed out from one that failed', async () => {
  const { orchestrator, reaches, series, pass } = await createWorld({ reserve: ['silence'] });
  await orchestrator.start('order', {}, { id: 'a' });
  await reaches('a', 'running.reserve.executing');
  await pass(15_000);
  await until(
    'a timeout',
    async () =>
      (valueOf(await series(), 'saga_step_duration_seconds_count', {
        step: 'reserve',
        outcome: 'timedOut',
      }) ?? 0) > 0,
  );
});

it('shows how many sagas are open, parked, stuck, and of definitions that nobody or only others can run', async () => {
  const clock = new ManualClock();
  const store = new MemoryStore({ clock });
  const parcel = defineSaga('parcel').step('pack', { action: 'shop.pack', kind: 'readonly' });
  const gone = await createEngine({ sagas: [parcel], store, clock });
  await gone.orchestrator.start('parcel', {}, { id: 'p' });
  const { orchestrator, reaches, pass, series } = await createWorld(
    { charge: [refused], undoReserve: [refused] },
    { store, clock, census: { stuckAfter: '1m' } },
  );
  await orchestrator.start('order', {}, { id: 'parked' });
  await reaches('parked', 'failed.undoReserve');
  await pass(20_000);
  expect(valueOf(await series(), 'saga_parked', { saga: 'order' })).toBe(1);
  expect(valueOf(await series(), 'saga_active', { saga: 'parcel', status: 'running' })).toBe(1);
  expect(valueOf(await series(), 'saga_foreign', { saga: 'parcel', version: '1' })).toBe(1);
  expect(valueOf(await series(), 'saga_unrunnable', { saga: 'parcel' })).toBeUndefined();
  await gone.orchestrator.close();
  await pass(20_000);
  expect(valueOf(await series(), 'saga_unrunnable', { saga: 'parcel', version: '1' })).toBe(1);
  // It is another deployment that is missing: this node can do its work.
  const ready = await createApp({ orchestrator }).request('/readyz');
  expect([ready.status, await ready.json()]).toMatchObject([
    200,
    { isReady: true, unrunnable: [{ name: 'parcel', version: 1, open: 1 }] },
  ]);
  expect(valueOf(await series(), 'saga_stuck', { saga: 'order' })).toBe(0);
  await pass(120_000);
  expect(valueOf(await series(), 'saga_stuck', { saga: 'parcel' })).toBe(1);
});

it('shows what waits for a participant, and whether this node can do its work', async () => {
  const participants = new ScriptedParticipants({ others: 'held' });
  const { orchestrator, series } = await createWorld(
    {},
    { transport: participants, limits: { maxInFlight: 4, reservedPercent: 25 } },
  );
  await Promise.all(
    Array.from({ length: 5 }, (_, index) => orchestrator.start('order', {}, { id: `s${index}` })),
  );
  await until('the commands', () => participants.held.length === 3);
  const found = await series();
  expect(valueOf(found, 'saga_commands_in_flight', { participant: 'stock' })).toBe(3);
  expect(valueOf(found, 'saga_commands_waiting', { participant: 'stock', direction: 'forward' })).toBe(2);
  expect(valueOf(found, 'saga_node_ready')).toBe(1);
  expect(valueOf(found, 'saga_driven')).toBe(5);
  expect(valueOf(found, 'saga_commit_batch_size_sum')).toBe(5);
  await participants.close();
  expect(valueOf(await series(), 'saga_transport_connected')).toBe(0);
  expect(valueOf(await series(), 'saga_node_ready')).toBe(0);
});

it('has no ids, inputs or messages in its labels, and no more series for more sagas', async () => {
  const { run, series } = await createWorld({ charge: [refused] });
  await run('id-one', 'compensated');
  const before = await series();
  for (const id of ['id-two', 'id-three']) await run(id, 'compensated');
  const after = await series();
  const nameOf = ({ name, labels }: Series) => `${name}${JSON.stringify(labels)}`;
  expect(after.map(nameOf).toSorted()).toEqual(before.map(nameOf).toSorted());
  expect(after.map(nameOf).join('\n')).not.toMatch(/id-|secret|c-1/);
});

it('is served at /metrics, in the form that Prometheus reads', async () => {
  const { orchestrator, metrics, run } = await createWorld({});
  await run('a', 'completed');
  const app = createApp({ orchestrator, metrics });
  const answer = await app.request('/metrics');
  expect([answer.status, answer.headers.get('content-type')]).toEqual([
    200,
    'text/plain; version=0.0.4; charset=utf-8',
  ]);
  const text = await answer.text();
  expect(text).toMatch(/^# HELP saga_started_total .+\n# TYPE saga_started_total counter$/m);
  expect(valueOf(parseExposition(text), 'saga_started_total', { saga: 'order' })).toBe(1);
  expect((await createApp({ orchestrator }).request('/metrics')).status).toBe(404);
});

async function createWorld(
  script: Script,
  options: Partial<OrchestratorOptions> & { readonly clock?: ManualClock } = {},
) {
  const metrics = new EngineMetrics();
  const { transport, clock, ...rest } = options;
  const participants =
    (transport as ScriptedParticipants | undefined) ?? new ScriptedParticipants({ script });
  const engine = await createEngine({
    sagas: [order],
    participants,
    observers: [metrics],
    ...(clock === undefined ? {} : { clock }),
    ...rest,
  });
  metrics.watch(engine.orchestrator);
  onTestFinished(() => engine.orchestrator.close());
  return {
    ...engine,
    metrics,
    series: async () => parseExposition(await metrics.text()),
    run: async (id: string, state: string) => {
      await engine.orchestrator.start('order', {}, { id });
      await engine.reaches(id, state);
    },
  };
}
