import { describe, expect, it } from 'vitest';
import { SagaBody } from '../../src/http/saga-schemas.ts';
import { ProblemBody } from '../../src/http/system-schemas.ts';
import type { Reply } from '../../src/core/transport.ts';
import { createWorld, goodOrder, type Script } from './api-world.ts';

const ok: Reply = { type: 'succeeded', result: { ok: true } };
const refused: Reply = { type: 'refused', error: { code: 'no', message: 'no' } };

/** Reserving never ends; undoing does. */
const reserving: Script = ({ op }) => (op === 'do' ? undefined : ok);

/** A world in which saga `a` waits for a person: its compensation was refused. */
async function parkedWorld() {
  const answers = { refund: ok, release: refused, charge: refused, reserve: ok } as Record<string, Reply>;
  const world = await createWorld(({ operation }) => answers[operation]);
  const saga = SagaBody.parse(
    await (await world.post('/v1/sagas?wait=10s', { ...goodOrder, id: 'a' })).json(),
  );
  expect([saga.status, saga.parked?.command]).toEqual(['failed', 'undoReserve']);
  const settled = async () =>
    SagaBody.parse(
      await world.orchestrator
        .settled('a', { timeout: 10_000 })
        .then(async () => (await world.app.request('/v1/sagas/a')).json()),
    );
  return { ...world, answers, settled };
}

describe('an operator’s action', () => {
  it('turns a running saga back, and keeps who did it and why', async () => {
    const { post, app } = await createWorld(reserving);
    await post('/v1/sagas', { ...goodOrder, id: 'a' });
    const answer = await post('/v1/sagas/a/cancel', { reason: 'changed my mind', actor: 'ann' });
    expect(answer.status).toBe(202);
    const saga = SagaBody.parse(await answer.json());
    expect(saga).toMatchObject({
      status: 'compensating',
      cause: 'cancelled',
      causedBy: { actor: 'ann', reason: 'changed my mind' },
      version: 2,
    });
    expect(answer.headers.get('etag')).toBe('"2"');
    const history = (await (await app.request('/v1/sagas/a/history')).json()) as {
      items: { type: string; data: unknown }[];
    };
    expect(history.items.at(-1)).toMatchObject({
      type: 'cancel',
      data: { actor: 'ann', reason: 'changed my mind' },
    });
  });

  it('needs no body', async () => {
    const { post, app } = await createWorld(reserving);
    await post('/v1/sagas', { ...goodOrder, id: 'a' });
    expect((await app.request('/v1/sagas/a/cancel', { method: 'POST' })).status).toBe(202);
  });

  it('is refused with 409, naming what is legal, when the chart has no arrow for it', async () => {
    const { post } = await createWorld(reserving);
    await post('/v1/sagas', { ...goodOrder, id: 'a' });
    const answer = await post('/v1/sagas/a/skip', {});
    expect(answer.status).toBe(409);
    expect(ProblemBody.parse(await answer.json())).toMatchObject({
      code: 'not_allowed',
      legal: ['cancel', 'compensate', 'pause'],
    });
  });

  it('is refused with 409 when the saga is closed: nothing is legal then', async () => {
    const { post } = await createWorld();
    await post('/v1/sagas?wait=10s', { ...goodOrder, id: 'a' });
    const answer = await post('/v1/sagas/a/cancel', {});
    expect([answer.status, ProblemBody.parse(await answer.json()).legal]).toEqual([409, []]);
  });

  it('is refused with 412 also when the saga is closed meanwhile: the caller looked at another one', async () => {
    const { post } = await createWorld();
    await post('/v1/sagas?wait=10s', { ...goodOrder, id: 'a' });
    const statusOf = async (tag: string) =>
      (await post('/v1/sagas/a/cancel', {}, { 'If-Match': tag })).status;
    expect([await statusOf('"1"'), await statusOf('*'), await statusOf('"3"')]).toEqual([412, 409, 409]);
  });

  it('that was carried out is answered again under its key, whatever version it was asked for, also when the saga is closed', async () => {
    const { post, settled, answers } = await parkedWorld();
    answers['release'] = ok;
    const { version } = await settled();
    const headers = { 'If-Match': `"${version}"`, 'Idempotency-Key': 'k' };
    expect((await post('/v1/sagas/a/retry', {}, headers)).status).toBe(202);
    expect((await settled()).status).toBe('compensated');
    expect((await post('/v1/sagas/a/retry', {}, headers)).status).toBe(202);
    expect((await post('/v1/sagas/a/retry', {}, { 'If-Match': `"${version}"` })).status).toBe(412);
  });

  it('is refused with 412 when the saga moved on since the caller looked', async () => {
    const { post } = await createWorld(reserving);
    await post('/v1/sagas', { ...goodOrder, id: 'a' });
    const statusOf = async (tag: string) =>
      (await post('/v1/sagas/a/cancel', {}, { 'If-Match': tag })).status;
    expect(await statusOf('"7"')).toBe(412);
    expect(await statusOf('seven')).toBe(400);
    expect(await statusOf('"1"')).toBe(202);
    expect(await statusOf('"1"')).toBe(412);
  });

  it('has one winner when two people act on the same version', async () => {
    const { post } = await createWorld(reserving);
    await post('/v1/sagas', { ...goodOrder, id: 'a' });
    const one = async () => (await post('/v1/sagas/a/cancel', {}, { 'If-Match': '"1"' })).status;
    const statuses = await Promise.all([one(), one(), one(), one()]);
    expect(statuses.toSorted((a, b) => a - b)).toEqual([202, 412, 412, 412]);
  });

  it('retries a parked compensation', async () => {
    const { post, answers, settled } = await parkedWorld();
    answers['release'] = ok;
    expect((await post('/v1/sagas/a/retry', { actor: 'ann' })).status).toBe(202);
    expect(await settled()).toMatchObject({ status: 'compensated', isOverridden: false });
  });

  it('skips a parked compensation, and marks the saga', async () => {
    const { post, settled } = await parkedWorld();
    expect((await post('/v1/sagas/a/skip', { reason: 'gone already', result: { by: 'hand' } })).status).toBe(
      202,
    );
    expect(await settled()).toMatchObject({ status: 'compensated', isOverridden: true });
  });

  it('closes a parked saga as abandoned', async () => {
    const { post, settled } = await parkedWorld();
    expect((await post('/v1/sagas/a/resolve', { as: 'abandoned' })).status).toBe(202);
    expect(await settled()).toMatchObject({ status: 'abandoned', isOverridden: true });
  });

  it('turns a running saga back by compensate', async () => {
    const { post } = await createWorld(reserving);
    await post('/v1/sagas', { ...goodOrder, id: 'a' });
    expect(SagaBody.parse(await (await post('/v1/sagas/a/compensate', {})).json()).cause).toBe('operator');
  });

  it.each([
    ['resolve', {}],
    ['resolve', { as: 'won' }],
    ['cancel', { as: 'abandoned' }],
    ['cancel', { reason: 5 }],
    ['cancel', { actor: 'a\u0000' }],
    ['cancel', []],
  ])('%s refuses %j', async (action, body) => {
    const { post } = await createWorld(reserving);
    await post('/v1/sagas', { ...goodOrder, id: 'a' });
    const answer = await post(`/v1/sagas/a/${action}`, body);
    expect([answer.status, ProblemBody.parse(await answer.json()).errors?.length]).toEqual([422, 1]);
  });

  it('answers 404 for a saga that does not exist, and for an action that does not', async () => {
    const { post } = await createWorld();
    expect((await post('/v1/sagas/none/cancel', {})).status).toBe(404);
    expect((await post('/v1/sagas/a%20b/cancel', {})).status).toBe(404);
    expect((await post('/v1/sagas/none/destroy', {})).status).toBe(404);
  });
});
