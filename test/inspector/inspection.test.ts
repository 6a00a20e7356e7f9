import { createBrowserReceiver, createInspector, type StatelyInspectionEvent } from '@statelyai/inspect';
import { createMachine } from 'xstate';
import { describe, expect, test, vi } from 'vitest';
import { type InspectionMessage, inspectVersion, toInspection } from '../../src/chart/index.ts';
import { order, run, trip } from '../chart/charted.ts';
import { createWorld, goodOrder } from '../http/api-world.ts';

const saga = { id: 's1', deadlineAt: null };
const turnedBack = ['reserve.succeeded', 'charge.refused', 'undoReserve.succeeded'];

function inspect(definition: typeof order | typeof trip = order, cues: readonly string[] = turnedBack) {
  return toInspection({ definition, saga, rows: run(definition, cues).rows });
}

/** What the genuine receiver of an inspector's window hands on. */
function receive(messages: readonly InspectionMessage[]): readonly StatelyInspectionEvent[] {
  const target = new EventTarget();
  const opener = { postMessage: vi.fn() };
  const window = { addEventListener: target.addEventListener.bind(target), self: 1, top: 1, opener };
  const received: StatelyInspectionEvent[] = [];
  createBrowserReceiver({ window: window as never }).subscribe((event) => void received.push(event));
  expect(opener.postMessage).toHaveBeenCalledWith({ type: '@statelyai.connected' }, '*');
  for (const data of structuredClone(messages))
    target.dispatchEvent(Object.assign(new Event('message'), { data }));
  return received;
}

describe('the inspection of a saga', () => {
  test('is understood message by message by the genuine receiver', () => {
    const messages = inspect();
    expect(receive(messages)).toEqual(messages);
    expect(receive([{ ...messages[0], _version: undefined } as never])).toEqual([]);
  });

  test('is of the version of the package that it is tested with', async () => {
    const sent: StatelyInspectionEvent[] = [];
    createInspector({ send: (event) => void sent.push(event) }).actor('a');
    expect(sent[0]?._version).toBe(inspectVersion);
  });

  test('follows the saga through its states, with what moved it', () => {
    const seen = inspect().filter((message) => message.type === '@xstate.snapshot');
    expect(seen.map(({ event, snapshot }) => [event.type, snapshot.value, snapshot.status])).toEqual([
      ['xstate.init', { running: { reserve: 'executing' } }, 'active'],
      ['reserve.succeeded', { running: { charge: 'executing' } }, 'active'],
      ['charge.refused', { compensating: { reserve: 'executing' } }, 'active'],
      ['undoReserve.succeeded', 'compensated', 'done'],
    ]);
  });

  test('has the participants as actors, with commands and replies between them and the saga', () => {
    const messages = inspect();
    const actors = messages.filter((message) => message.type === '@xstate.actor');
    expect(actors.map(({ sessionId, name, parentId }) => [sessionId, name, parentId])).toEqual([
      ['s1', 'order s1', undefined],
      ['s1/inventory', 'inventory', 's1'],
      ['s1/payment', 'payment', 's1'],
      ['s1/shipping', 'shipping', 's1'],
      ['s1/order', 'order', 's1'],
    ]);
    const events = messages.filter((message) => message.type === '@xstate.event');
    expect(events.map(({ sourceId, event, sessionId }) => `${sourceId} ${event.type} ${sessionId}`)).toEqual([
      'undefined xstate.init s1',
      's1 reserve s1/inventory',
      's1/inventory reserve.succeeded s1',
      's1 charge s1/payment',
      's1/payment charge.refused s1',
      's1 release s1/inventory',
      's1/inventory undoReserve.succeeded s1',
    ]);
    expect(new Set(messages.map(({ id }) => id)).size).toBe(messages.length);
    expect(new Set(messages.map(({ rootId }) => rootId))).toEqual(new Set(['s1']));
  });

  test('has timers and people come from nobody', () => {
    const events = inspect(order, ['reserve.timeout', 'cancel']).filter(
      ({ type }) => type === '@xstate.event',
    );
    const moved = events.filter(({ sessionId }) => sessionId === 's1').slice(1);
    expect(moved).toHaveLength(2);
    for (const event of moved) expect(event).not.toHaveProperty('sourceId');
  });

  test('brings the machine with its states in the order of the definition, and nothing of the saga’s data', () => {
    const [actor] = toInspection({
      definition: trip,
      saga,
      rows: run(trip, []).rows.map((row) => ({ ...row, data: '{"input":{"iban":"DE-secret"}}' })),
    });
    if (actor?.type !== '@xstate.actor') throw new Error('no actor');
    expect(actor.definition).not.toContain('DE-secret');
    const definition = JSON.parse(actor.definition) as { states: { running: { states: object } } };
    expect(Object.keys(definition.states)[0]).toBe('running');
    const steps = ['check', 'book', 'insure', 'pay', 'send'];
    expect(Object.keys(definition.states.running.states)).toEqual(steps);
    expect(Object.keys(createMachine(definition as never).root.states)).toEqual(
      Object.keys(definition.states),
    );
  });

  test('goes on where an inspector has got to', () => {
    const { rows } = run(order, turnedBack);
    const all = toInspection({ definition: order, saga, rows });
    const [before, later] = [
      toInspection({ definition: order, saga, rows: rows.slice(0, 2) }),
      toInspection({ definition: order, saga, rows, after: 2 }),
    ];
    expect([...before, ...later]).toEqual(all);
  });
});

describe('a saga of an orchestrator', () => {
  const refusing = ({ step, op }: { readonly step: string; readonly op: string }) =>
    step === 'charge' && op === 'do'
      ? ({ type: 'refused', error: { code: 'no_money', message: 'no' } } as const)
      : ({ type: 'succeeded', result: {} } as const);

  test('replays in a silent live actor, of which the genuine inspector tells the same as its inspection', async () => {
    const { app, orchestrator } = await createWorld(refusing);
    await orchestrator.start('order', goodOrder.input, { id: 'a' });
    await orchestrator.settled('a', { timeout: 5_000 });

    const genuine: StatelyInspectionEvent[] = [];
    const inspector = createInspector({ send: (event) => void genuine.push(event) });
    const actor = await orchestrator.replay('a', { inspect: inspector.inspect });
    expect(actor.getSnapshot()).toMatchObject({ value: 'compensated', status: 'done' });
    // It tells in the next turn of the loop.
    await vi.waitFor(() => expect(genuine.at(-1)).toMatchObject({ snapshot: { status: 'done' } }));

    const { items } = (await (await app.request('/v1/sagas/a/inspection')).json()) as {
      readonly items: readonly InspectionMessage[];
    };
    const statesOf = (messages: readonly unknown[]) =>
      (messages as readonly InspectionMessage[])
        .filter((message) => message.type === '@xstate.snapshot')
        .map(({ event, snapshot }) => [event.type, snapshot.value, snapshot.status]);
    expect(statesOf(items)).toEqual(statesOf(genuine));
    expect(items.length).toBeGreaterThan(statesOf(genuine).length);
  });

  test('is told of from a position on, and not at all where there is none', async () => {
    const { app, orchestrator } = await createWorld();
    await orchestrator.start('order', goodOrder.input, { id: 'a' });
    await orchestrator.settled('a', { timeout: 5_000 });
    const read = async (query: string) => (await app.request(`/v1/sagas/a/inspection${query}`)).json();
    const { items, after } = (await read('?after=1')) as { items: { id: string }[]; after: number };
    expect(after).toBe(3);
    expect(items.map(({ id }) => id).filter((id) => /:1:/.test(id))).toEqual([]);
    expect(await read('?after=3')).toEqual({ items: [], after: 3 });
    expect((await app.request('/v1/sagas/b/inspection')).status).toBe(404);
  });

  test('replays up to a moment', async () => {
    const { orchestrator } = await createWorld();
    await orchestrator.start('order', goodOrder.input, { id: 'a' });
    await orchestrator.settled('a', { timeout: 5_000 });
    const seen: string[] = [];
    const actor = await orchestrator.replay('a', { seq: 2, inspect: ({ type }) => void seen.push(type) });
    expect(actor.getSnapshot().value).toEqual({ running: { charge: 'executing' } });
    expect(seen).toContain('@xstate.snapshot');
  });
});
