import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineSaga } from '../../src/core/definition.ts';
import {
  ConflictError,
  DefinitionError,
  NotAllowedError,
  NotFoundError,
  SagaFailedError,
  ValidationError,
} from '../../src/core/errors.ts';
import { parseSnapshot, toStored } from '../../src/core/snapshot.ts';
import type { Reply } from '../../src/core/transport.ts';
import { createOrchestrator } from '../../src/runtime/orchestrator.ts';
import { ScriptedParticipants } from '../../src/testing/scripted-participants.ts';
import { turn, until } from '../testing/turns.ts';
import { createEngine } from './engine.ts';

const undone = (name: string) =>
  ({
    action: `shop.${name}`,
    compensation: { operation: `shop.un${name}`, retry: { maximumAttempts: 1 } },
    retry: { maximumAttempts: 2 },
  }) as const;
const order = defineSaga<{ readonly n?: number }>('order', { timeout: '10m' })
  .step('reserve', undone('reserve'))
  .step('charge', undone('charge'));
const refused: Reply = { type: 'refused', error: { code: 'card_declined', message: 'no money' } };
const answering = (script: ConstructorParameters<typeof ScriptedParticipants>[0] = {}) =>
  createEngine({ sagas: [order], participants: new ScriptedParticipants(script) });

describe('starting a saga', () => {
  it('is durable before anybody is asked for anything', async () => {
    const { orchestrator, store, sent } = await answering();
    const { saga, isReplayed } = await orchestrator.start(
      'order',
      { n: 1 },
      { id: 'a', attributes: { customer: 'ann' } },
    );
    expect([saga.version, saga.status, saga.attributes, isReplayed]).toEqual([
      1,
      'running',
      { customer: 'ann' },
      false,
    ]);
    expect((await store.history({ tenant: 'default', id: 'a' }, { limit: 1 }))[0]).toMatchObject({
      seq: 1,
      type: 'start',
      data: '{"input":{"n":1}}',
    });
    await until('the first command', () => sent().length > 0);
  });

  it('again with the same request answers the same saga', async () => {
    const { orchestrator } = await createEngine({ sagas: [order] });
    const first = await orchestrator.start('order', { n: 1 }, { idempotencyKey: 'k' });
    const second = await orchestrator.start('order', { n: 1 }, { idempotencyKey: 'k' });
    expect([second.saga.id, second.isReplayed]).toEqual([first.saga.id, true]);
    const third = await orchestrator.start('order', { n: 1 }, { id: first.saga.id });
    expect(third.isReplayed).toBe(true);
  });

  it('with a key or id of another request is a conflict', async () => {
    const { orchestrator } = await createEngine({ sagas: [order] });
    const { saga } = await orchestrator.start('order', { n: 1 }, { idempotencyKey: 'k' });
    await expect(orchestrator.start('order', { n: 2 }, { idempotencyKey: 'k' })).rejects.toThrow(
      ConflictError,
    );
    await expect(orchestrator.start('order', { n: 2 }, { id: saga.id })).rejects.toThrow(
      /belongs to another request: use a new one/,
    );
  });

  it('does not mind the order of the input’s fields', async () => {
    const { orchestrator } = await createEngine({ sagas: [order] });
    await orchestrator.start('order', { a: 1, b: { c: 2, d: 3 } }, { idempotencyKey: 'k' });
    const again = await orchestrator.start('order', { b: { d: 3, c: 2 }, a: 1 }, { idempotencyKey: 'k' });
    expect(again.isReplayed).toBe(true);
  });

  it('twenty times at once with one key starts one', async () => {
    const { orchestrator, sent } = await createEngine({ sagas: [order] });
    const started = await Promise.all(
      Array.from({ length: 20 }, () => orchestrator.start('order', { n: 1 }, { idempotencyKey: 'k' })),
    );
    await turn();
    expect([
      new Set(started.map(({ saga }) => saga.id)).size,
      started.filter(({ isReplayed }) => !isReplayed).length,
      sent(),
    ]).toEqual([1, 1, ['reserve']]);
  });

  it('of another tenant with the same id is another saga', async () => {
    const { orchestrator } = await createEngine({ sagas: [order] });
    await orchestrator.start('order', { n: 1 }, { id: 'a' });
    expect((await orchestrator.start('order', { n: 2 }, { id: 'a', tenant: 'other' })).isReplayed).toBe(
      false,
    );
    expect([
      (await orchestrator.get('a')).input,
      (await orchestrator.get('a', { tenant: 'other' })).input,
    ]).toEqual([{ n: 1 }, { n: 2 }]);
  });

  it.each([
    [
      'a saga nobody knows',
      (on: Starting) => on.start('ordr', {}),
      NotFoundError,
      /there is no saga 'ordr'; known: order@1/,
    ],
    [
      'a version nobody knows',
      (on: Starting) => on.start('order', {}, { version: 9 }),
      NotFoundError,
      /'order' version 9/,
    ],
    [
      'an id with a line break',
      (on: Starting) => on.start('order', {}, { id: 'a\nb' }),
      ValidationError,
      /the id must be 1 to 128 letters/,
    ],
    [
      'an empty tenant',
      (on: Starting) => on.start('order', {}, { tenant: '' }),
      ValidationError,
      /the tenant must be/,
    ],
    [
      'an input that no JSON holds',
      (on: Starting) => on.start('order', { n: 10n }),
      ValidationError,
      /the input of saga 'order' is not JSON/,
    ],
  ])('is refused for %s', async (_what, start, error, message) => {
    const { orchestrator } = await createEngine({ sagas: [order] });
    const starting = start(orchestrator as unknown as Starting);
    await expect(starting).rejects.toThrow(error);
    await expect(starting).rejects.toThrow(message);
  });

  it('is refused for an input that does not fit its schema, naming each fault', async () => {
    const strict = defineSaga('strict', { input: z.object({ amount: z.number(), to: z.string() }) }).step(
      'one',
      undone('one'),
    );
    const { orchestrator, participants } = await createEngine({ sagas: [strict] });
    const starting = orchestrator.start('strict', { amount: 'much' });
    await expect(starting).rejects.toMatchObject({
      code: 'validation',
      issues: [{ path: '/amount' }, { path: '/to' }],
    });
    expect(participants.sent).toEqual([]);
  });

  it('gives the saga what its schema made of the input, as it will read after a restart', async () => {
    const dated = defineSaga('dated', { input: z.object({ at: z.coerce.date() }) }).step('one', {
      ...undone('one'),
      input: ({ input }) => ({ type: typeof input.at }),
    });
    const { orchestrator, participants } = await createEngine({ sagas: [dated] });
    await orchestrator.start('dated', { at: 0 }, { id: 'a' });
    await until('the command', () => participants.sent.length === 1);
    expect(participants.sent[0]?.request.body).toEqual({ input: { type: 'string' } });
    expect((await orchestrator.get('a')).input).toEqual({ at: '1970-01-01T00:00:00.000Z' });
  });

  it('starts the newest version, and an older one when asked', async () => {
    const newer = defineSaga('order', { version: 2 }).step('only', undone('only'));
    const { orchestrator } = await createEngine({ sagas: [order, newer] });
    const [last, first] = [
      await orchestrator.start('order', {}),
      await orchestrator.start('order', {}, { version: 1 }),
    ];
    expect([last.saga.definition.version, first.saga.definition.version]).toEqual([2, 1]);
  });
});

interface Starting {
  start(name: string, input: unknown, options?: object): Promise<unknown>;
}

describe('executing a saga', () => {
  it('resolves with the results of its steps', async () => {
    const { orchestrator } = await answering();
    await expect(orchestrator.execute('order', {})).resolves.toEqual({
      reserve: { of: 'reserve' },
      charge: { of: 'charge' },
    });
  });

  it('rejects with the original error when it was compensated', async () => {
    const { orchestrator } = await answering({ script: { charge: [refused] } });
    const failing = orchestrator.execute('order', {}, { id: 'a' });
    await expect(failing).rejects.toThrow(SagaFailedError);
    await expect(failing).rejects.toMatchObject({
      message: "saga 'a' is compensated: no money",
      status: 'compensated',
      failure: { code: 'card_declined' },
      compensationFailures: [],
    });
  });

  it('rejects with the errors of compensations, too, when one of them failed', async () => {
    const { orchestrator } = await answering({
      script: {
        charge: [refused],
        undoReserve: [{ type: 'refused', error: { code: 'gone', message: 'no such reservation' } }],
      },
    });
    await expect(orchestrator.execute('order', {})).rejects.toMatchObject({
      status: 'failed',
      failure: { code: 'card_declined' },
      compensationFailures: [{ code: 'gone' }],
    });
  });

  it('rejects when it takes longer than asked for; the saga goes on', async () => {
    const { orchestrator, pass, reaches, participants } = await createEngine({ sagas: [order] });
    const waiting = orchestrator.execute('order', {}, { id: 'a', timeout: 500 });
    const outcome = expect(waiting).rejects.toThrow("saga 'a' is not settled after 500 ms; it goes on");
    await until('the command', () => participants.held.length === 1);
    await pass(500);
    await outcome;
    participants.answer('reserve', { type: 'succeeded', result: 1 });
    await reaches('a', 'running.charge.executing');
  });

  it('waits for a saga that another node drives', async () => {
    const one = await createEngine({ sagas: [order] });
    const two = await createEngine({
      ...one,
      sagas: [order],
      participants: new ScriptedParticipants({ others: 'held' }),
    });
    await one.orchestrator.start('order', {}, { id: 'a' });
    const settled = two.orchestrator.settled('a', { timeout: 60_000 });
    for (const name of ['reserve', 'charge']) {
      await until(name, () => one.participants.held.some((held) => held.name === name));
      one.participants.answer(name, { type: 'succeeded', result: name });
    }
    await one.reaches('a', 'completed');
    await one.pass(2_000);
    expect((await settled).status).toBe('completed');
  });
});

describe('a person', () => {
  it('cancels a saga, which then never completes', async () => {
    const { orchestrator, reaches, participants } = await createEngine({ sagas: [order] });
    await orchestrator.start('order', {}, { id: 'a' });
    await until('the command', () => participants.held.length === 1);
    const saga = await orchestrator.cancel('a', { actor: 'ann', reason: 'changed her mind' });
    expect([saga.state, saga.causedBy]).toEqual([
      'compensating.reserve.settling',
      { type: 'cancelled', actor: 'ann', reason: 'changed her mind' },
    ]);
    participants.answer('reserve', { type: 'succeeded', result: { id: 7 } });
    await until('the undo', () => participants.held.length === 1);
    expect(participants.held[0]).toMatchObject({
      name: 'undoReserve',
      request: { body: { original: { id: 7 } } },
    });
    participants.answer('undoReserve', { type: 'succeeded', result: null });
    await reaches('a', 'compensated');
  });

  it('is told what is possible instead of what is not', async () => {
    const { orchestrator } = await createEngine({ sagas: [order] });
    await orchestrator.start('order', {}, { id: 'a' });
    const acting = orchestrator.skip('a');
    await expect(acting).rejects.toThrow(NotAllowedError);
    await expect(acting).rejects.toMatchObject({
      message: "'skip' is not possible while saga 'a' is running; possible now: cancel, compensate, pause",
      legal: ['cancel', 'compensate', 'pause'],
    });
  });

  it('cannot do anything to a closed saga, nor to one that is not there', async () => {
    const { orchestrator } = await answering();
    await orchestrator.execute('order', {}, { id: 'a' });
    await expect(orchestrator.cancel('a')).rejects.toThrow(/is completed|which is final/);
    await expect(orchestrator.cancel('b')).rejects.toThrow(NotFoundError);
  });

  it('acts on the version seen, or not at all', async () => {
    const { orchestrator } = await createEngine({ sagas: [order] });
    await orchestrator.start('order', {}, { id: 'a' });
    await expect(orchestrator.cancel('a', { ifVersion: 7 })).rejects.toThrow(
      "saga 'a' is at version 1, not 7: look at it again",
    );
    expect((await orchestrator.cancel('a', { ifVersion: 1 })).version).toBe(2);
  });

  it('is one of many who cancel at once, of whom one wins', async () => {
    const { orchestrator } = await createEngine({ sagas: [order] });
    await orchestrator.start('order', {}, { id: 'a' });
    const cancels = await Promise.allSettled(Array.from({ length: 10 }, () => orchestrator.cancel('a')));
    expect(cancels.filter(({ status }) => status === 'fulfilled').length).toBe(1);
    expect((await orchestrator.history('a')).filter(({ type }) => type === 'cancel').length).toBe(1);
  });

  it('sends a parked saga on, long after its actor is gone', async () => {
    const participants = new ScriptedParticipants({
      script: { charge: [refused], undoReserve: [refused, { type: 'succeeded', result: null }] },
    });
    const { orchestrator } = await createEngine({ sagas: [order], participants });
    await expect(orchestrator.execute('order', {}, { id: 'a' })).rejects.toMatchObject({ status: 'failed' });
    await until('no actor', () => orchestrator.metrics().active === 0);
    const settled = orchestrator.settled('a', { timeout: 60_000 });
    await orchestrator.retry('a');
    await until('the end', async () => (await orchestrator.get('a')).status === 'compensated');
    expect((await settled).id).toBe('a');
  });

  it('may act on a saga that another node drives, which then lets it be', async () => {
    const one = await createEngine({ sagas: [order] });
    const two = await createEngine({
      ...one,
      sagas: [order],
      participants: new ScriptedParticipants({ others: 'held' }),
    });
    await one.orchestrator.start('order', {}, { id: 'a' });
    await until('the command', () => one.participants.held.length === 1);
    await two.orchestrator.cancel('a');
    one.participants.answer('reserve', { type: 'succeeded', result: 1 });
    await until('the first node to let go', () => one.orchestrator.metrics().active === 0);
    expect((await two.orchestrator.history('a')).map(({ type }) => type)).toEqual(['start', 'cancel']);
  });
});

describe('what is stored of a saga', () => {
  it('is its journal, which computes every snapshot anew', async () => {
    const { orchestrator, store } = await answering({
      script: { charge: [{ type: 'inProgress', retryAfter: 5 }] },
    });
    await orchestrator.start('order', { n: 1 }, { id: 'a' });
    await until('polling', async () => (await orchestrator.get('a')).state === 'running.charge.polling');
    await orchestrator.cancel('a');
    await until('the end', async () => (await orchestrator.get('a')).status === 'compensated');
    const history = await orchestrator.history('a');
    const row = await store.get({ tenant: 'default', id: 'a' });
    expect(JSON.stringify(await orchestrator.snapshot('a', { seq: history.length }))).toBe(
      JSON.stringify(parsed(row?.snapshot)),
    );
    for (const { seq, state } of history) {
      const snapshot = parseSnapshot(
        order.machine as never,
        JSON.stringify(await orchestrator.snapshot('a', { seq })),
      );
      expect(textOf(toStored(snapshot).value)).toBe(state);
    }
    await expect(orchestrator.snapshot('a', { seq: history.length + 1 })).rejects.toThrow(
      /journal positions 1 to 6, not 7/,
    );
  });

  it('can be looked at as a live machine, at any position', async () => {
    const { orchestrator, sent } = await answering();
    await orchestrator.execute('order', {}, { id: 'a' });
    const actor = await orchestrator.restore('a', { seq: 2 });
    expect(actor.getSnapshot().value).toEqual({ running: { charge: 'executing' } });
    actor.send({ type: 'charge.refused', error: { code: 'x', message: 'x' } });
    expect(actor.getSnapshot().value).toEqual({ compensating: { reserve: 'executing' } });
    actor.stop();
    expect([(await orchestrator.get('a')).status, sent()]).toEqual(['completed', ['reserve', 'charge']]);
  });

  it('is listed newest first, page by page', async () => {
    const { orchestrator, clock } = await createEngine({ sagas: [order] });
    for (const id of ['a', 'b', 'c', 'd', 'e']) {
      await orchestrator.start('order', {}, { id });
      clock.advance(1);
    }
    const first = await orchestrator.list({}, { limit: 2 });
    const second = await orchestrator.list(
      {},
      { limit: 2, ...(first.next === null ? {} : { after: first.next }) },
    );
    const third = await orchestrator.list(
      {},
      { limit: 2, ...(second.next === null ? {} : { after: second.next }) },
    );
    expect([first, second, third].map(({ items }) => items.map(({ id }) => id))).toEqual([
      ['e', 'd'],
      ['c', 'b'],
      ['a'],
    ]);
    expect(third.next).toBeNull();
  });
});

describe('an orchestrator', () => {
  it('is ready as long as store, transport and lease are', async () => {
    const { orchestrator, participants } = await createEngine({ sagas: [order] });
    expect(orchestrator.health()).toEqual({
      isReady: true,
      store: 'ok',
      transport: 'ok',
      lease: 'held',
      isClosing: false,
      unrunnable: [],
    });
    await participants.close();
    expect(orchestrator.health()).toMatchObject({ isReady: false, transport: 'disconnected' });
    await orchestrator.close();
    expect(orchestrator.health()).toMatchObject({ isReady: false, lease: 'lapsed', isClosing: true });
  });

  it('counts what it did', async () => {
    const { orchestrator } = await answering({ script: { charge: [refused] } });
    await expect(orchestrator.execute('order', {})).rejects.toThrow();
    expect(orchestrator.metrics()).toMatchObject({
      started: 1,
      transitions: 4,
      commands: 3,
      settled: { compensated: 1 },
    });
  });

  it('refuses two definitions of one name and version', async () => {
    const { store, participants } = await createEngine({ sagas: [order] });
    await expect(
      createOrchestrator({ store, transport: participants, sagas: [order, order] }),
    ).rejects.toThrow(DefinitionError);
  });
});

function parsed(text: string | undefined): unknown {
  return JSON.parse(text ?? 'null');
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const [[key, inner] = ['', '']] = Object.entries(value as object);
  return `${key}.${textOf(inner)}`;
}
