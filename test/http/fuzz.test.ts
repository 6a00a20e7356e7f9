import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createWorld, goodOrder } from './api-world.ts';

const words = [
  'v1',
  'v2',
  'sagas',
  'definitions',
  'a',
  'order',
  '1',
  'latest',
  'cancel',
  'retry',
  'skip',
  'resolve',
  'compensate',
  'history',
  'snapshot',
  'chart.mmd',
  'machine.json',
  'stats',
  'healthz',
  'openapi.json',
  '..',
  '.',
  '',
  '%00',
  '%ff',
  '%2f',
  '%E0%A4%A',
  '__proto__',
  'constructor',
  ':id',
  '*',
  '\u00e9',
  "'",
  '$',
];
const methods = [
  'GET',
  'GET',
  'GET',
  'HEAD',
  'POST',
  'POST',
  'POST',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
];
const names = [
  'status',
  'limit',
  'cursor',
  'since',
  'until',
  'name',
  'version',
  'cause',
  'wait',
  'after',
  'seq',
  '__proto__',
  'x',
  '',
];
const bodies = [
  '',
  '{',
  '[]',
  'null',
  '1',
  '"a"',
  '{}',
  '{"name":"order"}',
  '{"name":"order","input":{}}',
  '{"name":{},"input":1}',
  '{"as":"abandoned"}',
  '{"__proto__":1}',
  '{"reason":"\\ud800"}',
  '{"name":"parcel","input":1e400}',
  '['.repeat(5_000),
  '\ufeff{}',
  '{"name":"order","name":"x","input":[]}',
];

const text = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom(
    '1',
    '-1',
    '1e9',
    '9'.repeat(30),
    '0x10',
    'NaN',
    'running',
    '1h',
    '2020-02-30',
    'Infinity',
    '{}',
  ),
);
const word = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...words) },
  { weight: 1, arbitrary: text.map(encode) },
);
const path = fc.oneof(
  fc.array(word, { maxLength: 6 }).map((parts) => `/${parts.join('/')}`),
  fc.array(word, { maxLength: 3 }).map((parts) => `/v1/sagas/${parts.join('/')}`),
  fc.constantFrom(
    '/v1/sagas',
    '/v1/sagas/a',
    '/v1/sagas/a/cancel',
    '/v1/sagas/a/resolve',
    '/v1/sagas/a/history',
    '/v1/sagas/a/snapshot',
    '/v1/definitions/order/1',
  ),
);
const query = fc
  .array(fc.tuple(fc.constantFrom(...names), text), { maxLength: 3 })
  .map((pairs) => pairs.map(([name, value]) => `${name}=${encode(value)}`).join('&'));
const body = fc.oneof(
  fc.constantFrom(...bodies),
  fc.json(),
  fc.json().map((json) => `{"name":"order","input":${json}}`),
  fc.uint8Array({ maxLength: 40 }),
);
const headers = fc.record(
  {
    'content-type': fc.constantFrom(
      'application/json',
      'application/json',
      'text/plain',
      'application/problem+json',
      'multipart/form-data',
      ';;',
    ),
    'idempotency-key': headerText(),
    'if-match': fc.oneof(
      headerText(),
      fc.constantFrom('"1"', '*', 'W/"1"', '"1","2"', '"99999999999999999999"'),
    ),
    'if-none-match': fc.oneof(headerText(), fc.constantFrom('"1"', '*', ',,,')),
    'x-request-id': headerText(),
    'content-length': fc.constantFrom('5', '-1', 'x', '99999999'),
  },
  { requiredKeys: [] },
);

/** Right but for one or two things: these come past the first checks. */
const almostRight = fc.record({
  method: fc.constant('POST'),
  path: fc.constantFrom(
    '/v1/sagas',
    '/v1/sagas',
    '/v1/sagas/a/cancel',
    '/v1/sagas/a/skip',
    '/v1/sagas/a/retry',
    '/v1/sagas/a/resolve',
  ),
  query: fc.constantFrom('', '', '', 'wait=1ms', 'wait=x'),
  body: fc.oneof(
    fc.constantFrom('{}', '{"as":"abandoned"}', JSON.stringify(goodOrder)),
    fc.json().map((json) => `{"name":"parcel","input":${json}}`),
  ),
  headers: headers.map((some) => ({ ...some, 'content-type': 'application/json' })),
});

describe('malformed requests', () => {
  it('never make the server fail, and every refusal is a problem', async () => {
    const { app, post, logged } = await createWorld(() => undefined);
    await post('/v1/sagas', { ...goodOrder, id: 'a' });
    const counts: Record<string, number> = {};
    const random = fc.record({ method: fc.constantFrom(...methods), path, query, body, headers });
    const request = fc.oneof({ weight: 3, arbitrary: random }, { weight: 1, arbitrary: almostRight });
    await fc.assert(
      fc.asyncProperty(request, async (one) => {
        const answer = await app.request(`${one.path}?${one.query}`, {
          method: one.method,
          headers: one.headers,
          ...(hasBody(one.method) ? { body: one.body } : {}),
        });
        counts[answer.status] = (counts[answer.status] ?? 0) + 1;
        expect(answer.status).toBeLessThan(500);
        if (answer.status < 400) return;
        expect(answer.headers.get('content-type')).toBe('application/problem+json');
        if (one.method !== 'HEAD')
          expect(await answer.json()).toMatchObject({
            status: answer.status,
            title: expect.any(String),
            code: expect.any(String),
          });
      }),
      { numRuns: 3_000 },
    );
    expect(logged).toEqual([]);
    // The requests reach every kind of refusal, not only the first check.
    expect(Object.keys(counts)).toEqual(
      expect.arrayContaining(['200', '201', '400', '404', '405', '409', '412', '413', '415', '422']),
    );
  }, 120_000);
});

function hasBody(method: string): boolean {
  return method !== 'GET' && method !== 'HEAD';
}

/** Percent-encoding; lone surrogates have none. */
function encode(value: string): string {
  return encodeURIComponent(value.replaceAll(/\p{Cs}/gu, '?'));
}

function headerText() {
  return fc.string({ maxLength: 30 }).map((value) => value.replaceAll(/[^\x20-\x7e]/g, '').trim());
}
