import { describe, expect, it, vi } from 'vitest';
import type { CommandRequest, Reply } from '../../src/core/transport.ts';
import { BatchBody, BatchDetailBody, BatchListBody } from '../../src/http/batch-schemas.ts';
import { ProblemBody } from '../../src/http/system-schemas.ts';
import { createWorld, goodOrder } from './api-world.ts';

/** Parked orders `a`, `b` and `c`, and one that completed, `done`; the shop obliges from now on. */
async function createParked() {
  const shop = { isOpen: false };
  const world = await createWorld(({ operation }: CommandRequest): Reply => {
    if (shop.isOpen || operation === 'reserve') return { type: 'succeeded', result: null };
    return { type: 'refused', error: { code: 'closed', message: 'closed' } };
  });
  for (const id of ['a', 'b', 'c']) await world.post('/v1/sagas?wait=10s', { ...goodOrder, id });
  shop.isOpen = true;
  await world.post('/v1/sagas?wait=10s', { ...goodOrder, id: 'done' });
  const get = async (id: string) =>
    BatchDetailBody.parse(await (await world.app.request(`/v1/batches/${id}`)).json());
  const finished = (id: string) =>
    vi.waitFor(
      async () => {
        const batch = await get(id);
        expect(batch.status).not.toBe('running');
        return batch;
      },
      { timeout: 10_000 },
    );
  return { ...world, get, finished };
}

describe('POST /v1/batches', () => {
  it('acts on each saga, with who and why in its journal, and tells which refused and why', async () => {
    const { post, finished, orchestrator } = await createParked();
    const answer = await post('/v1/batches', {
      action: 'retry',
      ids: ['a', 'b', 'done', 'nobody', 'a'],
      actor: 'ada',
      reason: 'the shop is open',
    });
    expect(answer.status).toBe(202);
    const batch = BatchBody.parse(await answer.json());
    expect(answer.headers.get('location')).toBe(`/v1/batches/${batch.id}`);
    expect(batch).toMatchObject({ action: 'retry', total: 4, actor: 'ada', reason: 'the shop is open' });
    const end = await finished(batch.id);
    expect(end).toMatchObject({ status: 'done', done: 2, failed: 2, next: null });
    expect(end.failures).toEqual([
      { sagaId: 'done', reason: expect.stringContaining('is completed') },
      { sagaId: 'nobody', reason: "there is no saga 'nobody'" },
    ]);
    for (const id of ['a', 'b']) {
      expect((await orchestrator.settled(id, { timeout: 5_000 })).status).toBe('compensated');
      const retries = (await orchestrator.history(id)).filter(({ type }) => type === 'retry');
      expect(retries.map(({ data }) => JSON.parse(data))).toMatchObject([
        { actor: 'ada', reason: 'the shop is open' },
      ]);
    }
    expect((await orchestrator.get('c')).status).toBe('failed');
  });

  it('acts on all that match a filter, with the fields of the action', async () => {
    const { post, finished, orchestrator } = await createParked();
    const filter = { name: 'order', status: 'failed', q: 'closed', since: '1h' };
    const started = await post('/v1/batches', { action: 'resolve', as: 'abandoned', filter });
    const { id } = BatchBody.parse(await started.json());
    expect(await finished(id)).toMatchObject({ status: 'done', total: 3, done: 3, failures: [] });
    expect(await orchestrator.counts()).toMatchObject({ abandoned: 3, completed: 1 });
  });

  it('is done at once when nothing matches', async () => {
    const { post } = await createParked();
    const answer = await post('/v1/batches', { action: 'cancel', filter: { name: 'parcel' } });
    expect(BatchBody.parse(await answer.json())).toMatchObject({ status: 'done', total: 0 });
  });

  it.each([
    ['no sagas', { action: 'retry' }, ''],
    ['sagas twice', { action: 'retry', ids: ['a'], filter: {} }, ''],
    ['no ids', { action: 'retry', ids: [] }, '/ids'],
    ['an id that is none', { action: 'retry', ids: ['a b'] }, '/ids/0'],
    ['an unknown action', { action: 'destroy', ids: ['a'] }, '/action'],
    ['a filter that is none', { action: 'retry', filter: { colour: 'red' } }, '/filter'],
    ['a resolve that does not say how', { action: 'resolve', ids: ['a'] }, '/as'],
    ['a field of another action', { action: 'cancel', ids: ['a'], as: 'refused' }, '/as'],
  ])('refuses %s', async (_what, body, path) => {
    const { post } = await createWorld();
    const answer = await post('/v1/batches', body);
    expect(answer.status).toBe(422);
    expect(ProblemBody.parse(await answer.json()).errors?.map((error) => error.path)).toEqual([path]);
  });
});

describe('GET /v1/batches', () => {
  it('lists batches newest first, page by page', async () => {
    const { post, app, finished } = await createParked();
    const ids: string[] = [];
    for (const action of ['cancel', 'pause', 'retry']) {
      const { id } = BatchBody.parse(await (await post('/v1/batches', { action, ids: ['done'] })).json());
      await finished(id);
      ids.unshift(id);
    }
    const list = async (query: string) =>
      BatchListBody.parse(await (await app.request(`/v1/batches?${query}`)).json());
    expect((await list('')).batches.map(({ id }) => id)).toEqual(ids);
    const { batches, next } = await list('limit=2');
    expect(batches.map(({ id }) => id)).toEqual(ids.slice(0, 2));
    expect((await list(`limit=2&cursor=${next}`)).batches.map(({ id }) => id)).toEqual(ids.slice(2));
  });

  it('answers 404 for a batch that there is not', async () => {
    const { app, post } = await createWorld();
    expect((await app.request('/v1/batches/nobody')).status).toBe(404);
    expect((await post('/v1/batches/nobody/abort', {})).status).toBe(404);
  });
});

describe('POST /v1/batches/:id/abort', () => {
  it('ends a batch, and says so again when it has ended', async () => {
    const { post, store } = await createParked();
    const order = { tenant: 'default', id: 'mine', action: 'retry', fields: '{}', actor: null, reason: null };
    await store.createBatch({ ...order, createdAt: Date.now() + 60_000 }, []);
    expect(BatchBody.parse(await (await post('/v1/batches/mine/abort', {})).json()).status).toBe('done');
  });
});

describe('an idempotency key of a batch', () => {
  it('answers the same batch for the same request, also at once, and 422 for another', async () => {
    const { app, post } = await createWorld();
    const send = (body: object) => post('/v1/batches', body, { 'Idempotency-Key': 'k' });
    const filter = { status: 'failed', since: '1h' };
    const ask = { action: 'retry', filter, reason: 'again' };
    const answers = await Promise.all([send(ask), send(ask), send({ ...ask, filter: { ...filter } })]);
    const batches = await Promise.all(answers.map(async (answer) => BatchBody.parse(await answer.json())));
    expect(new Set(batches.map(({ id }) => id)).size).toBe(1);
    expect(BatchListBody.parse(await (await app.request('/v1/batches')).json()).batches).toHaveLength(1);
    for (const other of [
      { ...ask, reason: 'else' },
      { ...ask, action: 'cancel' },
      { ...ask, filter: {} },
    ]) {
      const refused = await send(other);
      expect([refused.status, ProblemBody.parse(await refused.json()).code]).toEqual([
        422,
        'idempotency_key_reused',
      ]);
    }
  });
});
