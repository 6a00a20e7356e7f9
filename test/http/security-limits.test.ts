import { describe, expect, it } from 'vitest';
import { TokenBuckets } from '../../src/http/rate-limit.ts';
import { ProblemBody } from '../../src/http/system-schemas.ts';
import { createWorld, goodOrder } from './api-world.ts';
import { as, createGuardedWorld } from './auth-world.ts';

describe('a request that is larger than any that makes sense', () => {
  it.each([
    ['URL', `/v1/sagas?name=${'a'.repeat(5_000)}`, {}, 414, 'uri_too_long'],
    ['query', `/v1/sagas?${'a&'.repeat(150)}`, {}, 422, 'validation'],
    ['header', '/v1/sagas', { 'X-Large': 'a'.repeat(17_000) }, 431, 'headers_too_large'],
  ])('is refused for its %s', async (_what, path, headers, status, code) => {
    const { app } = await createWorld();
    const answer = await app.request(path, { headers });
    expect([answer.status, ProblemBody.parse(await answer.json()).code]).toEqual([status, code]);
  });

  it('is refused for the depth of its body, and for its size before anybody is known to send it', async () => {
    const { post, app } = await createGuardedWorld({ maxBodyBytes: 1_000 });
    const deep = `{"name":"order","input":${'['.repeat(80)}${']'.repeat(80)}}`;
    const headers = as('a-operator', { 'Content-Type': 'application/json' });
    expect((await app.request('/v1/sagas', { method: 'POST', body: deep, headers })).status).toBe(422);
    const large = { ...goodOrder, id: 'a'.repeat(2_000) };
    expect((await post('/v1/sagas', large, as('a-operator'))).status).toBe(413);
    // Not even looked at.
    expect((await post('/v1/sagas', large)).status).toBe(401);
  });
});

describe('a token bucket', () => {
  it('holds a burst, and fills up with time', () => {
    let now = 0;
    const buckets = new TokenBuckets({ perSecond: 2, burst: 3 }, () => now);
    const take = (key: string) => buckets.take(key).isAllowed;
    expect([take('a'), take('a'), take('a'), take('a'), take('b')]).toEqual([true, true, true, false, true]);
    now = 499;
    expect(take('a')).toBe(false);
    now = 500;
    expect([take('a'), take('a')]).toEqual([true, false]);
    now = 1_000_000;
    expect([take('a'), take('a'), take('a'), take('a')]).toEqual([true, true, true, false]);
    now = 0;
    expect(take('a')).toBe(false);
  });

  it('tells when the next may come, and how many more may', () => {
    const buckets = new TokenBuckets({ perSecond: 0.1, burst: 2 }, () => 0);
    expect(buckets.policy).toEqual({ quota: 2, window: 20 });
    expect(buckets.take('a')).toEqual({ isAllowed: true, remaining: 1, seconds: 10 });
    buckets.take('a');
    expect(buckets.take('a')).toEqual({ isAllowed: false, remaining: 0, seconds: 10 });
  });

  it('remembers those who were seen last, however many come', () => {
    const buckets = new TokenBuckets({ perSecond: 1, burst: 1 }, () => 0);
    buckets.take('first');
    for (let index = 0; index < 9_999; index += 1) buckets.take(`k${index}`);
    expect(buckets.take('first').isAllowed).toBe(false);
    for (let index = 0; index < 10_000; index += 1) buckets.take(`m${index}`);
    expect(buckets.take('first').isAllowed).toBe(true);
  });
});

describe('too many requests', () => {
  it('of one caller are refused, with when to come back; others go on', async () => {
    const { app } = await createGuardedWorld({
      rateLimits: { requests: { perSecond: 0.5, burst: 2 } },
      now: () => 0,
    });
    const ask = async (token: string) => app.request('/v1/sagas', { headers: as(token) });
    expect((await ask('a-viewer')).headers.get('ratelimit')).toBe('"requests";r=1;t=2');
    await ask('a-viewer');
    const refused = await ask('a-viewer');
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '2']);
    expect(refused.headers.get('ratelimit-policy')).toBe('"requests";q=2;w=4');
    expect(ProblemBody.parse(await refused.json()).code).toBe('too_many_requests');
    expect((await ask('a-operator')).status).toBe(200);
    expect((await app.request('/healthz')).status).toBe(200);
  });

  it('of a caller are refused also where the role would not do: a refusal is not for free', async () => {
    const { post } = await createGuardedWorld({
      rateLimits: { requests: { perSecond: 1, burst: 1 } },
      now: () => 0,
    });
    const statuses = [];
    for (let index = 0; index < 2; index += 1)
      statuses.push((await post('/v1/sagas', goodOrder, as('a-viewer'))).status);
    expect(statuses).toEqual([403, 429]);
  });

  it('that start sagas have a bucket of their own', async () => {
    const { app, post } = await createGuardedWorld({
      rateLimits: { starts: { perSecond: 1, burst: 2 } },
      now: () => 0,
    });
    const statuses = [];
    for (let index = 0; index < 3; index += 1)
      statuses.push((await post('/v1/sagas', goodOrder, as('a-operator'))).status);
    expect(statuses).toEqual([201, 201, 429]);
    expect((await app.request('/v1/sagas', { headers: as('a-operator') })).status).toBe(200);
  });

  it('of one tenant’s callers together are refused; what one of them may not do does not count', async () => {
    const { app } = await createGuardedWorld({
      rateLimits: { requests: { perSecond: 1, burst: 2 }, tenant: { perSecond: 1, burst: 3 } },
      now: () => 0,
    });
    const ask = async (token: string) => (await app.request('/v1/sagas', { headers: as(token) })).status;
    expect([await ask('a-viewer'), await ask('a-viewer'), await ask('a-viewer')]).toEqual([200, 200, 429]);
    expect([await ask('a-operator'), await ask('a-admin'), await ask('b-viewer')]).toEqual([200, 429, 200]);
  });

  it('with tokens that are no good are told so, and do not keep out those with good ones', async () => {
    const { app } = await createGuardedWorld({
      rateLimits: { failures: { perSecond: 1, burst: 2 } },
      now: () => 0,
    });
    const ask = async (token: string) => (await app.request('/v1/sagas', { headers: as(token) })).status;
    expect([await ask('x'), await ask('y'), await ask('z'), await ask('a-viewer')]).toEqual([
      401, 401, 429, 200,
    ]);
  });
});

describe('a refusal', () => {
  it('is logged with who was refused what, without tokens, queries or bodies', async () => {
    const warned: object[] = [];
    const { app, post } = await createGuardedWorld({
      logger: {
        debug: () => {},
        info: () => {},
        error: () => {},
        warn: (fields) => void warned.push(fields),
      },
    });
    await app.request('/v1/sagas?name=SECRET-q', { headers: as('SECRET-token') });
    await post('/v1/sagas', { ...goodOrder, input: 'SECRET-body' }, as('a-viewer', { 'X-Request-Id': 'r1' }));
    expect(warned).toEqual([
      expect.objectContaining({ code: 'unauthenticated', method: 'GET', path: '/v1/sagas' }),
      expect.objectContaining({ code: 'forbidden', subject: 'a-viewer', requestId: 'r1' }),
    ]);
    expect(JSON.stringify(warned)).not.toContain('SECRET');
  });
});
