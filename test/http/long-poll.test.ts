import { describe, expect, onTestFinished, test } from 'vitest';
import type { Reply } from '../../src/core/transport.ts';
import { createWorld, goodOrder } from './api-world.ts';

interface History {
  readonly items: readonly { readonly seq: number; readonly type: string }[];
  readonly nextAfter: number | null;
}

/** A saga whose charge is answered when the test says so. */
async function openHeld() {
  let answer: ((reply: Reply) => void) | undefined;
  const world = await createWorld(({ step, op }) =>
    step === 'charge' && op === 'do'
      ? new Promise<Reply>((resolve) => {
          answer = resolve;
        })
      : { type: 'succeeded', result: {} },
  );
  await world.post('/v1/sagas', { ...goodOrder, id: 'a' });
  await expect.poll(() => answer).toBeDefined();
  const release = () => answer?.({ type: 'succeeded', result: {} });
  onTestFinished(() => release());
  const history = async (query: string): Promise<History> =>
    (await (await world.app.request(`/v1/sagas/a/history?${query}`)).json()) as History;
  return { ...world, history, release };
}

describe('a history that is waited for', () => {
  test('is answered at once with what there is', async () => {
    const { history } = await openHeld();
    expect((await history('wait=1m')).items.map(({ type }) => type)).toEqual(['start', 'reserve.succeeded']);
  });

  test('is answered once something comes after the position', async () => {
    const { history, release } = await openHeld();
    const answers: History[] = [];
    const asking = history('after=2&wait=1m').then((answer) => answers.push(answer));
    // It would have been answered by now, did it not wait.
    await history('after=2');
    expect(answers).toEqual([]);
    release();
    await asking;
    expect(answers[0]?.items).toMatchObject([{ seq: 3, type: 'charge.succeeded' }]);
  });

  test('is answered with nothing when nothing came in time, and when nothing more can come', async () => {
    const { history, release, orchestrator } = await openHeld();
    expect(await history('after=2&wait=50ms')).toEqual({ items: [], nextAfter: null });
    release();
    await orchestrator.settled('a', { timeout: 5_000 });
    expect(await history('after=3&wait=1m')).toEqual({ items: [], nextAfter: null });
  });

  test('is not waited for where the saga is not, or the wait is none', async () => {
    const { app } = await createWorld();
    expect((await app.request('/v1/sagas/nobody/history?wait=1m')).status).toBe(404);
    expect((await app.request('/v1/sagas/nobody/history?wait=soon')).status).toBe(422);
  });

  test('goes page by page, from position to position', async () => {
    const { history, release, orchestrator } = await openHeld();
    release();
    await orchestrator.settled('a', { timeout: 5_000 });
    const first = await history('limit=2');
    expect([first.items.map(({ seq }) => seq), first.nextAfter]).toEqual([[1, 2], 2]);
    const last = await history(`limit=2&after=${first.nextAfter}`);
    expect([last.items.map(({ seq }) => seq), last.nextAfter]).toEqual([[3], null]);
  });
});

describe('a start that is waited for', () => {
  test('waits for the saga also when another request had started it', async () => {
    const { post } = await createWorld();
    const headers = { 'Idempotency-Key': 'k' };
    await post('/v1/sagas', goodOrder, headers);
    const answer = await post('/v1/sagas?wait=30s', goodOrder, headers);
    expect([answer.status, answer.headers.get('idempotent-replayed')]).toEqual([200, 'true']);
    expect(await answer.json()).toMatchObject({ status: 'completed', results: { charge: { ok: true } } });
  });
});

describe('deleting a saga', () => {
  test('takes it and its journal away, once it is closed', async () => {
    const { app, post, orchestrator } = await createWorld();
    await post('/v1/sagas?wait=30s', { ...goodOrder, id: 'a' });
    const deleted = await app.request('/v1/sagas/a', { method: 'DELETE' });
    expect([deleted.status, await deleted.json()]).toEqual([200, { id: 'a' }]);
    expect((await app.request('/v1/sagas/a/history')).status).toBe(404);
    expect((await app.request('/v1/sagas/a', { method: 'DELETE' })).status).toBe(404);
    expect((await orchestrator.list()).items).toEqual([]);
  });

  test('is refused while it goes on', async () => {
    const { app, post } = await createWorld(() => undefined);
    await post('/v1/sagas', { ...goodOrder, id: 'a' });
    const refused = await app.request('/v1/sagas/a', { method: 'DELETE' });
    expect([refused.status, await refused.json()]).toEqual([
      409,
      expect.objectContaining({ code: 'not_allowed' }),
    ]);
  });
});
