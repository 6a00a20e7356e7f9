import { describe, expect, it } from 'vitest';
import { HistoryBody, SagaBody, SagaListBody, SagaSummaryBody } from '../../src/http/saga-schemas.ts';
import { ProblemBody } from '../../src/http/system-schemas.ts';
import { createWorld, goodOrder } from './api-world.ts';

const silence = () => undefined;

describe('POST /v1/sagas', () => {
  it('answers 201 with the saga, where to find it, and its version as entity tag', async () => {
    const { post, app } = await createWorld(silence);
    const answer = await post('/v1/sagas', { ...goodOrder, id: 'o-1', attributes: { customer: 'c1' } });
    expect(answer.status).toBe(201);
    expect(answer.headers.get('location')).toBe('/v1/sagas/o-1');
    expect(answer.headers.get('etag')).toBe('"1"');
    const saga = SagaSummaryBody.parse(await answer.json());
    expect(saga).toMatchObject({
      id: 'o-1',
      status: 'running',
      version: 1,
      definition: { name: 'order', version: 1 },
      attributes: { customer: 'c1' },
    });
    expect(Date.parse(saga.deadlineAt ?? '') - Date.parse(saga.createdAt)).toBe(600_000);
    expect((await app.request('/v1/sagas/o-1')).status).toBe(200);
  });

  it('waits until the saga is settled when asked to', async () => {
    const { post } = await createWorld();
    const answer = await post('/v1/sagas?wait=30s', goodOrder);
    expect(answer.status).toBe(201);
    const saga = SagaBody.parse(await answer.json());
    expect(saga).toMatchObject({
      status: 'completed',
      results: { reserve: { ok: true }, charge: { ok: true } },
      timers: {},
      legal: [],
    });
    expect(answer.headers.get('etag')).toBe(`"${saga.version}"`);
  });

  it('answers with the saga as it is when it is not settled in time', async () => {
    const { post } = await createWorld(silence);
    const answer = await post('/v1/sagas?wait=20ms', goodOrder);
    expect(answer.status).toBe(201);
    const saga = SagaBody.parse(await answer.json());
    expect(saga).toMatchObject({ status: 'running', state: 'running.reserve.executing' });
    expect(Object.keys(saga.timers)).toHaveLength(2);
  });

  it('answers a repetition with the same saga and says so', async () => {
    const { post } = await createWorld(silence);
    const first = await post('/v1/sagas', goodOrder, { 'Idempotency-Key': 'k 1' });
    const again = await post('/v1/sagas', goodOrder, { 'Idempotency-Key': 'k 1' });
    expect(first.headers.get('idempotent-replayed')).toBeNull();
    expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([200, 'true']);
    expect(((await again.json()) as { id: string }).id).toBe(((await first.json()) as { id: string }).id);
  });

  it('refuses an idempotency key with another body with 422, and an id with another body with 409', async () => {
    const { post } = await createWorld(silence);
    await post('/v1/sagas', { ...goodOrder, id: 'a' }, { 'Idempotency-Key': 'k' });
    const other = { name: 'order', input: { customerId: 'c2', amount: 5 } };
    const statuses = [
      await post('/v1/sagas', other, { 'Idempotency-Key': 'k' }),
      await post('/v1/sagas', { ...other, id: 'b' }, { 'Idempotency-Key': 'k' }),
      await post('/v1/sagas', { ...other, id: 'a' }),
      await post('/v1/sagas', { ...other, id: 'a' }, { 'Idempotency-Key': 'k2' }),
    ].map(({ status }) => status);
    expect(statuses).toEqual([422, 422, 409, 409]);
  });

  it.each([
    ['an unknown saga', { name: 'nothing', input: null }, 404, 'not_found', []],
    ['an unknown version', { ...goodOrder, version: 9 }, 404, 'not_found', []],
    [
      'an input that does not fit',
      { name: 'order', input: { customerId: 'c', amount: -1 } },
      422,
      'validation',
      ['/input/amount'],
    ],
    ['a body without input', { name: 'order' }, 422, 'validation', ['/input']],
    ['an unknown member', { ...goodOrder, attribute: {} }, 422, 'validation', ['']],
    ['a bad id', { ...goodOrder, id: 'a b' }, 422, 'validation', ['/id']],
    [
      'attributes that are not texts',
      { ...goodOrder, attributes: { a: 1 } },
      422,
      'validation',
      ['/attributes/a'],
    ],
    [
      'a text that cannot be stored',
      { ...goodOrder, input: { customerId: 'a\u0000b', amount: 1 } },
      422,
      'validation',
      [''],
    ],
    [
      'a lone surrogate',
      { ...goodOrder, input: { customerId: '\ud800', amount: 1 } },
      422,
      'validation',
      [''],
    ],
  ])('refuses %s, saying where', async (_what, body, status, code, paths) => {
    const { post } = await createWorld();
    const answer = await post('/v1/sagas', body);
    const problem = ProblemBody.parse(await answer.json());
    expect([answer.status, problem.code]).toEqual([status, code]);
    expect((problem.errors ?? []).map(({ path }) => path)).toEqual(paths);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.headers.get('x-request-id')).toBe(problem.requestId);
  });

  it.each([
    ['not JSON', '{"name":', 'application/json', 400],
    ['not UTF-8', new Uint8Array([0x22, 0xff, 0x22]), 'application/json', 400],
    ['a form', 'name=order', 'application/x-www-form-urlencoded', 415],
    ['too deep', `{"name":"order","input":${'['.repeat(70)}${']'.repeat(70)}}`, 'application/json', 422],
    ['__proto__', '{"name":"parcel","input":{"__proto__":{}}}', 'application/json', 422],
    ['constructor', '{"name":"parcel","input":{"constructor":{}}}', 'application/json', 422],
    ['a number out of range', '{"name":"parcel","input":1e999}', 'application/json', 422],
    ['an array', '[]', 'application/json', 422],
    ['nothing', '', 'application/json', 422],
  ])('refuses a body that is %s', async (_what, body, type, status) => {
    const { app } = await createWorld();
    const answer = await app.request('/v1/sagas', {
      method: 'POST',
      body,
      headers: { 'Content-Type': type },
    });
    expect(answer.status).toBe(status);
    expect(ProblemBody.parse(await answer.json()).status).toBe(status);
  });

  it('refuses a key or a wait that makes no sense', async () => {
    const { post } = await createWorld();
    const answers = [
      await post('/v1/sagas', goodOrder, { 'Idempotency-Key': 'x'.repeat(300) }),
      await post('/v1/sagas?wait=forever', goodOrder),
      await post('/v1/sagas?wait=0s', goodOrder),
      await post('/v1/sagas?wiat=1s', goodOrder),
    ];
    expect(answers.map(({ status }) => status)).toEqual([400, 422, 422, 422]);
  });

  it('does not let pages of other sites act', async () => {
    const { post } = await createWorld();
    expect((await post('/v1/sagas', goodOrder, { 'Sec-Fetch-Site': 'cross-site' })).status).toBe(403);
    expect((await post('/v1/sagas', goodOrder, { 'Sec-Fetch-Site': 'same-origin' })).status).toBe(201);
  });
});

describe('GET /v1/sagas', () => {
  it('leads through all sagas, newest first, page by page', async () => {
    const { post, app } = await createWorld(silence);
    const ids = ['a', 'b', 'c', 'd', 'e'];
    for (const id of ids) await post('/v1/sagas', { ...goodOrder, id });
    const seen: string[][] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const query: string = cursor === '' ? '' : `&cursor=${cursor}`;
      const page = SagaListBody.parse(await (await app.request(`/v1/sagas?limit=2${query}`)).json());
      seen.push(page.sagas.map(({ id }) => id));
      cursor = page.next;
    }
    expect(seen.map((page) => page.length)).toEqual([2, 2, 1]);
    expect(seen.flat().toSorted()).toEqual(ids);
  });

  it('filters by status, name, version, cause and time', async () => {
    const { post, app } = await createWorld(silence, { now: () => Date.now() + 3_600_000 });
    await post('/v1/sagas', { ...goodOrder, id: 'o' });
    await post('/v1/sagas', { name: 'parcel', input: {}, id: 'p1', version: 1 });
    await post('/v1/sagas', { name: 'parcel', input: {}, id: 'p2' });
    await post('/v1/sagas/p2/cancel', {});
    const found = async (query: string) => {
      const body = SagaListBody.parse(await (await app.request(`/v1/sagas?${query}`)).json());
      return body.sagas.map(({ id }) => id).toSorted();
    };
    expect(await found('name=parcel')).toEqual(['p1', 'p2']);
    expect(await found('name=parcel&version=1')).toEqual(['p1']);
    expect(await found('cause=cancelled')).toEqual(['p2']);
    expect(await found('status=compensating')).toEqual(['p2']);
    expect(await found('status=running&status=compensating')).toEqual(['o', 'p1', 'p2']);
    expect(await found('status=running,compensating,completed')).toEqual(['o', 'p1', 'p2']);
    expect(await found('status=completed')).toEqual([]);
    expect(await found('since=30m')).toEqual([]);
    expect(await found('since=2h&until=30m')).toEqual(['o', 'p1', 'p2']);
    expect(await found('until=2020-01-01')).toEqual([]);
    expect(await found('since=2020-01-01T00:00:00Z')).toEqual(['o', 'p1', 'p2']);
  });

  it.each([
    'status=gone',
    'limit=0',
    'limit=201',
    'limit=1&limit=2',
    'cursor=abc',
    'cursor=%00',
    'since=yesterday',
    'since=2020-13-01',
    'name=a%20b',
    'version=x',
    'what=1',
    'attr.=1',
    'attr.a%20b=1',
    'stuck=soon',
    'overridden=maybe',
    'q=%20',
  ])('refuses ?%s', async (query) => {
    const { app } = await createWorld();
    const answer = await app.request(`/v1/sagas?${query}`);
    expect(answer.status).toBe(422);
    expect(ProblemBody.parse(await answer.json()).errors).toHaveLength(1);
  });
});

describe('GET /v1/sagas/:id', () => {
  it('answers 304 to somebody who has this version', async () => {
    const { post, app } = await createWorld(silence);
    await post('/v1/sagas', { ...goodOrder, id: 'a' });
    const tag = (await app.request('/v1/sagas/a')).headers.get('etag') ?? '';
    const statusOf = async (header: string) =>
      (await app.request('/v1/sagas/a', { headers: { 'If-None-Match': header } })).status;
    expect(await statusOf(tag)).toBe(304);
    expect(await statusOf(`"77", W/${tag}`)).toBe(304);
    expect(await statusOf('"77"')).toBe(200);
  });

  it('shows the whole saga: steps, results, why it went backward', async () => {
    const { post, app } = await createWorld(({ operation, op }) =>
      op === 'do' && operation === 'charge'
        ? { type: 'refused', error: { code: 'declined', message: 'no', details: { limit: 3 } } }
        : { type: 'succeeded', result: 1 },
    );
    await post('/v1/sagas?wait=10s', { ...goodOrder, id: 'a' });
    const saga = SagaBody.parse(await (await app.request('/v1/sagas/a')).json());
    expect(saga).toMatchObject({
      status: 'compensated',
      causedBy: {
        type: 'stepFailed',
        step: 'charge',
        error: { code: 'declined', message: 'no', details: { limit: 3 } },
      },
      input: goodOrder.input,
      steps: [
        { name: 'reserve', status: 'compensated', attempts: 1, undoAttempts: 1 },
        { name: 'charge', status: 'failed', error: { code: 'declined' } },
      ],
    });
    expect(saga.closedAt).not.toBeNull();
  });

  it('answers HEAD without a body', async () => {
    const { post, app } = await createWorld(silence);
    await post('/v1/sagas', { ...goodOrder, id: 'a' });
    const answer = await app.request('/v1/sagas/a', { method: 'HEAD' });
    expect([answer.status, await answer.text(), answer.headers.get('etag')]).toEqual([200, '', '"1"']);
  });

  it.each([
    '/v1/sagas/none',
    '/v1/sagas/a%00b',
    `/v1/sagas/${'x'.repeat(200)}`,
    '/v1/sagas/%ff',
    '/v1/sagas/none/history',
    '/v1/sagas/none/snapshot',
    '/v1/sagas/none/chart.mmd',
  ])('answers 404 for %s', async (path) => {
    const { app } = await createWorld();
    const answer = await app.request(path);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([404, 'application/problem+json']);
  });
});

describe('a saga’s past', () => {
  it('is its journal, in order, page by page', async () => {
    const { post, app } = await createWorld();
    await post('/v1/sagas?wait=10s', { ...goodOrder, id: 'a' });
    const all = HistoryBody.parse(await (await app.request('/v1/sagas/a/history')).json());
    expect(all.items.map(({ seq, type, state }) => [seq, type, state])).toEqual([
      [1, 'start', 'running.reserve.executing'],
      [2, 'reserve.succeeded', 'running.charge.executing'],
      [3, 'charge.succeeded', 'completed'],
    ]);
    expect(all.items[0]?.data).toEqual({ input: goodOrder.input });
    expect(all.nextAfter).toBeNull();
    const first = HistoryBody.parse(await (await app.request('/v1/sagas/a/history?limit=2')).json());
    expect([first.items.length, first.nextAfter]).toEqual([2, 2]);
    const rest = HistoryBody.parse(await (await app.request('/v1/sagas/a/history?after=2')).json());
    expect(rest.items.map(({ seq }) => seq)).toEqual([3]);
  });

  it('can be looked at as snapshots', async () => {
    const { post, app } = await createWorld();
    await post('/v1/sagas?wait=10s', { ...goodOrder, id: 'a' });
    const valueAt = async (query: string) =>
      ((await (await app.request(`/v1/sagas/a/snapshot${query}`)).json()) as { value: unknown }).value;
    expect(await valueAt('')).toBe('completed');
    expect(await valueAt('?seq=1')).toEqual({ running: { reserve: 'executing' } });
    expect(await valueAt('?seq=2')).toEqual({ running: { charge: 'executing' } });
    expect((await app.request('/v1/sagas/a/snapshot?seq=4')).status).toBe(404);
    expect((await app.request('/v1/sagas/a/snapshot?seq=0')).status).toBe(422);
  });

  it('is marked in the chart', async () => {
    const { post, app } = await createWorld(silence);
    await post('/v1/sagas', { name: 'parcel', input: {}, id: 'a' });
    const answer = await app.request('/v1/sagas/a/chart.mmd');
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain/);
    const marks = (await answer.text()).split('\n').filter((line) => line.startsWith('  class '));
    expect(marks).toEqual([
      '  class running_prepare_pack_executing active',
      '  class running_prepare_label_executing active',
    ]);
  });
});
