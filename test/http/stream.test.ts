import { onTestFinished, describe, expect, it, vi } from 'vitest';
import { createWorld, goodOrder } from './api-world.ts';

interface Told {
  readonly id: string;
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

type App = Awaited<ReturnType<typeof createWorld>>['app'];

/** Opens a stream and collects what it tells until the test ends. */
async function listen(app: App, path = '/v1/stream', headers: Record<string, string> = {}) {
  const gone = new AbortController();
  const response = await app.request(path, { headers, signal: gone.signal });
  const told: Told[] = [];
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  const reading = (async () => {
    let rest = '';
    for (;;) {
      const chunk = await reader?.read();
      if (chunk === undefined || chunk.done) return;
      const blocks = (rest + chunk.value).split('\n\n');
      rest = blocks.pop() ?? '';
      told.push(...blocks.map(toTold));
    }
  })();
  onTestFinished(async () => void (await Promise.allSettled([reader?.cancel(), reading])));
  return { response, told, reading, cancel: () => reader?.cancel() };
}

function toTold(block: string): Told {
  const fields = Object.fromEntries(
    block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
  );
  return { id: fields['id'] ?? '', event: fields['event'] ?? '', data: JSON.parse(fields['data'] ?? '{}') };
}

const sagas = (told: readonly Told[]) => told.filter(({ event }) => event === 'saga').map(({ data }) => data);

describe('the stream', () => {
  it('tells every move of a saga, with where it is, in order', async () => {
    const { app, post } = await createWorld(({ operation }) =>
      operation === 'charge'
        ? { type: 'refused', error: { code: 'card_declined', message: 'no' } }
        : { type: 'succeeded', result: { ok: true } },
    );
    const { response, told } = await listen(app);
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
    await vi.waitFor(() => expect(told[0]?.event).toBe('open'));
    await post('/v1/sagas', { ...goodOrder, id: 'a' });
    await vi.waitFor(() => expect(sagas(told).at(-1)?.['status']).toBe('compensated'));
    const moves = sagas(told);
    expect(moves.map(({ seq }) => seq)).toEqual(moves.map((_move, index) => index + 1));
    expect(moves[0]).toMatchObject({ id: 'a', name: 'order', version: 1, type: 'start', status: 'running' });
    expect(moves[0]).toMatchObject({ step: 'reserve', state: 'running.reserve.executing' });
    expect(moves.at(-1)).toMatchObject({ cause: 'stepFailed', step: null, state: 'compensated' });
    const positions = told.map(({ id }) => Number(id));
    expect(positions).toEqual(positions.toSorted((a, b) => a - b));
    expect(Object.keys(moves[0] ?? {}).toSorted()).toEqual(
      ['at', 'cause', 'id', 'name', 'seq', 'state', 'status', 'step', 'type', 'version'].toSorted(),
    );
  });

  it('goes on where a listener left off', async () => {
    const { app, orchestrator, post } = await createWorld();
    const first = await listen(app);
    await post('/v1/sagas?wait=5s', { ...goodOrder, id: 'a' });
    await vi.waitFor(() => expect(sagas(first.told).at(-1)?.['status']).toBe('completed'));
    await first.cancel();
    await post('/v1/sagas?wait=5s', { ...goodOrder, id: 'b' });
    const { version } = await orchestrator.get('b');
    const second = await listen(app, '/v1/stream', { 'Last-Event-ID': first.told.at(-1)?.id ?? '' });
    await vi.waitFor(() => expect(sagas(second.told)).toHaveLength(version));
    expect(sagas(second.told).map(({ id }) => id)).toEqual(Array.from({ length: version }, () => 'b'));
  });

  it('tells of one saga, or of one definition, alone where that is asked for', async () => {
    const { app, post } = await createWorld();
    const one = await listen(app, '/v1/stream?sagaId=b');
    const named = await listen(app, '/v1/stream?name=parcel');
    await post('/v1/sagas?wait=5s', { ...goodOrder, id: 'a' });
    await post('/v1/sagas?wait=5s', { ...goodOrder, id: 'b' });
    await post('/v1/sagas?wait=5s', { name: 'parcel', input: {}, id: 'c' });
    await vi.waitFor(() => expect(sagas(named.told).at(-1)?.['status']).toBe('completed'));
    await vi.waitFor(() => expect(sagas(one.told).at(-1)?.['status']).toBe('completed'));
    expect(new Set(sagas(one.told).map(({ id }) => id))).toEqual(new Set(['b']));
    expect(new Set(sagas(named.told).map(({ id }) => id))).toEqual(new Set(['c']));
  });

  it('keeps tenants apart', async () => {
    const { app, orchestrator } = await createWorld();
    const other = await listen(app, '/v1/stream', { 'Saga-Tenant': 'other' });
    const own = await listen(app);
    await orchestrator.start('order', goodOrder.input, { id: 'a' });
    await vi.waitFor(() => expect(sagas(own.told).at(-1)?.['status']).toBe('completed'));
    await orchestrator.start('order', goodOrder.input, { id: 'b', tenant: 'other' });
    await vi.waitFor(() => expect(sagas(other.told).at(-1)?.['status']).toBe('completed'));
    expect(new Set(sagas(other.told).map(({ id }) => id))).toEqual(new Set(['b']));
  });

  it('says so where it cannot tell everything, and goes on from now', async () => {
    const { app, store, orchestrator } = await createWorld();
    const { journalEnd } = store;
    store.journalEnd = async () => (await journalEnd.call(store)) + 1_000_000;
    const { told } = await listen(app, '/v1/stream', { 'Last-Event-ID': '1' });
    await vi.waitFor(() => expect(told.map(({ event }) => event)).toEqual(['reset', 'open']));
    expect(told.map(({ id }) => id)).toEqual(['1000000', '1000000']);
    await orchestrator.close();
  });

  it('ends when the orchestrator closes', async () => {
    const { app, orchestrator } = await createWorld();
    const { told, reading } = await listen(app);
    await vi.waitFor(() => expect(told).toHaveLength(1));
    await orchestrator.close();
    await reading;
  });

  it('refuses a position that is none, and fails where the store does not answer', async () => {
    const { app, store } = await createWorld();
    expect((await app.request('/v1/stream', { headers: { 'Last-Event-ID': 'x' } })).status).toBe(400);
    await store.close();
    expect((await app.request('/v1/stream')).status).toBe(503);
  });
});
