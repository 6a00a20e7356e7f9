import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import { browserHeaders } from '../../src/http/security-headers.ts';
import { ProblemBody } from '../../src/http/system-schemas.ts';
import { createWorld, goodOrder } from './api-world.ts';
import { as, createGuardedWorld } from './auth-world.ts';

describe('an API that asks nobody', () => {
  it.each(['localhost', 'localhost:7411', '127.0.0.1:7411', '127.1.2.3', '[::1]:7411', 'demo.localhost:80'])(
    'answers under the name %s',
    async (Host) => {
      const { app } = await createWorld();
      expect((await app.request('/v1/sagas', { headers: { Host } })).status).toBe(200);
    },
  );

  it.each([
    'evil.example',
    'evil.example:7411',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'evillocalhost',
    '192.168.0.7:7411',
    '[::2]',
    '',
    'localhost:7411@evil',
  ])('does not answer under the name %j: a page elsewhere may have been made to lead here', async (Host) => {
    const { app } = await createWorld();
    const answer = await app.request('/v1/sagas', { headers: { Host } });
    expect([answer.status, ProblemBody.parse(await answer.json()).code]).toEqual([403, 'host_not_allowed']);
  });

  it('answers under other names where it is told to', async () => {
    const { app } = await createWorld(undefined, { hosts: ['api.example'] });
    const ask = async (Host: string) => (await app.request('/v1/sagas', { headers: { Host } })).status;
    expect([await ask('api.example:443'), await ask('API.example'), await ask('localhost')]).toEqual([
      200, 200, 403,
    ]);
  });
});

describe('a page of another site', () => {
  const foreign = [
    { 'Sec-Fetch-Site': 'cross-site' },
    { 'Sec-Fetch-Site': 'same-site' },
    { 'Sec-Fetch-Site': 'cross-site', Origin: 'http://localhost' },
    { Origin: 'https://evil.example' },
    { Origin: 'http://localhost:9' },
    { Origin: 'null' },
    { Origin: 'nonsense' },
  ];
  const own = [
    {},
    { 'Sec-Fetch-Site': 'same-origin' },
    { 'Sec-Fetch-Site': 'none' },
    { Origin: 'http://localhost' },
    // Behind something that speaks TLS and keeps the name.
    { Origin: 'https://localhost' },
  ];

  it.each(foreign)('may not act: %j', async (headers) => {
    const { post, orchestrator } = await createWorld();
    const answer = await post('/v1/sagas', goodOrder, { Host: 'localhost', ...headers });
    expect([answer.status, ProblemBody.parse(await answer.json()).code]).toEqual([403, 'cross_site']);
    expect((await orchestrator.list()).items).toEqual([]);
  });

  it.each(own)('is another thing than the own page, or a program: %j', async (headers) => {
    const { post } = await createWorld();
    expect((await post('/v1/sagas', goodOrder, { Host: 'localhost', ...headers })).status).toBe(201);
  });

  it('may not act with any method, on any route, token or not', async () => {
    const { app } = await createGuardedWorld();
    const headers = as('a-admin', { 'Sec-Fetch-Site': 'cross-site' });
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'])
      for (const path of ['/v1/sagas', '/v1/sagas/x/cancel', '/healthz', '/nothing'])
        expect((await app.request(path, { method, headers })).status).toBe(403);
  });

  it('is not let in by CORS', async () => {
    const { app } = await createWorld();
    const preflight = { Origin: 'https://evil.example', 'Access-Control-Request-Method': 'POST' };
    const answers = [
      await app.request('/v1/sagas', { method: 'OPTIONS', headers: preflight }),
      await app.request('/v1/sagas', { headers: preflight }),
    ];
    for (const { headers } of answers)
      expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
  });
});

describe('what browsers are told', () => {
  it('lets nothing in an answer of the API run, be framed or be guessed at', async () => {
    const { app } = await createWorld();
    for (const path of ['/', '/v1/sagas', '/v1/sagas/none', '/nothing', '/openapi.json']) {
      const { headers } = await app.request(path);
      expect([path, headers.get('content-security-policy')]).toEqual([
        path,
        expect.stringMatching(/^default-src 'none';.*frame-ancestors 'none'/),
      ]);
      expect([path, headers.get('x-content-type-options'), headers.get('x-frame-options')]).toEqual([
        path,
        'nosniff',
        'DENY',
      ]);
      expect([path, headers.get('referrer-policy')]).toEqual([path, 'no-referrer']);
    }
  });

  it('lets a page load its own files only, and run nothing that stands in its text', async () => {
    const app = new Hono().use(...browserHeaders()).get('/page', (c) => c.html('<p>page</p>'));
    const policy = (await app.request('/page')).headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
  });

  it('leaves alone what a route says of its own answer', async () => {
    const { app } = await createWorld();
    const { headers } = await app.request('/v1/definitions/order/1/chart.svg');
    expect(headers.get('content-security-policy')).toBe("default-src 'none'; style-src 'unsafe-inline'");
  });

  it('keeps answers out of caches that others share', async () => {
    const { app, post } = await createGuardedWorld();
    await post('/v1/sagas', { ...goodOrder, id: 's1' }, as('a-operator'));
    const { headers } = await app.request('/v1/sagas', { headers: as('a-viewer') });
    expect([headers.get('vary'), headers.get('cache-control')]).toEqual([
      'Authorization, Saga-Tenant',
      'no-store',
    ]);
    const saga = await app.request('/v1/sagas/s1', { headers: as('a-viewer') });
    expect(saga.headers.get('cache-control')).toBe('no-cache');
  });
});
