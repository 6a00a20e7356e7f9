import { describe, expect, it } from 'vitest';
import { defineSaga } from '../../src/core/definition.ts';
import { refusalOf } from '../../src/core/refusal.ts';
import { attempt, goOn, play } from './play.ts';

const undone = (name: string) => ({ action: `shop.${name}`, compensation: `shop.un${name}` }) as const;
const repeated = (name: string) => ({ kind: 'retriable', action: `shop.${name}` }) as const;
const trip = defineSaga('trip', { timeout: '1h' })
  .step('look', { kind: 'readonly', action: 'shop.look' })
  .step('hold', undone('hold'))
  .parallel('book', (group) => group.step('car', undone('car')).step('hotel', undone('hotel')))
  .waitFor('approval')
  .step('send', { ...undone('send'), onFailure: 'ask' })
  .step('pay', { kind: 'pivot', action: 'bank.pay' });
const signal = { type: 'signal', name: 'approval', data: 1 };
const booked = ['look.succeeded', 'hold.succeeded', 'car.succeeded', 'hotel.succeeded'];
const refused = [...booked, signal, 'send.refused'];
const back = (to: string) => ({ type: 'compensate', to, actor: 'ann', reason: 'wrong car' });

describe('a saga that is sent back to a step', () => {
  it('undoes what lies behind it and it, last first, then runs forward again from there under new keys', () => {
    const gone = play(trip, [...refused, back('book'), 'undoHotel.succeeded']);
    expect([gone.state, gone.sent.slice(-2)]).toEqual([
      'compensating.book.car.executing',
      ['undoHotel', 'undoCar'],
    ]);
    const forward = goOn(gone, 'undoCar.succeeded');
    expect([forward.state, forward.status]).toEqual([
      'running.book.car.executing | running.book.hotel.executing',
      'running',
    ]);
    expect(forward.moves.at(-1)?.commands).toEqual([
      { name: 'car', step: 'car', op: 'do', attempt: 1, generation: 2 },
      { name: 'hotel', step: 'hotel', op: 'do', attempt: 1, generation: 2 },
    ]);
    expect(forward.context).toMatchObject({
      cause: null,
      results: { look: { of: 'look' }, hold: { of: 'hold' } },
    });
    expect(Object.keys(forward.context.results)).toEqual(['look', 'hold']);
  });

  it('leaves what lies before it alone', () => {
    const { sent } = play(trip, [...refused, back('book'), 'undoHotel.succeeded', 'undoCar.succeeded']);
    expect(sent).not.toContain('undoHold');
  });

  it('waits again for the signals behind it', () => {
    const again = play(trip, [
      ...refused,
      back('book'),
      'undoHotel.succeeded',
      'undoCar.succeeded',
      'car.succeeded',
      'hotel.succeeded',
    ]);
    expect(again.state).toBe('running.approval.waiting');
  });

  it.each([
    ['a step that nothing has to be undone for', 'send', 'running.send.executing'],
    ['a wait', 'approval', 'running.approval.waiting'],
    ['a member of a group, which is the group', 'car', 'compensating.book.hotel.executing'],
    ['the first step', 'look', 'compensating.book.hotel.executing'],
  ])('may be sent to %s', (_what, to, state) => {
    expect(play(trip, [...refused, back(to)]).state).toBe(state);
  });

  it('goes back through everything to the first step', () => {
    const all = play(trip, [
      ...refused,
      back('look'),
      'undoHotel.succeeded',
      'undoCar.succeeded',
      'undoHold.succeeded',
    ]);
    expect([all.state, all.context.steps]).toMatchObject([
      'running.look.executing',
      { look: { generation: 2 } },
    ]);
  });

  it('undoes what may have happened, too, once the attempt under way came to its end', () => {
    const running = play(trip, ['look.succeeded', 'hold.succeeded', back('hold')]);
    expect(running.state).toBe(
      'compensating.book.settling.car.waiting | compensating.book.settling.hotel.waiting',
    );
    const settled = goOn(goOn(running, 'car.timeout'), 'hotel.refused');
    expect(settled.sent.at(-1)).toBe('undoCar');
  });

  it('cannot be sent to a step that it did not come to, nor anywhere behind the point of no return', () => {
    const booking = play(trip, ['look.succeeded', 'hold.succeeded']);
    expect([attempt(booking, back('pay')), attempt(booking, back('nowhere'))]).toEqual([
      undefined,
      undefined,
    ]);
    expect(attempt(play(trip, [...booked, signal, 'send.succeeded']), back('hold'))).toBeUndefined();
  });

  it.each([
    ['a step', defineSaga('sale').step('hold', undone('hold')).step('tell', repeated('tell')), 'tell'],
    [
      'a group',
      defineSaga('sale')
        .step('hold', undone('hold'))
        .parallel('telling', (group) => group.step('tell', repeated('tell')).step('note', repeated('note'))),
      'telling',
    ],
  ])(
    'is not sent to %s that is only repeated, also where that is held and was never asked',
    (_what, sale, to) => {
      const held = play(sale, ['pause', 'hold.succeeded']);
      expect(attempt(held, back(to))).toBeUndefined();
      expect(refusalOf(held.logic, held.snapshot, back(to) as never)).toMatch(
        `step '${to}' lies behind the point of no return`,
      );
      expect(attempt(held, back('hold'))).toBeDefined();
    },
  );

  it('goes on to that step after a compensation that parked was repaired', () => {
    const stuck = play(trip, [...refused, back('book'), 'undoHotel.refused']);
    expect(stuck.state).toBe('failed.undoHotel');
    const retried = goOn(goOn(stuck, 'retry'), 'undoHotel.succeeded');
    expect(goOn(retried, 'undoCar.succeeded').status).toBe('running');
    const skipped = goOn(goOn(stuck, 'skip'), 'undoCar.succeeded');
    expect([skipped.status, skipped.context.overridden]).toEqual(['running', true]);
  });

  it.each([
    ['cancel', 'cancelled'],
    ['deadline', 'timedOut'],
    ['compensate', 'operator'],
  ])('goes all the way back after %s', (cue, cause) => {
    const gone = play(trip, [...refused, back('book'), 'undoHotel.succeeded', cue, 'undoCar.succeeded']);
    expect([gone.state, gone.context.cause?.type]).toEqual(['compensating.hold.executing', cause]);
    expect(goOn(gone, 'undoHold.succeeded').status).toBe('compensated');
  });

  it('keeps its deadline armed on the way', () => {
    const deadline = (cues: readonly (string | object)[]) =>
      play(trip, cues as readonly string[]).timers['deadline'] !== undefined;
    expect([
      deadline(booked),
      deadline([...booked, back('book')]),
      deadline([...booked, back('book'), 'cancel']),
      deadline([...booked, back('book'), 'undoHotel.succeeded', 'undoCar.succeeded']),
    ]).toEqual([true, true, false, true]);
  });

  it('forgets answers of the run before', () => {
    const again = play(trip, [...booked, back('book'), 'undoHotel.succeeded', 'undoCar.succeeded']);
    const old = {
      type: 'car.succeeded',
      step: 'car',
      op: 'do',
      attempt: 1,
      generation: 1,
      result: 1,
    } as const;
    expect(attempt(again, old)).toBeUndefined();
  });

  it('seals a pivot in doubt first; one that had happened goes on', () => {
    const sale = defineSaga('sale')
      .step('hold', undone('hold'))
      .step('pay', { kind: 'pivot', action: 'bank.pay', onExhausted: 'ask', retry: { maximumAttempts: 1 } });
    const sealing = play(sale, ['hold.succeeded', 'pay.timeout', back('hold')]);
    expect(sealing.state).toBe('running.pay.sealing.executing');
    expect(goOn(sealing, 'sealPay.succeeded')).toMatchObject({ status: 'completed' });
    expect(goOn(sealing, 'sealPay.succeeded').context.rewind).toBeUndefined();
    const undo = goOn(sealing, 'sealPay.sealed');
    expect(goOn(undo, 'undoHold.succeeded').moves.at(-1)?.commands).toEqual([
      { name: 'hold', step: 'hold', op: 'do', attempt: 1, generation: 2 },
    ]);
  });

  it('can be sent back again, each time under a new key', () => {
    const once = ['undoHotel.succeeded', 'undoCar.succeeded', 'car.succeeded', 'hotel.succeeded'];
    const twice = play(trip, [...booked, back('book'), ...once, back('book'), ...once.slice(0, 2)]);
    expect(twice.moves.at(-1)?.commands.map(({ generation }) => generation)).toEqual([3, 3]);
  });
});
