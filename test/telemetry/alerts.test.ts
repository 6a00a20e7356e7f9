import { expect, it, onTestFinished } from 'vitest';
import type { Alert, AlertSink } from '../../src/core/alert.ts';
import { defineSaga } from '../../src/core/definition.ts';
import { MemoryStore } from '../../src/memory/store.ts';
import type { OrchestratorOptions } from '../../src/runtime/orchestrator-options.ts';
import { createWebhookAlerts } from '../../src/telemetry/webhook-alerts.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { type Script, ScriptedParticipants } from '../../src/testing/scripted-participants.ts';
import { createEngine } from '../runtime/engine.ts';
import { receiveAlerts } from './webhook-receiver.ts';

const order = defineSaga('order').step('ship', { kind: 'retriable', action: 'post.ship' });
const refused = { type: 'refused', error: { code: 'no_van', message: 'customer data' } } as const;

it('tells of a saga that parks, each time that it does, and of nothing else', async () => {
  const sink = createSink();
  const { orchestrator, reaches, pass } = await createNode({
    script: { ship: [refused, refused, { type: 'succeeded', result: 1 }] },
    alerts: { sinks: [sink] },
  });
  await orchestrator.start('order', {}, { id: 'a' });
  await reaches('a', 'failed.ship');
  await told(sink, pass, 1);
  await orchestrator.retry('a');
  await reaches('a', 'failed.ship');
  await told(sink, pass, 2);
  await orchestrator.retry('a');
  await reaches('a', 'completed');
  await pass(5_000);
  expect(sink.ids()).toEqual(['default:a:2:parked', 'default:a:4:parked']);
  const [first] = sink.alerts;
  expect(first).toMatchObject({
    kind: 'parked',
    saga: 'order',
    sagaId: 'a',
    status: 'failed',
    state: 'failed.ship',
    step: 'ship',
    version: 2,
    errorCode: 'no_van',
  });
  expect(JSON.stringify(first)).not.toContain('customer data');
});

it('loses no alert to a node that dies, and repeats none that was sent', async () => {
  const [store, clock, sink] = [...world(), createSink()];
  const quiet = await createNode({ store, clock, script: { ship: [refused] } });
  await quiet.orchestrator.start('order', {}, { id: 'a' });
  await quiet.reaches('a', 'failed.ship');
  await quiet.orchestrator.close();
  const first = await createNode({ store, clock, script: { ship: [refused] }, alerts: { sinks: [sink] } });
  await told(sink, first.pass, 1);
  await first.orchestrator.close();
  const second = await createNode({ store, clock, script: { ship: [refused] }, alerts: { sinks: [sink] } });
  await second.orchestrator.start('order', {}, { id: 'b' });
  await second.reaches('b', 'failed.ship');
  await told(sink, second.pass, 2);
  expect(sink.ids()).toEqual(['default:a:2:parked', 'default:b:2:parked']);
});

it('is sent by one node at a time, and by another when that one is gone', async () => {
  const [store, clock, sink] = [...world(), createSink()];
  const options = { store, clock, script: { ship: [refused] }, alerts: { sinks: [sink] } };
  const [one, two] = [await createNode(options), await createNode(options)];
  for (const id of ['a', 'b', 'c']) await one.orchestrator.start('order', {}, { id });
  await told(sink, one.pass, 3);
  await one.pass(10_000);
  expect(sink.ids().toSorted()).toEqual(['a', 'b', 'c'].map((id) => `default:${id}:2:parked`));
  await one.orchestrator.close();
  await two.orchestrator.start('order', {}, { id: 'd' });
  await told(sink, two.pass, 4);
});

it('tries again when the sink is away, drives sagas meanwhile, and tells every other sink', async () => {
  const [away, other] = [createSink(), createSink('other')];
  away.isAway = true;
  const { orchestrator, reaches, pass } = await createNode({
    script: { ship: [refused] },
    alerts: { sinks: [away, other] },
  });
  await orchestrator.start('order', {}, { id: 'a' });
  await reaches('a', 'failed.ship');
  await told(other, pass, 1);
  await pass(30_000);
  await orchestrator.start('order', {}, { id: 'b' });
  await reaches('b', 'failed.ship');
  expect(orchestrator.load().alerts[0]).toMatchObject({ sink: 'test', accepted: 0, isFailing: true });
  away.isAway = false;
  await told(away, pass, 2);
  expect(away.ids()).toEqual(other.ids());
  expect(other.alerts).toHaveLength(2);
  expect(orchestrator.load().alerts[0]).toMatchObject({ isFailing: false, accepted: 2 });
});

it('passes by an alert that its receiver refuses', async () => {
  const { url, posted } = await receiveAlerts(400, 200);
  const { orchestrator, pass } = await createNode({
    script: { ship: [refused] },
    alerts: { sinks: [createWebhookAlerts({ url })] },
  });
  await orchestrator.start('order', {}, { id: 'a' });
  await expect.poll(() => pass(1_000).then(() => posted.length)).toBe(1);
  await orchestrator.start('order', {}, { id: 'b' });
  await expect
    .poll(() => pass(1_000).then(() => posted.map(({ alert }) => alert.sagaId)))
    .toEqual(['a', 'b']);
  expect(orchestrator.load().alerts[0]).toMatchObject({ refused: 1, accepted: 1 });
});

it('does not tell a new sink of what parked long ago and was dealt with', async () => {
  const [store, clock, sink] = [...world(), createSink()];
  const before = await createNode({
    store,
    clock,
    script: { ship: [refused, { type: 'succeeded', result: 1 }] },
  });
  for (const id of ['solved', 'waiting']) {
    await before.orchestrator.start('order', {}, { id });
    await before.reaches(id, 'failed.ship');
  }
  await before.orchestrator.retry('solved');
  await before.reaches('solved', 'completed');
  await before.orchestrator.close();
  clock.advance(2 * 3_600_000);
  const after = await createNode({ store, clock, alerts: { sinks: [sink] } });
  await told(sink, after.pass, 1);
  await after.pass(10_000);
  expect(sink.ids()).toEqual(['default:waiting:2:parked']);
});

it('tells once of a saga that should move and does not, and again should it get stuck elsewhere', async () => {
  const [store, clock, sink] = [...world(), createSink()];
  const other = defineSaga('other').step('wait', { kind: 'readonly', action: 'x.wait' });
  const gone = await createNode({ store, clock, sagas: [other], script: { wait: ['silence'] } });
  await gone.orchestrator.start('other', {}, { id: 's' });
  await gone.orchestrator.close();
  const { pass } = await createNode({
    store,
    clock,
    census: { interval: '5s', stuckAfter: '1m' },
    alerts: { sinks: [sink] },
  });
  await pass(50_000);
  expect(sink.alerts).toEqual([]);
  await told(sink, pass, 1, 10_000);
  await pass(60_000);
  expect(sink.alerts).toMatchObject([
    { id: 'default:s:1:stuck', kind: 'stuck', saga: 'other', status: 'running', step: 'wait' },
  ]);
  const back = await createNode({ store, clock, sagas: [other], script: { wait: ['silence'] } });
  await expect.poll(() => pass(5_000).then(async () => (await back.row('s')).version)).toBeGreaterThan(1);
  await back.orchestrator.close();
  await told(sink, pass, 2, 20_000);
  expect(new Set(sink.ids()).size).toBe(2);
});

function world(): readonly [MemoryStore, ManualClock] {
  const clock = new ManualClock();
  return [new MemoryStore({ clock }), clock];
}

async function createNode({
  script,
  clock,
  ...options
}: Partial<OrchestratorOptions> & { readonly script?: Script; readonly clock?: ManualClock }) {
  const engine = await createEngine({
    sagas: [order],
    participants: new ScriptedParticipants(script === undefined ? {} : { script }),
    ...(clock === undefined ? {} : { clock }),
    ...options,
  });
  onTestFinished(() => engine.orchestrator.close());
  return engine;
}

/** A sink that keeps what it is told, and can be away. */
function createSink(name = 'test') {
  const alerts: Alert[] = [];
  const sink = {
    name,
    alerts,
    isAway: false,
    ids: () => alerts.map(({ id }) => id),
    send: async (alert: Alert) => {
      if (sink.isAway) throw new Error('away');
      alerts.push(alert);
      return 'accepted' as const;
    },
    close: async () => undefined,
  } satisfies AlertSink & Record<string, unknown>;
  return sink;
}

/** Lets time pass until a sink was told so often. */
async function told(
  sink: ReturnType<typeof createSink>,
  pass: (ms: number) => Promise<void>,
  count: number,
  step = 1_000,
): Promise<void> {
  await expect.poll(() => pass(step).then(() => sink.alerts.length), { timeout: 10_000 }).toBe(count);
}
