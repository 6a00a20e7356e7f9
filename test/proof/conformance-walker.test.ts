import { expect, onTestFinished, test, vi } from 'vitest';
import type { Alert } from '../../src/core/alert.ts';
import { UnreadablePayloadError } from '../../src/core/errors.ts';
import { type Logger, silentLogger } from '../../src/core/logger.ts';
import type { SagaRecord, SagaStore } from '../../src/core/store.ts';
import { createApp } from '../../src/http/app.ts';
import { MemoryStore } from '../../src/memory/store.ts';
import { ConformanceWalker, type ConformanceWalkerOptions } from '../../src/proof/conformance-walker.ts';
import { createOrchestrator } from '../../src/runtime/orchestrator.ts';
import { systemClock } from '../../src/runtime/system.ts';
import { EngineMetrics } from '../../src/telemetry/engine-metrics.ts';
import { ScriptedParticipants } from '../../src/testing/scripted-participants.ts';
import { parseExposition, valueOf } from '../telemetry/exposition.ts';
import { shop } from './sagas.ts';

const never = () => false;

/** A store with sagas that ran, whose rows somebody may meddle with. */
async function createWorld(count: number, more: Partial<ConformanceWalkerOptions> = {}) {
  const store = new MemoryStore({ clock: systemClock });
  const meddling: { row: ((record: SagaRecord) => SagaRecord) | undefined } = { row: undefined };
  const alerts: Alert[] = [];
  const errors: object[] = [];
  const logger: Logger = { ...silentLogger, error: (fields) => void errors.push(fields) };
  const walker = new ConformanceWalker({
    store: meddled(store, (record) => meddling.row?.(record) ?? record),
    sagas: [shop],
    clock: systemClock,
    logger,
    interval: 50,
    most: 2,
    alert: async (alert) => void alerts.push(alert),
    ...more,
  });
  const orchestrator = await createOrchestrator({
    store,
    transport: new ScriptedParticipants(),
    sagas: [shop],
    walkers: more.interval === undefined ? [] : [walker],
  });
  onTestFinished(() => orchestrator.close());
  for (let index = 0; index < count; index += 1) {
    await orchestrator.start('shop', {}, { id: `s${index}` });
    await orchestrator.settled(`s${index}`, { timeout: 10_000 });
  }
  return { store, walker, orchestrator, meddling, alerts, errors };
}

/** The store as somebody left it who meddled with rows. */
function meddled(store: SagaStore, meddle: (record: SagaRecord) => SagaRecord): SagaStore {
  return new Proxy(store, {
    get: (target, name) => {
      if (name === 'get')
        return async (key: never) => {
          const record = await target.get(key);
          return record && meddle(record);
        };
      const method = Reflect.get(target, name) as unknown;
      return typeof method === 'function' ? (method.bind(target) as unknown) : method;
    },
  });
}

const forge = (id: string) => (record: SagaRecord) =>
  record.id === id
    ? { ...record, snapshot: record.snapshot.replace('"of":"charge"', '"of":"a secret"') }
    : record;

test('a look checks a bounded number of sagas, the next one goes on there, and the last leads back to the beginning', async () => {
  const { walker } = await createWorld(5);
  const places = [await walker.look(0, never)];
  while (places.at(-1) !== 0) places.push(await walker.look(places.at(-1) ?? 0, never));
  expect(places).toHaveLength(3);
  expect(walker.standing).toMatchObject({ isLooking: true, checked: 5, deviations: [] });
  expect(await walker.look(0, never)).toBe(places[0]);
});

test('a saga that does not conform is logged and alerted once, without what it is about, and kept until it conforms again', async () => {
  const { walker, meddling, alerts, errors } = await createWorld(1);
  meddling.row = forge('s0');
  await walker.look(0, never);
  await walker.look(0, never);
  const found = { id: 's0', kind: 'differs', what: 'its journal gives another context.results.charge' };
  expect(walker.standing.deviations).toMatchObject([found]);
  expect(errors).toMatchObject([{ sagaId: 's0', saga: 'shop', kind: 'differs', seq: 4 }]);
  expect(alerts).toMatchObject([
    {
      id: 'default:s0:4:nonconformant',
      kind: 'nonconformant',
      saga: 'shop',
      status: 'completed',
      version: 4,
    },
  ]);
  expect(JSON.stringify([alerts, errors, walker.standing])).not.toContain('a secret');
  meddling.row = undefined;
  await walker.look(0, never);
  expect(walker.standing.deviations).toEqual([]);
});

test('what was found is looked at each time, wherever the walk is', async () => {
  const { walker, meddling } = await createWorld(3);
  meddling.row = forge('s0');
  const next = await walker.look(0, never);
  expect(walker.standing.deviations).toHaveLength(1);
  meddling.row = undefined;
  await walker.look(next, never);
  expect(walker.standing.deviations).toEqual([]);
});

test('an alert that cannot be sent is sent with the next look', async () => {
  const sent: string[] = [];
  let failures = 1;
  const alert = async ({ id }: Alert) => {
    if (failures-- > 0) throw new Error('nobody listens');
    sent.push(id);
  };
  const { walker, meddling } = await createWorld(1, { alert });
  meddling.row = forge('s0');
  await walker.look(0, never);
  expect(sent).toEqual([]);
  await walker.look(0, never);
  await walker.look(0, never);
  expect(sent).toEqual(['default:s0:4:nonconformant']);
});

test('a saga that was tampered with so that nobody can read it does not conform; one whose key is elsewhere stops the look', async () => {
  const { walker, meddling } = await createWorld(1);
  const unreadable = (why: 'damaged' | 'unknownKey') => () => {
    throw new UnreadablePayloadError('it cannot be read', why);
  };
  meddling.row = unreadable('damaged');
  await walker.look(0, never);
  expect(walker.standing.deviations).toMatchObject([
    { id: 's0', kind: 'broken', definition: { name: 'shop' } },
  ]);
  meddling.row = unreadable('unknownKey');
  await expect(walker.look(0, never)).rejects.toThrow('it cannot be read');
});

test('a node that closes leaves the rest of a look', async () => {
  const { walker } = await createWorld(2);
  let asked = 0;
  expect(await walker.look(0, () => (asked += 1) > 1)).toBe(0);
  expect(walker.standing.checked).toBe(1);
});

test('an orchestrator lets it walk, and metrics and the API say which sagas do not conform', async () => {
  const metrics = new EngineMetrics();
  const { walker, orchestrator, meddling } = await createWorld(3, {
    interval: 20,
    most: 100,
    onLook: (standing) => metrics.conformed(standing),
  });
  metrics.watch(orchestrator);
  const figure = async () =>
    valueOf(parseExposition(await metrics.text()), 'saga_nonconformant', { saga: 'shop' });
  await expect.poll(figure, { timeout: 10_000 }).toBe(0);
  meddling.row = forge('s1');
  await expect.poll(figure, { timeout: 10_000 }).toBe(1);
  const app = createApp({ orchestrator, conformance: walker });
  const stats = async (): Promise<unknown> => (await app.request('/v1/stats')).json();
  expect(await stats()).toMatchObject({
    conformance: {
      isLooking: true,
      lookedAt: expect.any(String) as string,
      nonconformant: [{ sagaId: 's1', name: 'shop', version: 1, kind: 'differs', seq: 4 }],
    },
  });
  const others = await createApp({ orchestrator }).request('/v1/stats');
  expect(await others.json()).not.toHaveProperty('conformance');
  await vi.waitFor(() => expect(walker.standing.checked).toBeGreaterThan(3));
});

test('the sagas of other tenants are nobody else’s business', async () => {
  const { walker, orchestrator, meddling, store } = await createWorld(0);
  await orchestrator.start('shop', {}, { id: 's0', tenant: 'other' });
  await vi.waitFor(async () =>
    expect((await store.get({ tenant: 'other', id: 's0' }))?.status).toBe('completed'),
  );
  meddling.row = forge('s0');
  await walker.look(0, never);
  expect(walker.standing.deviations).toHaveLength(1);
  const stats = await createApp({ orchestrator, conformance: walker }).request('/v1/stats');
  expect(await stats.json()).toMatchObject({ conformance: { nonconformant: [] } });
});
