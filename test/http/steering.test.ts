import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineSaga } from '../../src/core/definition.ts';
import type { CommandRequest, Reply } from '../../src/core/transport.ts';
import { PreviewBody } from '../../src/http/action-schemas.ts';
import { SagaBody } from '../../src/http/saga-schemas.ts';
import { ProblemBody } from '../../src/http/system-schemas.ts';
import { createWorld } from './api-world.ts';

const ok: Reply = { type: 'succeeded', result: { ok: true } };
const no: Reply = { type: 'refused', error: { code: 'no', message: 'no' } };

const loan = defineSaga('loan', { timeout: '30d' })
  .step('pack', { action: 'shop.pack', compensation: 'shop.unpack' })
  .waitFor('approval', { timeout: '1d', schema: z.object({ by: z.string() }) })
  .step('charge', {
    action: 'shop.charge',
    compensation: 'shop.refund',
    onFailure: 'ask',
    input: ({ results }) => ({ approvedBy: results.approval.by }),
  });

/** A world in which the participant does as `answers` says, by operation; what is not said succeeds. */
async function loanWorld(answers: Record<string, Reply | undefined> = {}) {
  const requests: CommandRequest[] = [];
  const world = await createWorld(
    (request) => {
      requests.push(request);
      return request.operation in answers ? answers[request.operation] : ok;
    },
    { sagas: [loan] },
  );
  const act = (action: string, body: object = {}, headers: Readonly<Record<string, string>> = {}) =>
    world.post(`/v1/sagas/a/${action}`, body, headers);
  const look = async () => SagaBody.parse(await (await world.app.request('/v1/sagas/a')).json());
  const until = (state: string) => expect.poll(async () => (await look()).state).toBe(state);
  const sent = () => requests.map(({ step, op }) => (op === 'do' ? step : `${op} ${step}`));
  await world.post('/v1/sagas', { name: 'loan', input: {}, id: 'a' });
  return { ...world, answers, requests, act, look, until, sent };
}

const approve = { name: 'approval', data: { by: 'ann' } };
const problemOf = async (answer: Response) => {
  const { status, code, errors } = ProblemBody.parse(await answer.json());
  return [status, code, errors?.map(({ path }) => path)];
};

describe('a signal', () => {
  it('moves the saga that waits for it, and is the input of what comes next', async () => {
    const { act, until, look, requests } = await loanWorld();
    await until('running.approval.waiting');
    expect((await look()).signals).toEqual([{ name: 'approval', status: 'awaited', isHeard: true }]);
    expect((await act('signal', { ...approve, actor: 'web hook' })).status).toBe(202);
    await until('completed');
    expect(requests.at(-1)?.body.input).toEqual({ approvedBy: 'ann' });
    expect((await look()).signals).toEqual([{ name: 'approval', status: 'received', isHeard: false }]);
  });

  it('may come before the saga waits for it, once', async () => {
    const { act, look } = await loanWorld({ pack: undefined });
    expect((await act('signal', approve)).status).toBe(202);
    expect((await look()).signals).toEqual([{ name: 'approval', status: 'kept', isHeard: false }]);
    expect(await problemOf(await act('signal', approve))).toEqual([409, 'not_allowed', undefined]);
  });

  it('is heard once by key, and refused where the key was used for something else', async () => {
    const { act, until, look } = await loanWorld();
    await until('running.approval.waiting');
    const key = { 'Idempotency-Key': 'hook-17' };
    expect((await act('signal', approve, key)).status).toBe(202);
    await until('completed');
    const { version } = await look();
    const again = await act('signal', approve, key);
    expect([again.status, SagaBody.parse(await again.json()).version]).toEqual([202, version]);
    const other = await act('signal', { name: 'approval', data: { by: 'bob' } }, key);
    expect(await problemOf(other)).toEqual([422, 'idempotency_key_reused', undefined]);
  });

  it('is refused when its data do not fit, or the saga knows none of its name', async () => {
    const { act, until } = await loanWorld();
    await until('running.approval.waiting');
    expect(await problemOf(await act('signal', { name: 'approval', data: { by: 5 } }))).toEqual([
      422,
      'validation',
      ['/data/by'],
    ]);
    expect(await problemOf(await act('signal', { name: 'other' }))).toEqual([422, 'validation', ['/name']]);
    expect(await problemOf(await act('signal', {}))).toEqual([422, 'validation', ['/name']]);
  });
});

describe('a pause', () => {
  it('keeps the saga where it is until it is resumed', async () => {
    const { act, look, until, sent } = await loanWorld();
    await until('running.approval.waiting');
    await act('pause', { actor: 'ann', reason: 'bank is down' });
    const { paused, legal } = await look();
    expect([paused?.by, paused?.reason, legal.includes('resume')]).toEqual(['ann', 'bank is down', true]);
    await act('signal', approve);
    await until('running.charge.executing');
    expect(sent()).toEqual(['pack']);
    await act('resume');
    await until('completed');
    expect([sent(), (await look()).paused]).toEqual([['pack', 'charge'], null]);
  });
});

describe('a decision', () => {
  it.each([
    ['retry', { charge: ok }, 'completed'],
    ['skip', {}, 'completed'],
    ['compensate', {}, 'compensated'],
  ])('to %s is taken where the step asks', async (choice, later, state) => {
    const { act, until, answers } = await loanWorld({ charge: no });
    await act('signal', approve);
    await until('failed.charge');
    Object.assign(answers, later);
    expect((await act('decide', { choice, reason: 'as agreed' })).status).toBe(202);
    await until(state);
  });

  it('is refused where nobody asks, and when it is none', async () => {
    const { act, until } = await loanWorld();
    await until('running.approval.waiting');
    expect(await problemOf(await act('decide', { choice: 'skip' }))).toEqual([409, 'not_allowed', undefined]);
    expect(await problemOf(await act('decide', { choice: 'guess' }))).toEqual([
      422,
      'validation',
      ['/choice'],
    ]);
  });
});

describe('going back to a step', () => {
  it('undoes it and all behind it, and runs it again under a new key', async () => {
    const { act, until, look, requests, sent } = await loanWorld({ charge: no });
    await act('signal', approve);
    await until('failed.charge');
    expect((await act('compensate', { to: 'pack', reason: 'wrong box' })).status).toBe(202);
    await until('running.approval.waiting');
    expect(sent()).toEqual(['pack', 'charge', 'undo pack', 'pack']);
    const keys = requests.filter(({ step }) => step === 'pack').map(({ idempotencyKey }) => idempotencyKey);
    expect(keys).toEqual(['default:a:pack:1:1:do', 'default:a:pack:1:1:undo', 'default:a:pack:1:2:do']);
    expect(await look()).toMatchObject({ causedBy: null, goesBackTo: null, results: { pack: { ok: true } } });
  });

  it('is refused for a step that it did not come to', async () => {
    const { act, until } = await loanWorld();
    await until('running.approval.waiting');
    const answer = await act('compensate', { to: 'charge' });
    expect(await problemOf(answer)).toEqual([409, 'not_allowed', undefined]);
  });
});

describe('a retry with another input', () => {
  it('is sent with it, and marks the saga', async () => {
    const { act, until, look, requests, answers } = await loanWorld({ charge: no });
    await act('signal', approve);
    await until('failed.charge');
    answers['charge'] = ok;
    await act('retry', { input: { approvedBy: 'the board' } });
    await until('completed');
    expect([requests.at(-1)?.body.input, (await look()).isOverridden]).toEqual([
      { approvedBy: 'the board' },
      true,
    ]);
  });

  it('is refused with what to do where the step may have had an effect', async () => {
    const failed: Reply = { type: 'failed', error: { code: 'busy', message: 'busy' } };
    const { act, until } = await loanWorld({ charge: failed });
    await act('signal', approve);
    await until('running.charge.backoff');
    const answer = await act('retry', { input: {} });
    const { status, detail, legal } = ProblemBody.parse(await answer.json());
    expect([status, legal?.includes('retry')]).toEqual([409, true]);
    expect(detail).toMatch(/may have had an effect.*compensate first/);
  });
});

describe('a preview', () => {
  it('says what an action would do, and does nothing', async () => {
    const { act, until, look, sent } = await loanWorld({ charge: no });
    await act('signal', approve);
    await until('failed.charge');
    const { version } = await look();
    const answer = await act('preview', { action: 'compensate', to: 'pack' });
    expect([answer.status, answer.headers.get('etag')]).toEqual([200, `"${version}"`]);
    expect(PreviewBody.parse(await answer.json())).toEqual({
      action: 'compensate',
      legal: true,
      refusal: null,
      from: { status: 'failed', state: 'failed.charge' },
      to: { status: 'compensating', state: 'compensating.pack.executing' },
      commands: [
        { step: 'pack', op: 'undo', participant: 'shop', operation: 'unpack', attempt: 1, input: {} },
      ],
      undo: ['pack'],
      next: ['pack', 'approval', 'charge'],
      overridden: false,
      legalActions: ['retry', 'skip', 'compensate', 'resolve', 'decide'],
      version,
    });
    expect([(await look()).version, sent()]).toEqual([version, ['pack', 'charge']]);
  });

  it('says why an action is not legal', async () => {
    const { act, until } = await loanWorld();
    await until('running.approval.waiting');
    const body = PreviewBody.parse(await (await act('preview', { action: 'skip' })).json());
    expect(body).toMatchObject({ legal: false, to: null, commands: [], undo: [], next: [] });
    expect(body.refusal).toMatch(/'skip' is not possible/);
  });

  it('looks at the data of a signal, too', async () => {
    const { act, until } = await loanWorld();
    await until('running.approval.waiting');
    const signal = { action: 'signal', name: 'approval' };
    expect((await act('preview', { ...signal, data: { by: 5 } })).status).toBe(422);
    const body = PreviewBody.parse(await (await act('preview', { ...signal, data: { by: 'ann' } })).json());
    expect(body.commands.map(({ step, input }) => [step, input])).toEqual([
      ['charge', { approvedBy: 'ann' }],
    ]);
  });

  it.each([[{}], [{ action: 'destroy' }], [{ action: 'cancel', to: 'pack' }], [{ action: 'resolve' }]])(
    'refuses %j',
    async (body) => {
      const { act } = await loanWorld();
      expect((await act('preview', body)).status).toBe(422);
    },
  );
});
