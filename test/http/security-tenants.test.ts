import { describe, expect, it } from 'vitest';
import { BatchBody, BatchListBody } from '../../src/http/batch-schemas.ts';
import { StatsBody } from '../../src/http/report-schemas.ts';
import { HealthBody } from '../../src/http/system-schemas.ts';
import { createWorld, goodOrder } from './api-world.ts';
import { as, createGuardedWorld } from './auth-world.ts';

describe('another tenant', () => {
  it('finds no batch, can use the same key for its own, and goes nowhere with a cursor', async () => {
    const { app, post } = await createGuardedWorld();
    for (const id of ['one', 'two']) await post('/v1/sagas', { ...goodOrder, id }, as('a-operator'));
    const keyed = (token: string) => as(token, { 'Idempotency-Key': 'nightly' });
    const ask = { action: 'cancel', ids: ['one'] };
    const mine = BatchBody.parse(await (await post('/v1/batches', ask, keyed('a-operator'))).json());
    await post('/v1/batches', { action: 'pause', ids: ['two'] }, as('a-operator'));
    const theirs = await post('/v1/batches', { action: 'pause', ids: ['none'] }, keyed('b-operator'));
    expect(theirs.status).toBe(202);
    expect((await app.request(`/v1/batches/${mine.id}`, { headers: as('a-viewer') })).status).toBe(200);
    const list = async (token: string, query: string) =>
      BatchListBody.parse(await (await app.request(`/v1/batches?${query}`, { headers: as(token) })).json());
    const { next } = await list('a-viewer', 'limit=1');
    expect(next).not.toBeNull();
    expect((await list('b-viewer', `limit=10&cursor=${next}`)).batches.map(({ action }) => action)).toEqual(
      [],
    );
    const page = await app.request('/v1/sagas?limit=1', { headers: as('a-viewer') });
    const { next: cursor } = (await page.json()) as { readonly next: string };
    const foreign = await app.request(`/v1/sagas?cursor=${cursor}`, { headers: as('b-viewer') });
    expect(await foreign.json()).toMatchObject({ sagas: [], next: null });
  });

  it('is told nothing of what the node does for all, and nobody is who was not asked', async () => {
    const { app } = await createGuardedWorld();
    const stats = async (token: string) =>
      StatsBody.parse(await (await app.request('/v1/stats', { headers: as(token) })).json());
    expect(await stats('a-admin')).not.toHaveProperty('metrics');
    expect((await stats('all-viewer')).metrics).toMatchObject({ started: 0 });
    const ready = await app.request('/readyz', { headers: as('all-admin') });
    expect(HealthBody.parse(await ready.json())).not.toHaveProperty('unrunnable');
    const open = await (await createWorld()).app.request('/readyz');
    expect(HealthBody.parse(await open.json()).unrunnable).toEqual([]);
  });
});
