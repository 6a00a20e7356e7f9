import { describe, expect, it } from 'vitest';
import { isAwaited, toRequest } from '../../src/core/command.ts';
import { defineSaga } from '../../src/core/definition.ts';
import { toStored } from '../../src/core/snapshot.ts';
import { advance, awaitedCommands, begin, legalActions, type SagaEvent } from '../../src/core/transition.ts';
import { attempt, goOn, play, type Played, startedAt, toEvent, toLogic } from './play.ts';

const options = (name: string) =>
  ({
    action: `shop.${name}`,
    compensation: `shop.un${name}`,
    timeout: '5s',
    retry: { maximumAttempts: 3 },
  }) as const;
const order = defineSaga('order', { timeout: '1m' })
  .step('one', options('one'))
  .step('two', { ...options('two'), onFailure: 'ask' });

/** Whether an event changes nothing at all. */
const isNothing = ({ logic, snapshot }: Played, event: SagaEvent) =>
  advance(logic, snapshot, event, { now: startedAt, deadline: undefined }) === undefined;

describe('a reply', () => {
  const answer = (played: Played, change: object): SagaEvent =>
    ({ ...toEvent(played.logic, played.snapshot, 'one.succeeded'), ...change }) as SagaEvent;

  it('to the attempt that is awaited moves the saga', () => {
    const played = play(order);
    expect(isNothing(played, answer(played, {}))).toBe(false);
  });

  it.each([
    ['an earlier attempt', ['one.failed', 'one.backoff'], { attempt: 1 }],
    ['an attempt that was not made yet', [], { attempt: 2 }],
    ['another generation', [], { generation: 2 }],
    ['a step that was not reached', [], { type: 'two.succeeded', step: 'two' }],
    ['a step that nobody knows', [], { type: 'three.succeeded', step: 'three' }],
    ['an undo that nobody asked for', [], { type: 'undoOne.succeeded', op: 'undo' }],
    ['an attempt that timed out', ['one.timeout'], {}],
  ])('to %s changes nothing', (_what, cues, change) => {
    const played = play(order, cues);
    expect(isNothing(played, answer(played, change))).toBe(true);
  });

  it('that comes twice counts once', () => {
    const before = play(order);
    const after = goOn(before, 'one.succeeded');
    expect(isNothing(after, answer(before, {}))).toBe(true);
  });

  it('of the action changes nothing once the saga is compensated', () => {
    const before = play(order);
    expect(isNothing(play(order, ['one.refused']), answer(before, {}))).toBe(true);
  });

  it('to an attempt before a retry under a new key is foreign', () => {
    const parked = play(order, ['one.succeeded', 'two.refused', 'retry']);
    expect(isAwaited(parked.context, { step: 'two', op: 'do', attempt: 2, generation: 1 })).toBe(false);
    expect(isAwaited(parked.context, { step: 'two', op: 'do', attempt: 2, generation: 2 })).toBe(true);
  });
});

describe('an event without an arrow', () => {
  it.each(['one.backoff', 'two.timeout', 'skip', 'resolve as succeeded', 'retry'])(
    'such as %s changes nothing',
    (cue) => {
      expect(attempt(play(order), cue)).toBeUndefined();
    },
  );
});

describe('a timer', () => {
  it('is stored by the event it sends, with the time at which it is due', () => {
    expect(play(order).timers).toEqual({
      'xstate.after.one.timeout.order.running.one.executing': startedAt + 5_000,
      deadline: startedAt + 60_000,
    });
  });

  it('that another event made pointless is gone', () => {
    expect(Object.keys(play(order, ['one.succeeded']).timers).toSorted()).toEqual([
      'deadline',
      'xstate.after.two.timeout.order.running.two.executing',
    ]);
  });

  it('counts from the move that armed it, not from the start', () => {
    const move = attempt(play(order), 'one.succeeded', startedAt + 1_234);
    expect(move?.snapshot.timers['xstate.after.two.timeout.order.running.two.executing']).toBe(
      startedAt + 6_234,
    );
  });

  it('waits longer from one attempt to the next, by the policy and the jitter of this saga', () => {
    const first = waitIn(play(order, ['one.failed']));
    const second = waitIn(play(order, ['one.failed', 'one.backoff', 'one.failed']));
    expect([first >= 100, first <= 200, second >= 200, second <= 400]).toEqual([true, true, true, true]);
    expect(waitIn(play(order, ['one.failed']))).toBe(first);
  });
});

describe('the deadline', () => {
  const at = (now: number) => ({ now, deadline: startedAt + 60_000 });
  const parked = () => play(order, ['one.succeeded', 'two.refused']);

  it('does not move with the saga', () => {
    const move = attempt(play(order), 'one.succeeded', startedAt + 40_000);
    expect(move?.snapshot.timers['deadline']).toBe(startedAt + 60_000);
  });

  it('is not armed while a saga is parked or goes backward', () => {
    expect([parked().timers['deadline'], goOn(parked(), 'compensate').timers['deadline']]).toEqual([
      undefined,
      undefined,
    ]);
  });

  it('is armed again when a person sends the saga forward in time', () => {
    const { logic, snapshot } = parked();
    expect(
      advance(logic, snapshot, { type: 'retry' }, at(startedAt + 10_000))?.snapshot.timers['deadline'],
    ).toBe(startedAt + 60_000);
  });

  it('that passed while the saga was parked is the person’s business', () => {
    const { logic, snapshot } = parked();
    expect(
      advance(logic, snapshot, { type: 'retry' }, at(startedAt + 60_000))?.snapshot.timers['deadline'],
    ).toBeUndefined();
  });

  it('that rang does not ring again', () => {
    const late = play(
      defineSaga('late', { timeout: '1m' }).step('one', { kind: 'retriable', action: 'shop.one' }),
      ['deadline'],
    );
    expect([late.context.late, late.timers['deadline']]).toEqual([true, undefined]);
  });
});

describe('a saga', () => {
  it('begins the same way each time', () => {
    const start = () => begin(toLogic(order), { id: 's1', input: { n: 1 }, now: startedAt });
    expect([toStored(start().snapshot), start().commands]).toEqual([
      toStored(start().snapshot),
      [{ name: 'one', step: 'one', op: 'do', attempt: 1, generation: 1 }],
    ]);
  });

  it('awaits what it sent, until it is answered', () => {
    const group = defineSaga('group').parallel('g', (g) => g.step('x', options('x')).step('y', options('y')));
    const awaited = (cues: readonly string[]) =>
      awaitedCommands(play(group, cues).snapshot).map(({ name }) => name);
    expect([awaited([]), awaited(['x.succeeded']), awaited(['x.succeeded', 'y.failed'])]).toEqual([
      ['x', 'y'],
      ['y'],
      [],
    ]);
  });

  it.each([
    ['running', [], ['cancel', 'compensate', 'pause']],
    ['waiting for its next attempt', ['one.failed'], ['cancel', 'retry', 'compensate', 'pause']],
    ['compensating', ['one.failed', 'cancel'], ['pause']],
    [
      'parked on its way forward',
      ['one.succeeded', 'two.refused'],
      ['retry', 'skip', 'compensate', 'resolve', 'decide'],
    ],
    ['parked on its way back', ['one.failed', 'cancel', 'undoOne.refused'], ['retry', 'skip', 'resolve']],
    ['compensated', ['one.refused'], []],
  ])('that is %s lets a person do what its chart has an arrow for', (_what, cues, actions) => {
    expect(legalActions(play(order, cues).snapshot)).toEqual(actions);
  });
});

describe('a command', () => {
  const saga = defineSaga<{ who: string }>('order')
    .step('one', options('one'))
    .step('two', {
      ...options('two'),
      input: ({ sagaId, input, results }) => ({ sagaId, ...input, before: results.one }),
      compensation: { operation: 'bank.refund', input: (_view, original) => ({ original }) },
    });
  const requestOf = (cues: readonly string[]) => {
    const played = play(saga, cues, { who: 'ann' });
    const command = played.moves.at(-1)?.commands[0];
    if (command === undefined) throw new Error('no command');
    return toRequest(played.logic.plan, command, { tenant: 't', context: played.context, deadline: 7 });
  };

  it('carries what its step makes of the input and the results before it', () => {
    expect(requestOf(['one.succeeded'])).toEqual({
      participant: 'shop',
      operation: 'two',
      tenant: 't',
      sagaId: 's1',
      sagaName: 'order',
      step: 'two',
      attempt: 1,
      op: 'do',
      idempotencyKey: 't:s1:two:1:1:do',
      deadline: 7,
      body: { input: { sagaId: 's1', who: 'ann', before: { of: 'one' } } },
    });
  });

  it('has the same key for all attempts, and another one to undo it', () => {
    expect(
      [requestOf([]), requestOf(['one.failed', 'one.backoff'])].map(({ attempt: n, idempotencyKey }) => [
        n,
        idempotencyKey,
      ]),
    ).toEqual([
      [1, 't:s1:one:1:1:do'],
      [2, 't:s1:one:1:1:do'],
    ]);
    expect(requestOf(['one.failed', 'cancel']).idempotencyKey).toBe('t:s1:one:1:1:undo');
  });

  it('to undo carries the original reply where it is known', () => {
    const undo = requestOf(['one.succeeded', 'two.failed', 'cancel']);
    expect(undo.body).toEqual({ input: {} });
    expect(requestOf(['one.succeeded', 'cancel', 'two.succeeded'])).toMatchObject({
      participant: 'bank',
      operation: 'refund',
      op: 'undo',
      body: { input: { original: { of: 'two' } }, original: { of: 'two' } },
    });
  });
});

function waitIn({ timers }: Played): number {
  const due = Object.entries(timers).find(([type]) => type.includes('.backoff.'))?.[1];
  return (due ?? Number.NaN) - startedAt;
}
