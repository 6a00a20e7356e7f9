import type { StandardSchemaV1 } from '@standard-schema/spec';
import { describe, expect, it } from 'vitest';
import { defineSaga } from '../../src/core/definition.ts';
import { createApp } from '../../src/http/app.ts';
import { StatsBody } from '../../src/http/report-schemas.ts';
import { HealthBody, IndexBody, ProblemBody } from '../../src/http/system-schemas.ts';
import { MemoryStore } from '../../src/memory/store.ts';
import { InProcessTransport } from '../../src/memory/transport.ts';
import { createOrchestrator } from '../../src/runtime/orchestrator.ts';
import { systemClock } from '../../src/runtime/system.ts';
import { createWorld, goodOrder } from './api-world.ts';

describe('the system', () => {
  it('tells where things are, and all of them are there', async () => {
    const { app } = await createWorld();
    const { links } = IndexBody.parse(await (await app.request('/')).json());
    for (const link of Object.values(links))
      expect([link, (await app.request(link)).status]).toEqual([link, 200]);
  });

  it('counts sagas by status', async () => {
    const { app, post } = await createWorld();
    await post('/v1/sagas?wait=10s', goodOrder);
    const stats = StatsBody.parse(await (await app.request('/v1/stats')).json());
    expect(stats.counts).toEqual({
      running: 0,
      compensating: 0,
      completed: 1,
      compensated: 0,
      failed: 0,
      abandoned: 0,
    });
    expect(stats.metrics).toMatchObject({
      started: 1,
      transitions: 3,
      commands: 2,
      settled: { completed: 1 },
    });
  });

  it('publishes events again only where they are published', async () => {
    const { post } = await createWorld();
    const answer = await post('/v1/republish', { from: 0 });
    expect([answer.status, ProblemBody.parse(await answer.json()).code]).toEqual([404, 'nothing_published']);
    expect((await post('/v1/republish', { from: -1 })).status).toBe(422);
  });

  it('is ready until a part of it fails, and lives nevertheless', async () => {
    const { app, transport } = await createWorld();
    expect(HealthBody.parse(await (await app.request('/readyz')).json()).isReady).toBe(true);
    await transport.close();
    const answer = await app.request('/readyz');
    expect(answer.status).toBe(503);
    expect(ProblemBody.parse(await answer.json())).toMatchObject({
      code: 'not_ready',
      transport: 'disconnected',
      store: 'ok',
      lease: 'held',
    });
    expect((await app.request('/healthz')).status).toBe(200);
  });

  it('asks to come back when the store is down, and says nothing of why', async () => {
    const { app, store, logged } = await createWorld();
    await store.close();
    const answer = await app.request('/v1/sagas/a');
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
    const text = await answer.text();
    expect(ProblemBody.parse(JSON.parse(text)).code).toBe('storage_unavailable');
    expect(text).not.toContain('closed');
    expect(logged).toHaveLength(1);
  });

  it('keeps what went wrong inside to its log, under the request’s id', async () => {
    const schema: StandardSchemaV1 = {
      '~standard': { version: 1, vendor: 'test', validate: () => failing() },
    };
    const transport = new InProcessTransport();
    const saga = defineSaga('broken', { input: schema }).step('a', { action: 'x.a', kind: 'readonly' });
    const orchestrator = await createOrchestrator({
      store: new MemoryStore({ clock: systemClock }),
      transport,
      sagas: [saga],
    });
    const logged: object[] = [];
    const app = createApp({
      orchestrator,
      logger: {
        debug: () => {},
        info: () => {},
        warn: () => {},
        error: (fields) => void logged.push(fields),
      },
    });
    const body = JSON.stringify({ name: 'broken', input: 1 });
    const answer = await app.request('/v1/sagas', {
      method: 'POST',
      body,
      headers: { 'Content-Type': 'application/json', 'X-Request-Id': 'r-1' },
    });
    const text = await answer.text();
    expect([answer.status, ProblemBody.parse(JSON.parse(text)).code]).toEqual([500, 'internal']);
    expect(text).not.toContain('secret');
    expect(logged).toEqual([
      { err: new Error('secret'), requestId: 'r-1', method: 'POST', path: '/v1/sagas' },
    ]);
    await orchestrator.close();
    await transport.close();
  });

  it('says of an unknown method which there are', async () => {
    const { app } = await createWorld();
    const answers = await Promise.all([
      app.request('/v1/sagas', { method: 'DELETE' }),
      app.request('/v1/sagas/a', { method: 'PUT', body: '{}' }),
      app.request('/v1/sagas/a/cancel'),
    ]);
    expect(answers.map(({ status, headers }) => [status, headers.get('allow')])).toEqual([
      [405, 'GET, HEAD, POST'],
      [405, 'DELETE, GET, HEAD'],
      [405, 'POST'],
    ]);
    expect(ProblemBody.parse(await answers[0]?.json()).code).toBe('method_not_allowed');
  });

  it('answers every unknown path with a problem', async () => {
    const { app } = await createWorld();
    for (const path of ['/nothing', '/v1', '/v1/sagas/', '/v2/sagas', '/v1/sagas/a/b/c', '//', '/%']) {
      const answer = await app.request(path);
      expect([path, answer.status, answer.headers.get('content-type')]).toEqual([
        path,
        404,
        'application/problem+json',
      ]);
    }
  });

  it('sends its headers with every answer', async () => {
    const { app } = await createWorld();
    for (const path of ['/', '/nothing', '/v1/sagas/none']) {
      const { headers } = await app.request(path, { headers: { 'X-Request-Id': 'mine' } });
      expect([headers.get('x-request-id'), headers.get('x-content-type-options')]).toEqual([
        'mine',
        'nosniff',
      ]);
    }
    expect(
      (await app.request('/', { headers: { 'X-Request-Id': 'a b' } })).headers.get('x-request-id'),
    ).toMatch(/^[0-9a-f-]{36}$/);
  });
});

function failing(): never {
  throw new Error('secret');
}
