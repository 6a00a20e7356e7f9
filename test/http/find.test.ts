import { describe, expect, it } from 'vitest';
import type { CommandRequest, Reply } from '../../src/core/transport.ts';
import { AuditBody, ErrorListBody, StatsBody } from '../../src/http/report-schemas.ts';
import { SagaListBody } from '../../src/http/saga-schemas.ts';
import { createWorld, goodOrder } from './api-world.ts';

/** Refuses to charge, and to undo what it did for those whose customer is `stuck`: such an order parks. */
const poor = ({ operation, op, body }: CommandRequest): Reply => {
  const { customerId } = (body as { input: { customerId?: string } }).input;
  if (operation === 'charge' && op === 'do')
    return { type: 'refused', error: { code: 'no_money', message: `Customer ${customerId} has no money` } };
  if (operation === 'release' && customerId === 'stuck')
    return { type: 'refused', error: { code: 'warehouse_closed', message: 'on holiday' } };
  return { type: 'succeeded', result: null };
};

/** Two compensated orders, a parked one, and a parcel that completed. */
async function createTroubled() {
  const world = await createWorld(poor);
  const order = (id: string, customerId: string) =>
    world.post('/v1/sagas?wait=10s', {
      name: 'order',
      id,
      input: { customerId, amount: 5 },
      attributes: { customer: customerId, region: 'eu' },
    });
  await order('a', 'anna');
  await order('b', 'ben');
  await order('c', 'stuck');
  await world.post('/v1/sagas?wait=10s', { name: 'parcel', input: {}, id: 'p' });
  const list = async (query: string) =>
    SagaListBody.parse(await (await world.app.request(`/v1/sagas?${query}`)).json());
  const ids = async (query: string) => (await list(query)).sagas.map(({ id }) => id).toSorted();
  return { ...world, list, ids };
}

describe('finding sagas', () => {
  it('by what is wrong with them, where, and who is to answer', async () => {
    const { ids, list } = await createTroubled();
    expect(await ids('error=no_money')).toEqual(['a', 'b']);
    expect(await ids('error=warehouse_closed')).toEqual(['c']);
    expect(await ids('q=customer%20ANNA')).toEqual(['a']);
    expect(await ids('q=nobody')).toEqual([]);
    expect(await ids('step=reserve')).toEqual(['c']);
    expect(await ids('step=undoReserve&participant=shop&status=failed')).toEqual(['c']);
    expect(await ids('participant=nobody')).toEqual([]);
    const { sagas } = await list('status=failed');
    expect(sagas[0]).toMatchObject({
      step: 'undoReserve',
      participant: 'shop',
      error: { step: 'reserve', op: 'undo', code: 'warehouse_closed', message: 'on holiday' },
      isOverridden: false,
    });
  });

  it('by their business keys', async () => {
    const { ids } = await createTroubled();
    expect(await ids('attr.customer=anna')).toEqual(['a']);
    expect(await ids('attr.region=eu')).toEqual(['a', 'b', 'c']);
    expect(await ids('attr.region=eu&attr.customer=ben&status=compensated')).toEqual(['b']);
    expect(await ids('attr.region=us')).toEqual([]);
  });

  it('that a person overrode', async () => {
    const { ids, post } = await createTroubled();
    await post('/v1/sagas/c/resolve', { as: 'abandoned' });
    expect(await ids('overridden=true')).toEqual(['c']);
    expect(await ids('overridden=false&name=order')).toEqual(['a', 'b']);
  });

  it('that are stuck', async () => {
    const { post, app } = await createWorld(() => undefined, { now: () => Date.now() + 3_600_000 });
    await post('/v1/sagas', { ...goodOrder, id: 'silent' });
    const stuck = async (duration: string) =>
      SagaListBody.parse(await (await app.request(`/v1/sagas?stuck=${duration}`)).json()).sagas.length;
    expect([await stuck('30m'), await stuck('2h')]).toEqual([1, 0]);
  });

  it('counts all that match by status, whichever are asked for, where everything is counted', async () => {
    const { list } = await createTroubled();
    const none = { running: 0, compensating: 0, completed: 0, compensated: 0, failed: 0, abandoned: 0 };
    expect((await list('')).counts).toEqual({ ...none, completed: 1, compensated: 2, failed: 1 });
    expect((await list('name=order&status=failed')).counts).toEqual({ ...none, compensated: 2, failed: 1 });
    expect((await list('error=no_money')).counts).toEqual({ ...none, compensated: 2 });
    expect(await list('q=money')).not.toHaveProperty('counts');
    const first = await list('limit=1');
    expect(await list(`limit=1&cursor=${first.next}`)).not.toHaveProperty('counts');
  });
});

describe('GET /v1/errors', () => {
  it('groups what is wrong by definition, step, command and code', async () => {
    const { app } = await createTroubled();
    const errors = async (query = '') =>
      ErrorListBody.parse(await (await app.request(`/v1/errors${query}`)).json()).errors;
    const [first, second, ...rest] = await errors();
    expect(rest).toEqual([]);
    expect(first).toMatchObject({ name: 'order', step: 'charge', op: 'do', code: 'no_money', count: 2 });
    expect(first?.sagaIds.toSorted()).toEqual(['a', 'b']);
    expect(first?.message).toMatch(/^Customer \w+ has no money$/);
    expect(second).toMatchObject({ step: 'reserve', op: 'undo', code: 'warehouse_closed', sagaIds: ['c'] });
    expect(await errors('?name=parcel')).toEqual([]);
    expect(await errors('?since=1h&limit=1')).toHaveLength(1);
    expect(await errors('?since=2100-01-01')).toEqual([]);
    expect((await app.request('/v1/errors?since=soon')).status).toBe(422);
  });
});

describe('GET /v1/audit', () => {
  it('tells who did what to which saga and why, newest first, page by page', async () => {
    const { app, post } = await createTroubled();
    await post('/v1/sagas/c/retry', { actor: 'ada', reason: 'they are back' });
    await post('/v1/sagas/c/resolve', { actor: 'bob', as: 'abandoned' });
    const audit = async (query = '') =>
      AuditBody.parse(await (await app.request(`/v1/audit${query}`)).json());
    const { entries, next } = await audit();
    expect(next).toBeNull();
    expect(entries.map(({ sagaId, action, actor, reason }) => [sagaId, action, actor, reason])).toEqual([
      ['c', 'resolve', 'bob', null],
      ['c', 'retry', 'ada', 'they are back'],
    ]);
    expect(entries[0]).toMatchObject({ status: 'abandoned', data: { as: 'abandoned' } });
    const first = await audit('?limit=1');
    expect((await audit(`?limit=1&cursor=${first.next}`)).entries).toEqual([entries[1]]);
    expect((await audit('?action=retry&saga=c')).entries).toEqual([entries[1]]);
    expect((await audit('?saga=a')).entries).toEqual([]);
  });
});

describe('GET /v1/stats', () => {
  it('counts by status and definition, and says how sagas ended', async () => {
    const { app, post } = await createTroubled();
    await post('/v1/sagas/c/resolve', { as: 'abandoned' });
    const stats = StatsBody.parse(await (await app.request('/v1/stats')).json());
    expect(stats.counts).toMatchObject({ completed: 1, compensated: 2, abandoned: 1, failed: 0 });
    expect(stats.rates).toEqual({ success: 0.25, compensation: 0.5, intervention: 0.25 });
    const [order, parcel] = stats.definitions.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    expect(order).toMatchObject({ name: 'order', version: 1, rates: { success: 0, intervention: 1 / 3 } });
    expect(parcel).toMatchObject({ counts: { completed: 1 }, rates: { success: 1, intervention: 0 } });
  });

  it('has no rates where nothing ended', async () => {
    const { app } = await createWorld();
    const { rates } = StatsBody.parse(await (await app.request('/v1/stats')).json());
    expect(rates).toEqual({ success: null, compensation: null, intervention: null });
  });
});
