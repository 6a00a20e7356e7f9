import { hc } from 'hono/client';
import { describe, expect, it } from 'vitest';
import type { AppType } from '../../src/http/index.ts';
import { createWorld, goodOrder } from './api-world.ts';

interface Operation {
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, unknown>> }>>;
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: unknown }>> };
}

interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Readonly<Record<string, unknown>>>> };
}

async function openDocument() {
  const { app } = await createWorld();
  const text = await (await app.request('/openapi.json')).text();
  return { app, text, document: JSON.parse(text) as Document };
}

describe('the OpenAPI document', () => {
  it('has every route of the app, and no other', async () => {
    const { app, document } = await openDocument();
    const documented = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const routes = app.routes
      .filter(({ method, path }) => method !== 'ALL' && path !== '/openapi.json')
      .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`);
    expect(documented.toSorted()).toEqual([...new Set(routes)].toSorted());
    expect(document.openapi).toMatch(/^3\.1\./);
  });

  it('knows every schema that it refers to', async () => {
    const { text, document } = await openDocument();
    const referred = [...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name);
    expect(referred.filter((name) => document.components.schemas[name ?? ''] === undefined)).toEqual([]);
    expect(Object.keys(document.components.schemas)).toEqual(
      expect.arrayContaining(['Saga', 'StartSaga', 'Problem', 'History', 'Definition']),
    );
  });

  it('describes the request as the schemas that validate it', async () => {
    const { document } = await openDocument();
    const start = document.paths['/v1/sagas']?.['post'];
    expect(start?.requestBody?.content['application/json']?.schema).toEqual({
      $ref: '#/components/schemas/StartSaga',
    });
    expect(document.components.schemas['StartSaga']?.['required']).toEqual(['name', 'input']);
    expect(start?.parameters?.map(({ name, in: place }) => [name, place])).toEqual([
      ['idempotency-key', 'header'],
      ['traceparent', 'header'],
      ['wait', 'query'],
    ]);
    const cancel = document.paths['/v1/sagas/{id}/cancel']?.['post'];
    expect(cancel?.parameters?.map(({ name, in: place, required }) => [name, place, required])).toEqual([
      ['id', 'path', true],
      ['if-match', 'header', undefined],
      ['idempotency-key', 'header', undefined],
    ]);
    const list = document.paths['/v1/sagas']?.['get'];
    expect(list?.parameters?.map(({ name }) => name)).toEqual([
      'status',
      'name',
      'version',
      'cause',
      'step',
      'participant',
      'error',
      'overridden',
      'stuck',
      'q',
      'since',
      'until',
      'cursor',
      'limit',
    ]);
    expect(Object.keys(start?.responses['422']?.content ?? {})).toEqual(['application/problem+json']);
  });
});

describe('the typed client', () => {
  it('starts, finds and cancels a saga', async () => {
    const { app } = await createWorld(() => undefined);
    const client = hc<AppType>('http://localhost', { fetch: app.request as typeof fetch });
    const started = await client.v1.sagas.$post({ json: { ...goodOrder, id: 'a' }, query: {}, header: {} });
    const { id } = await started.json();
    const found = await client.v1.sagas[':id'].$get({ param: { id } });
    if (found.status !== 200) throw new Error('not found');
    const saga = await found.json();
    expect([saga.status, saga.legal]).toEqual(['running', ['cancel', 'compensate', 'pause']]);
    const listed = await (await client.v1.sagas.$get({ query: { status: 'running' } })).json();
    expect(listed.sagas.map((one) => one.id)).toEqual(['a']);
    const cancelled = await client.v1.sagas[':id'].cancel.$post({
      param: { id },
      header: {},
      json: { reason: 'test' },
    });
    expect(cancelled.status).toBe(202);
  });
});
