import { describe, expect, it } from 'vitest';
import { defineSaga } from '../../src/core/definition.ts';
import { legalActions, legalSignals } from '../../src/core/transition.ts';
import { attempt, goOn, play } from './play.ts';

const undone = (name: string) => ({ action: `shop.${name}`, compensation: `shop.un${name}` }) as const;
const loan = (wait: object = {}) =>
  defineSaga('loan', { timeout: '30d' })
    .step('hold', undone('hold'))
    .waitFor('approval', { timeout: '1d', ...wait })
    .step('pay', undone('pay'));
const signal = { type: 'signal', name: 'approval', data: { by: 'ann' } };

describe('a saga that comes to a wait', () => {
  it('sends nothing, and waits with a timer', () => {
    const { state, sent, timers } = play(loan(), ['hold.succeeded']);
    expect([state, sent]).toEqual(['running.approval.waiting', ['hold']]);
    expect(Object.keys(timers).toSorted()).toEqual([
      'deadline',
      'xstate.after.approval.timeout.loan.running.approval.waiting',
    ]);
  });

  it('waits as long as it takes, where no time is given', () => {
    const saga = defineSaga('loan').waitFor('approval').step('pay', undone('pay'));
    expect([play(saga).state, play(saga).timers]).toEqual(['running.approval.waiting', {}]);
  });

  it('goes on with the signal, whose data is the result for the steps behind it', () => {
    const { state, sent, context } = play(loan(), ['hold.succeeded', signal]);
    expect([state, sent]).toEqual(['running.pay.executing', ['hold', 'pay']]);
    expect(context.results['approval']).toEqual({ by: 'ann' });
  });

  it('does not wait where its guard says that it need not', () => {
    expect(play(loan({ when: () => false }), ['hold.succeeded']).state).toBe('running.pay.executing');
  });
});

describe('a signal', () => {
  it('that comes early is kept until the saga waits for it', () => {
    const early = play(loan(), [signal]);
    expect([early.state, early.context.signals]).toEqual([
      'running.hold.executing',
      { approval: { by: 'ann' } },
    ]);
    const later = goOn(early, 'hold.succeeded');
    expect([later.state, later.context.results['approval'], later.context.signals]).toEqual([
      'running.pay.executing',
      { by: 'ann' },
      undefined,
    ]);
  });

  it('is kept while the saga is parked before the wait', () => {
    const asking = defineSaga('loan')
      .step('hold', { ...undone('hold'), onFailure: 'ask' })
      .waitFor('approval')
      .step('pay', undone('pay'));
    const parked = play(asking, ['hold.refused', signal]);
    expect(play(asking, ['hold.refused', signal, 'skip']).state).toBe('running.pay.executing');
    expect(legalSignals(parked.logic.plan, parked.snapshot)).toEqual([]);
  });

  it.each([
    ['that came already, early', [signal]],
    ['that was heard', ['hold.succeeded', signal]],
    ['of another name', ['hold.succeeded']],
    ['to a saga that goes back', ['hold.succeeded', 'cancel']],
  ])('%s is refused', (what, cues) => {
    const again = what === 'of another name' ? { ...signal, name: 'other' } : signal;
    expect(attempt(play(loan(), cues), again)).toBeUndefined();
  });

  it('without data brings null', () => {
    const { context } = play(loan(), ['hold.succeeded', { type: 'signal', name: 'approval' }]);
    expect(context.results['approval']).toBeNull();
  });

  it('is legal as long as it was not heard', () => {
    const names = (cues: readonly (string | typeof signal)[]) => {
      const { logic, snapshot } = play(loan(), cues);
      return [legalSignals(logic.plan, snapshot), legalActions(snapshot).includes('signal')];
    };
    expect([names([]), names(['hold.succeeded']), names(['hold.succeeded', signal])]).toEqual([
      [['approval'], true],
      [['approval'], true],
      [[], false],
    ]);
  });
});

describe('a signal that does not come in time', () => {
  const late = ['hold.succeeded', 'approval.timeout'];

  it('turns the saga back, for that reason', () => {
    const { state, context, sent } = play(loan(), late);
    expect([state, sent]).toEqual(['compensating.hold.executing', ['hold', 'undoHold']]);
    expect(context.cause).toMatchObject({
      type: 'stepFailed',
      step: 'approval',
      error: { code: 'timeout', category: 'timeout' },
    });
  });

  it('is done without, where the definition says so', () => {
    const { state, context } = play(loan({ onTimeout: 'continue' }), late);
    expect([state, context.steps['approval']?.status, context.overridden]).toEqual([
      'running.pay.executing',
      'skipped',
      undefined,
    ]);
  });

  it('parks the saga for a decision, where the definition says so; it may still come then', () => {
    const parked = play(loan({ onTimeout: 'ask' }), late);
    expect([parked.state, parked.context.parked?.why]).toEqual(['failed.approval', 'unanswered']);
    expect(legalActions(parked.snapshot)).toEqual([
      'retry',
      'skip',
      'compensate',
      'resolve',
      'decide',
      'signal',
    ]);
    expect(goOn(parked, signal).state).toBe('running.pay.executing');
    expect(goOn(parked, 'retry').state).toBe('running.approval.waiting');
    expect(goOn(parked, { type: 'decide', choice: 'compensate' }).state).toBe('compensating.hold.executing');
  });

  it('behind the point of no return can only be asked for or done without', () => {
    const behind = (wait: object) =>
      defineSaga('sale')
        .step('charge', { kind: 'pivot', action: 'bank.charge' })
        .waitFor('receipt', { timeout: '1h', ...wait });
    expect(() => behind({}).plan && behind({}).machine).toThrow(/onTimeout 'ask' or 'continue'/);
    const parked = play(behind({ onTimeout: 'ask' }), ['charge.succeeded', 'receipt.timeout']);
    expect([parked.state, attempt(parked, 'compensate')]).toEqual(['failed.receipt', undefined]);
  });
});

describe('a saga that waits', () => {
  it.each([
    ['cancel', 'cancelled'],
    ['deadline', 'timedOut'],
  ])('turns back on %s, with nothing to undo of the wait itself', (cue, cause) => {
    const { state, context } = play(loan(), ['hold.succeeded', cue]);
    expect([state, context.cause?.type]).toEqual(['compensating.hold.executing', cause]);
  });

  it('cannot have the name of a state of the chart, nor one that is taken', () => {
    const named = (name: string) =>
      defineSaga('loan')
        .step('hold', undone('hold'))
        .waitFor(name as 'x');
    expect(() => named('undone').machine).toThrow(/choose another name/);
    expect(() => named('undoHold').machine).toThrow(/would both be called 'undoHold'/);
  });
});
