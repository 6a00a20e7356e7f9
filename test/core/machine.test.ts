import { describe, expect, it } from 'vitest';
import { defineSaga } from '../../src/core/definition.ts';
import { attempt, type Cue, goOn, play, type Played } from './play.ts';

const twice = { maximumAttempts: 2 } as const;
const step = (name: string) =>
  ({ action: `shop.${name}`, compensation: `shop.un${name}`, retry: twice }) as const;
const undoTwice = (name: string) =>
  ({ ...step(name), compensation: { operation: `shop.un${name}`, retry: twice } }) as const;

/** Two steps that can be undone, then one that is repeated until it is done. */
const order = defineSaga('order', { timeout: '1h', defaults: { timeout: '10s' } })
  .step('reserve', undoTwice('reserve'))
  .step('charge', undoTwice('charge'))
  .step('tell', { kind: 'retriable', action: 'shop.tell', retry: twice });

/** One step that can be undone, then the decision. */
const sale = defineSaga('sale', { timeout: '1h', defaults: { timeout: '10s' } })
  .step('reserve', step('reserve'))
  .step('charge', { kind: 'pivot', action: 'shop.charge', retry: twice })
  .step('tell', { kind: 'retriable', action: 'shop.tell', retry: twice });

/** Given these events, the saga is in this state, having wanted these further commands. */
type Row = readonly [given: string, cues: readonly Cue[], state: string, sent: string];

function holds(saga: Parameters<typeof play>[0], rows: readonly Row[]): void {
  it.each(rows)('%s', (_given, cues, state, sent) => {
    const played = play(saga, cues);
    expect({ state: played.state, sent: played.sent.join(' ') }).toEqual({ state, sent });
  });
}

const lostForGood: Cue = { type: 'charge.lost', retryable: false };

describe('an attempt on the way forward that ends as', () => {
  const given = ['reserve.succeeded'];
  holds(order, [
    [
      'success: the next step',
      [...given, 'charge.succeeded'],
      'running.tell.executing',
      'reserve charge tell',
    ],
    [
      'a refusal: backward, and this step is not undone',
      [...given, 'charge.refused'],
      'compensating.reserve.executing',
      'reserve charge undoReserve',
    ],
    [
      'a refusal of a command that was sent again: backward, and this step is undone',
      [...given, { type: 'charge.refused', resent: true }],
      'compensating.charge.executing',
      'reserve charge undoCharge',
    ],
    [
      'a refusal after doubt: backward, and this step is undone',
      [...given, 'charge.failed', 'charge.backoff', 'charge.refused'],
      'compensating.charge.executing',
      'reserve charge charge undoCharge',
    ],
    [
      'a failure: waits, then the same again',
      [...given, 'charge.failed'],
      'running.charge.backoff',
      'reserve charge',
    ],
    [
      'a failure, and the wait is over: again',
      [...given, 'charge.failed', 'charge.backoff'],
      'running.charge.executing',
      'reserve charge charge',
    ],
    [
      'the last failure: backward, and this step is undone',
      [...given, 'charge.failed', 'charge.backoff', 'charge.failed'],
      'compensating.charge.executing',
      'reserve charge charge undoCharge',
    ],
    [
      'in progress: asks again later',
      [...given, 'charge.inProgress'],
      'running.charge.polling',
      'reserve charge',
    ],
    [
      'in progress ever again: is no attempt',
      [
        ...given,
        ...Array.from({ length: 5 }, () => ['charge.inProgress', 'charge.poll']).flat(),
        'charge.failed',
      ],
      'running.charge.backoff',
      'reserve charge charge charge charge charge charge',
    ],
    [
      'in progress, then refused: is undone, for its effect may exist',
      [...given, 'charge.inProgress', 'charge.poll', 'charge.refused'],
      'compensating.charge.executing',
      'reserve charge charge undoCharge',
    ],
    [
      'reaching nobody: waits, then the same again',
      [...given, 'charge.unreachable'],
      'running.charge.backoff',
      'reserve charge',
    ],
    [
      'reaching nobody every time: backward, and this step is not undone',
      [...given, 'charge.unreachable', 'charge.backoff', 'charge.unreachable'],
      'compensating.reserve.executing',
      'reserve charge charge undoReserve',
    ],
    [
      'reaching nobody when it was sent again: is undone, for the first sending may have arrived',
      [...given, { type: 'charge.unreachable', resent: true }, 'charge.backoff', 'charge.unreachable'],
      'compensating.charge.executing',
      'reserve charge charge undoCharge',
    ],
    [
      'a timeout: waits, then the same again',
      [...given, 'charge.timeout'],
      'running.charge.backoff',
      'reserve charge',
    ],
    [
      'the last timeout: backward, and this step is undone',
      [...given, 'charge.timeout', 'charge.backoff', 'charge.timeout'],
      'compensating.charge.executing',
      'reserve charge charge undoCharge',
    ],
    [
      'lost: waits, then the same again',
      [...given, 'charge.lost'],
      'running.charge.backoff',
      'reserve charge',
    ],
    [
      'lost in a way that asking again cannot mend: backward at once, and this step is undone',
      [...given, lostForGood],
      'compensating.charge.executing',
      'reserve charge undoCharge',
    ],
    [
      'sealed: backward, and this step is not undone',
      [...given, 'charge.sealed'],
      'compensating.reserve.executing',
      'reserve charge undoReserve',
    ],
    [
      'a failure, and somebody does not want to wait: again at once',
      [...given, 'charge.failed', 'retry'],
      'running.charge.executing',
      'reserve charge charge',
    ],
    [
      'success of the last step: completed',
      [...given, 'charge.succeeded', 'tell.succeeded'],
      'completed',
      'reserve charge tell',
    ],
  ]);

  it('a refusal keeps its error as the cause', () => {
    expect(play(order, [...given, 'charge.refused']).context.cause).toEqual({
      type: 'stepFailed',
      step: 'charge',
      error: { code: 'refused', category: 'business', message: 'charge refused' },
    });
  });

  it('a failure is in doubt, until it succeeds', () => {
    const doubted = play(order, [...given, 'charge.failed', 'charge.backoff']);
    expect(doubted.context.steps['charge']?.inDoubt).toBe(true);
    expect(goOn(doubted, 'charge.succeeded').context.steps['charge']?.inDoubt).toBeUndefined();
  });

  it('in progress is asked again when the participant said', () => {
    const { timers } = play(order, ['reserve.inProgress']);
    expect(Object.values(timers).toSorted((a, b) => a - b)[0]).toBe(1_000_700);
  });
});

describe('an attempt to undo that ends as', () => {
  const given = ['reserve.succeeded', 'charge.succeeded', 'cancel'];
  // One that is completed and one under way would be settled first; the retriable step turns no saga back.
  const back = ['reserve.succeeded', 'charge.failed', 'cancel'];
  it('begins only up to the point of no return', () => {
    expect(() => play(order, given)).toThrow('no arrow for "cancel" in running.tell.executing');
  });
  holds(order, [
    [
      'success: the step before it',
      [...back, 'undoCharge.succeeded'],
      'compensating.reserve.executing',
      'reserve charge undoCharge undoReserve',
    ],
    [
      'success, the last one: compensated',
      [...back, 'undoCharge.succeeded', 'undoReserve.succeeded'],
      'compensated',
      'reserve charge undoCharge undoReserve',
    ],
    ['a refusal: parked', [...back, 'undoCharge.refused'], 'failed.undoCharge', 'reserve charge undoCharge'],
    [
      'sealed: parked, for an undo is never sealed',
      [...back, 'undoCharge.sealed'],
      'failed.undoCharge',
      'reserve charge undoCharge',
    ],
    [
      'a failure: waits, then the same again',
      [...back, 'undoCharge.failed', 'undoCharge.backoff'],
      'compensating.charge.executing',
      'reserve charge undoCharge undoCharge',
    ],
    [
      'the last failure: parked',
      [...back, 'undoCharge.failed', 'undoCharge.backoff', 'undoCharge.failed'],
      'failed.undoCharge',
      'reserve charge undoCharge undoCharge',
    ],
    [
      'reaching nobody every time: parked',
      [...back, 'undoCharge.unreachable', 'undoCharge.backoff', 'undoCharge.unreachable'],
      'failed.undoCharge',
      'reserve charge undoCharge undoCharge',
    ],
    [
      'the last timeout: parked',
      [...back, 'undoCharge.timeout', 'undoCharge.backoff', 'undoCharge.timeout'],
      'failed.undoCharge',
      'reserve charge undoCharge undoCharge',
    ],
    [
      'lost for good: parked',
      [...back, { type: 'undoCharge.lost', retryable: false }],
      'failed.undoCharge',
      'reserve charge undoCharge',
    ],
    [
      'in progress: asks again later',
      [...back, 'undoCharge.inProgress', 'undoCharge.poll'],
      'compensating.charge.executing',
      'reserve charge undoCharge undoCharge',
    ],
  ]);

  it('parked keeps the reason', () => {
    const { context, status } = play(order, [...back, 'undoCharge.refused']);
    expect([status, context.parked]).toEqual([
      'failed',
      { command: 'undoCharge', why: 'refused', error: { code: 'refused', message: 'undoCharge refused' } },
    ]);
  });
});

describe('a pivot', () => {
  const given = ['reserve.succeeded'];
  const doubt = [...given, 'charge.timeout', 'charge.backoff', 'charge.timeout'];
  const stuck = [...doubt, 'sealCharge.failed', 'sealCharge.backoff', 'sealCharge.failed'];
  holds(sale, [
    [
      'that succeeds leads forward',
      [...given, 'charge.succeeded'],
      'running.tell.executing',
      'reserve charge tell',
    ],
    [
      'that is refused leads backward',
      [...given, 'charge.refused'],
      'compensating.reserve.executing',
      'reserve charge undoReserve',
    ],
    [
      'that reached nobody leads backward, for it is not in doubt',
      [...given, 'charge.unreachable', 'charge.backoff', 'charge.unreachable'],
      'compensating.reserve.executing',
      'reserve charge charge undoReserve',
    ],
    ['in doubt is sealed', doubt, 'running.charge.sealing.executing', 'reserve charge charge sealCharge'],
    [
      'that was sent again and reached nobody is sealed',
      [...given, 'charge.unreachable', 'charge.backoff', { type: 'charge.unreachable', resent: true }],
      'running.charge.sealing.executing',
      'reserve charge charge sealCharge',
    ],
    [
      'refused after doubt is sealed',
      [...given, 'charge.failed', 'charge.backoff', 'charge.refused'],
      'running.charge.sealing.executing',
      'reserve charge charge sealCharge',
    ],
    [
      'whose reply is unusable is sealed',
      [...given, lostForGood],
      'running.charge.sealing.executing',
      'reserve charge sealCharge',
    ],
    [
      'whose seal brings its result leads forward',
      [...doubt, 'sealCharge.succeeded'],
      'running.tell.executing',
      'reserve charge charge sealCharge tell',
    ],
    [
      'that is sealed leads backward',
      [...doubt, 'sealCharge.sealed'],
      'compensating.reserve.executing',
      'reserve charge charge sealCharge undoReserve',
    ],
    [
      'whose seal says that it was refused leads backward',
      [...doubt, 'sealCharge.refused'],
      'compensating.reserve.executing',
      'reserve charge charge sealCharge undoReserve',
    ],
    [
      'whose seal is in progress is asked again',
      [...doubt, 'sealCharge.inProgress', 'sealCharge.poll'],
      'running.charge.sealing.executing',
      'reserve charge charge sealCharge sealCharge',
    ],
    [
      'whose seal fails every time is parked',
      stuck,
      'failed.charge',
      'reserve charge charge sealCharge sealCharge',
    ],
    [
      'parked in doubt is sealed before it is compensated',
      [...stuck, 'compensate'],
      'running.charge.sealing.executing',
      'reserve charge charge sealCharge sealCharge sealCharge',
    ],
    [
      'sealed anew has all attempts anew',
      [...stuck, 'compensate', 'sealCharge.failed'],
      'running.charge.sealing.backoff',
      'reserve charge charge sealCharge sealCharge sealCharge',
    ],
    [
      'tried again has all attempts anew, those of its seal, too',
      [...stuck, 'retry', lostForGood, 'sealCharge.failed'],
      'running.charge.sealing.backoff',
      'reserve charge charge sealCharge sealCharge charge sealCharge',
    ],
    [
      'parked for its refusal is compensated without a seal',
      [...stuck, { type: 'resolve', as: 'refused' }],
      'compensating.reserve.executing',
      'reserve charge charge sealCharge sealCharge undoReserve',
    ],
  ]);

  it('under way cannot be cancelled, nor turned back by a person', () => {
    for (const cues of [given, [...given, 'charge.failed'], [...given, 'charge.unreachable'], doubt]) {
      expect([attempt(play(sale, cues), 'cancel'), attempt(play(sale, cues), 'compensate')]).toEqual([
        undefined,
        undefined,
      ]);
    }
  });

  it('keeps the result that its seal brought', () => {
    expect(play(sale, [...doubt, 'sealCharge.succeeded']).context.results['charge']).toEqual({
      of: 'sealCharge',
    });
  });
});

describe('a cancel', () => {
  holds(order, [
    ['before anything was done undoes nothing', ['reserve.unreachable', 'cancel'], 'compensated', 'reserve'],
    [
      'while a command is under way waits for its answer',
      ['reserve.succeeded', 'cancel'],
      'compensating.charge.settling',
      'reserve charge',
    ],
    [
      'undoes what succeeded after it',
      ['reserve.succeeded', 'cancel', 'charge.succeeded'],
      'compensating.charge.executing',
      'reserve charge undoCharge',
    ],
    [
      'undoes nothing that was refused after it',
      ['reserve.succeeded', 'cancel', 'charge.refused'],
      'compensating.reserve.executing',
      'reserve charge undoReserve',
    ],
    [
      'undoes nothing that reached nobody',
      ['reserve.succeeded', 'cancel', 'charge.unreachable'],
      'compensating.reserve.executing',
      'reserve charge undoReserve',
    ],
    [
      'undoes what may have happened',
      ['reserve.succeeded', 'cancel', 'charge.failed'],
      'compensating.charge.executing',
      'reserve charge undoCharge',
    ],
    [
      'undoes what never answered',
      ['reserve.succeeded', 'cancel', 'charge.timeout'],
      'compensating.charge.executing',
      'reserve charge undoCharge',
    ],
    [
      'does not repeat what is in progress',
      ['reserve.succeeded', 'cancel', 'charge.inProgress'],
      'compensating.charge.executing',
      'reserve charge undoCharge',
    ],
    [
      'while a step waits for its next attempt undoes it at once',
      ['reserve.failed', 'cancel'],
      'compensating.reserve.executing',
      'reserve undoReserve',
    ],
  ]);

  it('keeps the reply that came after it, for the undo', () => {
    expect(
      play(order, ['reserve.succeeded', 'cancel', 'charge.succeeded']).context.results['charge'],
    ).toEqual({ of: 'charge' });
  });

  it('says who wanted it, and why', () => {
    const { context } = play(order, [{ type: 'cancel', actor: 'ann', reason: 'changed her mind' }]);
    expect(context.cause).toEqual({ type: 'cancelled', actor: 'ann', reason: 'changed her mind' });
  });

  it('is the cause even when the step under way fails afterwards', () => {
    expect(play(order, ['cancel', 'reserve.refused']).context.cause).toEqual({ type: 'cancelled' });
  });

  it.each([
    ['past the point of no return', ['reserve.succeeded', 'charge.succeeded']],
    ['once it is compensating', ['reserve.failed', 'cancel']],
    ['once it is parked', ['reserve.failed', 'cancel', 'undoReserve.refused']],
    ['once it is completed', ['reserve.succeeded', 'charge.succeeded', 'tell.succeeded']],
  ])('is refused %s', (_when, cues) => {
    expect(attempt(play(order, cues), 'cancel')).toBeUndefined();
  });
});

describe('a deadline', () => {
  it('turns a saga back on the way forward, as a cancel does, with another cause', () => {
    const { state, context, timers } = play(order, ['reserve.succeeded', 'deadline']);
    expect([state, context.cause?.type, timers['deadline']]).toEqual([
      'compensating.charge.settling',
      'timedOut',
      undefined,
    ]);
  });

  it('only marks a saga late past the point of no return', () => {
    const { state, context } = play(order, ['reserve.succeeded', 'charge.succeeded', 'deadline']);
    expect([state, context.late, context.cause]).toEqual(['running.tell.executing', true, null]);
  });

  it.each([
    ['executing', []],
    ['waiting for its next attempt', ['charge.failed']],
    ['in progress', ['charge.inProgress']],
  ])('seals a pivot that is %s', (_what, cues) => {
    const { state, context, sent } = play(sale, ['reserve.succeeded', ...cues, 'deadline']);
    expect([state, context.cause?.type, sent.at(-1)]).toEqual([
      'running.charge.sealing.executing',
      'timedOut',
      'sealCharge',
    ]);
  });

  it('turns back at once from a pivot that reached nobody: there is nothing to seal', () => {
    const { state, context } = play(sale, ['reserve.succeeded', 'charge.unreachable', 'deadline']);
    expect([state, context.cause?.type]).toEqual(['compensating.reserve.executing', 'timedOut']);
  });

  it('lets a seal under way go on', () => {
    const { state, context } = play(sale, ['reserve.succeeded', lostForGood, 'deadline']);
    expect([state, context.late]).toEqual(['running.charge.sealing.executing', true]);
  });

  it('is the cause when the pivot was sealed for it', () => {
    expect(play(sale, ['reserve.succeeded', 'deadline', 'sealCharge.sealed']).context.cause?.type).toBe(
      'timedOut',
    );
  });

  it('is sealed before anything is undone, when the engine gave up while it was under way', () => {
    const { state, sent } = play(sale, ['reserve.succeeded', 'park', 'compensate']);
    expect([state, sent.at(-1)]).toEqual(['running.charge.sealing.executing', 'sealCharge']);
  });

  it('is sealed when it is refused in doubt, even if it asks when it is exhausted', () => {
    const asking = defineSaga('asking')
      .step('reserve', step('reserve'))
      .step('charge', {
        kind: 'pivot',
        action: 'shop.charge',
        onExhausted: 'ask',
        retry: { maximumAttempts: 3 },
      });
    const { state } = play(asking, ['reserve.succeeded', 'charge.lost', 'charge.backoff', 'charge.refused']);
    expect(state).toBe('running.charge.sealing.executing');
  });

  it('is no cause for anything once a person sends the saga on', () => {
    const parked = ['reserve.succeeded', 'deadline', { type: 'sealCharge.lost', retryable: false }] as const;
    const { state, context } = play(sale, [...parked, 'retry', 'charge.succeeded', 'tell.succeeded']);
    expect([state, context.cause, context.late]).toEqual(['completed', null, true]);
  });

  it('leaves the operator as the cause, when a person turned back a pivot in doubt', () => {
    const parked = [
      'reserve.succeeded',
      lostForGood,
      { type: 'sealCharge.lost', retryable: false },
      'compensate',
    ] as const;
    expect(play(sale, [...parked, 'sealCharge.sealed']).context.cause?.type).toBe('operator');
    expect(play(sale, [...parked, 'sealCharge.succeeded']).context.cause).toBe(null);
  });

  it('does not keep a late pivot from succeeding', () => {
    const { state, context } = play(sale, [
      'reserve.succeeded',
      'deadline',
      'sealCharge.succeeded',
      'tell.succeeded',
    ]);
    expect([state, context.late, context.cause]).toEqual(['completed', true, null]);
  });

  it('stands in no saga that has no timeout', () => {
    expect(Object.keys(play(defineSaga('free').step('one', step('one'))).timers)).toEqual([
      'xstate.after.one.timeout.free.running.one.executing',
    ]);
  });
});

describe('a retriable step', () => {
  const given = ['reserve.succeeded', 'charge.succeeded'];
  holds(order, [
    [
      'that fails is tried again',
      [...given, 'tell.failed', 'tell.backoff'],
      'running.tell.executing',
      'reserve charge tell tell',
    ],
    [
      'that is exhausted is parked',
      [...given, 'tell.failed', 'tell.backoff', 'tell.failed'],
      'failed.tell',
      'reserve charge tell tell',
    ],
    ['that is refused is parked', [...given, 'tell.refused'], 'failed.tell', 'reserve charge tell'],
    [
      'parked, is tried again with all its attempts',
      [...given, 'tell.failed', 'tell.backoff', 'tell.failed', 'retry', 'tell.failed'],
      'running.tell.backoff',
      'reserve charge tell tell tell',
    ],
    ['parked, can be skipped', [...given, 'tell.refused', 'skip'], 'completed', 'reserve charge tell'],
  ]);

  it('parked, cannot be compensated, nor resolved as refused', () => {
    const parked = play(order, [...given, 'tell.refused']);
    expect([attempt(parked, 'compensate'), attempt(parked, 'resolve as refused')]).toEqual([
      undefined,
      undefined,
    ]);
  });
});

describe('a step that says otherwise', () => {
  const askFirst = defineSaga('ask')
    .step('one', step('one'))
    .step('two', { ...step('two'), onFailure: 'ask', onExhausted: 'ask' });
  const insist = defineSaga('insist').step('one', { ...step('one'), onFailure: 'retry' });
  const always = defineSaga('always')
    .step('one', step('one'))
    .step('two', { ...step('two'), undo: 'always' });

  it.each([
    ['asks when it is refused', ['two.refused'], 'refused'],
    ['asks when it is exhausted', ['two.failed', 'two.backoff', 'two.failed'], 'exhausted'],
  ])('%s', (_what, cues, why) => {
    const { state, context } = play(askFirst, ['one.succeeded', ...cues]);
    expect([state, context.parked?.why, context.cause]).toEqual(['failed.two', why, null]);
  });

  it('is repeated under a new key after a refusal: a participant with a barrier repeats the old one for ever', () => {
    expect(play(insist, ['one.refused', 'one.backoff']).context.steps['one']?.generation).toBe(2);
  });

  describe('refused while in doubt', () => {
    const longer = defineSaga('longer').step('one', {
      ...step('one'),
      onFailure: 'retry',
      retry: { maximumAttempts: 3 },
    });
    const refused = ['one.failed', 'one.backoff', 'one.refused'];
    const now = (cues: readonly string[]) => {
      const { sent, state, context } = play(longer, cues);
      return [sent.at(-1), state, context.steps['one']?.generation, context.steps['one']?.inDoubt ?? false];
    };

    it('is sealed before it is repeated, for the old key may be refused for ever', () => {
      expect(now(refused)).toEqual(['sealOne', 'running.one.clearing.executing', 1, true]);
    });

    it.each(['sealed', 'refused'])('is repeated under a new key once that is %s', (end) => {
      expect(now([...refused, `sealOne.${end}`])).toEqual(['sealOne', 'running.one.backoff', 2, false]);
      expect(now([...refused, `sealOne.${end}`, 'one.backoff'])).toEqual([
        'one',
        'running.one.executing',
        2,
        false,
      ]);
    });

    it('is done once its seal brings the result', () => {
      expect(now([...refused, 'sealOne.succeeded'])).toEqual(['sealOne', 'completed', 1, false]);
    });

    it('is parked while nobody knows, and a person’s retry seals first', () => {
      const unknown = [1, 2, 3].flatMap(() => ['sealOne.timeout', 'sealOne.backoff']).slice(0, -1);
      expect(now([...refused, ...unknown])).toEqual(['sealOne', 'failed.one', 1, true]);
      expect(now([...refused, ...unknown, 'retry'])).toEqual([
        'sealOne',
        'running.one.clearing.executing',
        1,
        true,
      ]);
    });

    it('is undone when somebody cancels: it may have had its effect', () => {
      expect(now([...refused, 'cancel'])).toEqual(['undoOne', 'compensating.one.executing', 1, true]);
    });
  });

  it('is repeated after a refusal, until it is exhausted', () => {
    expect(play(insist, ['one.refused', 'one.backoff']).sent).toEqual(['one', 'one']);
    expect(play(insist, ['one.refused', 'one.backoff', 'one.refused']).state).toBe('compensated');
  });

  it('is undone even after a refusal', () => {
    expect(play(always, ['one.succeeded', 'two.refused']).sent).toEqual(['one', 'two', 'undoTwo']);
  });

  it('is undone even after a refusal that came while the saga already turned back', () => {
    expect(play(always, ['one.succeeded', 'cancel', 'two.refused']).sent).toEqual(['one', 'two', 'undoTwo']);
  });

  it('is not undone when nobody was reached', () => {
    expect(play(always, ['one.succeeded', 'two.unreachable', 'cancel']).sent).toEqual([
      'one',
      'two',
      'undoOne',
    ]);
  });
});

describe('a step that has nothing to undo', () => {
  const mixed = defineSaga('mixed')
    .step('look', { kind: 'readonly', action: 'shop.look', retry: twice })
    .step('one', step('one'))
    .step('note', { action: 'shop.note', compensation: { none: 'a note does no harm' } })
    .step('last', step('last'));

  holds(mixed, [
    [
      'is passed over on the way back',
      ['look.succeeded', 'one.succeeded', 'note.succeeded', 'last.refused', 'undoOne.succeeded'],
      'compensated',
      'look one note last undoOne',
    ],
    [
      'is not waited for when the saga is cancelled',
      ['look.succeeded', 'one.succeeded', 'cancel'],
      'compensating.one.executing',
      'look one note undoOne',
    ],
    [
      'leads backward when it fails',
      ['look.failed', 'look.backoff', 'look.failed'],
      'compensated',
      'look look',
    ],
  ]);

  it('leaves nothing to do when no step can be undone', () => {
    const reading = defineSaga('reading').step('look', { kind: 'readonly', action: 'shop.look' });
    expect(play(reading, ['cancel']).state).toBe('compensated');
  });
});

describe('a guard', () => {
  const guarded = defineSaga<{ gift?: boolean }>('guarded')
    .step('one', step('one'))
    .step('wrap', { ...step('wrap'), when: ({ input }) => input.gift === true })
    .step('ship', step('ship'));

  it.each([
    [true, 'running.wrap.executing', undefined],
    [false, 'running.ship.executing', 'skipped'],
  ])('that says %s decides whether the step runs', (gift, state, status) => {
    const played = play(guarded, ['one.succeeded'], { gift });
    expect([played.state, gift ? undefined : played.context.steps['wrap']?.status]).toEqual([state, status]);
  });

  it('that skipped a step leaves nothing to undo of it', () => {
    expect(play(guarded, ['one.succeeded', 'ship.refused'], {}).sent).toEqual(['one', 'ship', 'undoOne']);
  });

  it('sees the results of earlier steps', () => {
    const seeing = defineSaga('seeing')
      .step('one', step('one'))
      .step('two', { ...step('two'), when: ({ results }) => (results.one as { of: string }).of === 'one' });
    expect(play(seeing, ['one.succeeded']).state).toBe('running.two.executing');
  });

  it('may skip every step', () => {
    const idle = defineSaga('idle').step('one', { ...step('one'), when: () => false });
    expect(play(idle).state).toBe('completed');
  });

  it('that throws moves nothing', () => {
    const broken = defineSaga('broken')
      .step('one', step('one'))
      .step('two', {
        ...step('two'),
        when: () => {
          throw new Error('no such field');
        },
      });
    expect(() => attempt(play(broken), 'one.succeeded')).toThrow('no such field');
  });
});

describe('a parallel group', () => {
  const trip = defineSaga('trip')
    .step('plan', step('plan'))
    .parallel('book', (group) =>
      group.step('car', step('car')).step('hotel', step('hotel')).step('flight', step('flight')),
    )
    .step('pay', step('pay'));
  const booked = ['plan.succeeded', 'hotel.succeeded', 'car.succeeded', 'flight.succeeded'];

  holds(trip, [
    [
      'asks for all at once',
      ['plan.succeeded'],
      'running.book.car.executing | running.book.hotel.executing | running.book.flight.executing',
      'plan car hotel flight',
    ],
    ['goes on when all are done', booked, 'running.pay.executing', 'plan car hotel flight pay'],
    [
      'lets all end when one fails',
      ['plan.succeeded', 'hotel.refused'],
      'compensating.book.settling.car.waiting | compensating.book.settling.hotel.settled | compensating.book.settling.flight.waiting',
      'plan car hotel flight',
    ],
    [
      'lets all end when it is cancelled',
      ['plan.succeeded', 'cancel', 'car.refused', 'hotel.refused', 'flight.refused'],
      'compensating.plan.executing',
      'plan car hotel flight undoPlan',
    ],
    [
      'does not wait for a member that waits for its next attempt',
      ['plan.succeeded', 'car.failed', 'flight.unreachable', 'hotel.refused'],
      'compensating.book.car.executing',
      'plan car hotel flight undoCar',
    ],
    [
      'does not wait for a member that a person said is undone',
      ['plan.succeeded', 'hotel.refused', 'park', 'skip'],
      'compensating.book.settling.car.settled | compensating.book.settling.hotel.settled | compensating.book.settling.flight.waiting',
      'plan car hotel flight',
    ],
    [
      'is parked where a compensation is refused',
      [...booked, 'pay.refused', 'undoFlight.refused'],
      'failed.undoFlight',
      'plan car hotel flight pay undoFlight',
    ],
    [
      'goes on undoing where it was parked',
      [...booked, 'pay.refused', 'undoFlight.refused', 'retry'],
      'compensating.book.flight.executing',
      'plan car hotel flight pay undoFlight undoFlight',
    ],
    [
      'undoes the others after a parked compensation was skipped',
      [...booked, 'pay.refused', 'undoFlight.refused', 'skip'],
      'compensating.book.car.executing',
      'plan car hotel flight pay undoFlight undoCar',
    ],
  ]);

  it('is undone in the reverse order of completion', () => {
    const undone = [
      ...booked,
      'pay.refused',
      'undoFlight.succeeded',
      'undoCar.succeeded',
      'undoHotel.succeeded',
      'undoPlan.succeeded',
    ];
    expect(play(trip, undone).sent.slice(5)).toEqual(['undoFlight', 'undoCar', 'undoHotel', 'undoPlan']);
  });

  it('undoes members in doubt first, then the last completed', () => {
    const cues = [
      'plan.succeeded',
      'flight.succeeded',
      'car.succeeded',
      lostForHotel,
      'undoHotel.succeeded',
      'undoCar.succeeded',
      'undoFlight.succeeded',
    ];
    expect(play(trip, cues).sent.slice(4)).toEqual(['undoHotel', 'undoCar', 'undoFlight', 'undoPlan']);
  });

  it('undoes a member that succeeded after another one failed', () => {
    const cues = [
      'plan.succeeded',
      'car.succeeded',
      'hotel.refused',
      'flight.succeeded',
      'undoFlight.succeeded',
      'undoCar.succeeded',
    ];
    expect(play(trip, cues).sent.slice(4)).toEqual(['undoFlight', 'undoCar', 'undoPlan']);
  });

  it('skips the members whose guards say so', () => {
    const some = defineSaga('some').parallel('g', (group) =>
      group.step('x', { ...step('x'), when: () => false }).step('y', step('y')),
    );
    expect(play(some, ['y.succeeded']).state).toBe('completed');
  });

  describe('whose member asks', () => {
    const asking = defineSaga('asking').parallel('g', (group) =>
      group.step('x', step('x')).step('y', { ...step('y'), onFailure: 'ask' }),
    );

    it('is parked at once, and what was under way is in doubt', () => {
      const parked = play(asking, ['y.refused']);
      expect([parked.state, goOn(parked, 'retry').context.steps['x']?.inDoubt]).toEqual(['failed.y', true]);
    });

    it('goes on with its other members after a retry, but not with those that are done', () => {
      expect(play(asking, ['x.succeeded', 'y.refused', 'retry']).sent).toEqual(['x', 'y', 'y']);
      expect(play(asking, ['y.refused', 'retry']).sent).toEqual(['x', 'y', 'x', 'y']);
    });

    it('goes on without the member that a person skipped or resolved', () => {
      expect(play(asking, ['x.succeeded', 'y.refused', 'skip']).state).toBe('completed');
      expect(play(asking, ['x.succeeded', 'y.refused', 'resolve as succeeded']).state).toBe('completed');
    });

    it('waits for what was under way before it undoes it', () => {
      expect(play(asking, ['y.refused', 'compensate', 'x.timeout']).sent).toEqual(['x', 'y', 'undoX']);
    });
  });

  it('parks by the engine at a member that is not done, and undoes those that are under the key they had', () => {
    const parked = play(trip, ['plan.succeeded', 'car.succeeded', 'park']);
    expect(parked.state).toBe('failed.hotel');
    expect(goOn(parked, 'retry').context.steps['car']).toMatchObject({ status: 'completed', generation: 1 });
  });
});

const lostForHotel: Cue = { type: 'hotel.lost', retryable: false };

describe('a parked action', () => {
  const ask = defineSaga('ask')
    .step('one', step('one'))
    .step('two', { ...step('two'), onFailure: 'ask', onExhausted: 'ask' })
    .step('three', step('three'));
  const refused = ['one.succeeded', 'two.refused'];
  const doubted = ['one.succeeded', 'two.failed', 'two.backoff', 'two.failed'];
  holds(ask, [
    ['is tried again', [...refused, 'retry'], 'running.two.executing', 'one two two'],
    ['is skipped', [...refused, 'skip'], 'running.three.executing', 'one two three'],
    [
      'is compensated; a refused one is not undone',
      [...refused, 'compensate'],
      'compensating.one.executing',
      'one two undoOne',
    ],
    [
      'is compensated; one in doubt is undone',
      [...doubted, 'compensate'],
      'compensating.two.executing',
      'one two two undoTwo',
    ],
    [
      'is resolved as succeeded',
      [...refused, 'resolve as succeeded'],
      'running.three.executing',
      'one two three',
    ],
    [
      'is resolved as refused: then it is not undone, even after doubt',
      [...doubted, 'resolve as refused'],
      'compensating.one.executing',
      'one two two undoOne',
    ],
    [
      'is abandoned, with effects left in place',
      [...refused, 'resolve as abandoned'],
      'abandoned',
      'one two',
    ],
    [
      'resolved as succeeded is undone when the saga turns back later',
      [...refused, 'resolve as succeeded', 'three.refused'],
      'compensating.two.executing',
      'one two three undoTwo',
    ],
    [
      'skipped after doubt is undone when the saga turns back later',
      [...doubted, 'skip', 'three.refused'],
      'compensating.two.executing',
      'one two two three undoTwo',
    ],
    [
      'skipped after a refusal is not undone when the saga turns back later',
      [...refused, 'skip', 'three.refused'],
      'compensating.one.executing',
      'one two three undoOne',
    ],
  ]);

  it.each([
    ['skip', { type: 'skip', result: 42 }],
    ['resolve', { type: 'resolve as succeeded', result: 42 }],
  ])('takes the result that a person gives with %s, and marks the saga overridden', (_action, cue) => {
    const { context } = play(ask, [...refused, cue]);
    expect([context.results['two'], context.overridden, context.parked]).toEqual([42, true, null]);
  });

  it('blames the operator when a person turns the saga back', () => {
    const { context } = play(ask, [...refused, { type: 'compensate', actor: 'ann' }]);
    expect(context.cause).toMatchObject({
      type: 'operator',
      actor: 'ann',
      step: 'two',
      error: { code: 'refused' },
    });
  });

  it.each<readonly [string, readonly Cue[], number]>([
    ['is proven to have no effect', refused, 2],
    ['reached nobody', ['one.succeeded', 'two.unreachable', 'two.backoff', 'two.unreachable'], 2],
    ['is in doubt', doubted, 1],
    ['was refused after doubt', ['one.succeeded', 'two.failed', 'two.backoff', 'two.refused'], 1],
    ['may have arrived before a restart', ['one.succeeded', { type: 'two.refused', resent: true }], 1],
    ['was under way when the engine parked it', ['one.succeeded', 'park'], 1],
  ])('that %s is tried again under a new key only if it never had an effect', (_what, cues, generation) => {
    const { context } = play(ask, [...cues, 'retry']);
    expect(context.steps['two']?.generation).toBe(generation);
  });

  it('runs its undo under the generation of its action', () => {
    const { moves } = play(ask, [...refused, 'retry', 'two.succeeded', 'three.refused']);
    expect(moves.at(-1)?.commands).toEqual([
      { name: 'undoTwo', step: 'two', op: 'undo', attempt: 1, generation: 2 },
    ]);
  });
});

describe('a parked compensation', () => {
  const stuck = ['reserve.succeeded', 'charge.failed', 'cancel', 'undoCharge.refused'];
  holds(order, [
    [
      'is tried again with all its attempts',
      [...stuck, 'retry', 'undoCharge.failed'],
      'compensating.charge.backoff',
      'reserve charge undoCharge undoCharge',
    ],
    [
      'is skipped',
      [...stuck, 'skip'],
      'compensating.reserve.executing',
      'reserve charge undoCharge undoReserve',
    ],
    [
      'is resolved as succeeded',
      [...stuck, 'resolve as succeeded', 'undoReserve.succeeded'],
      'compensated',
      'reserve charge undoCharge undoReserve',
    ],
    ['is abandoned', [...stuck, 'resolve as abandoned'], 'abandoned', 'reserve charge undoCharge'],
  ]);

  it('keeps its key: what is undone is one and the same', () => {
    expect(play(order, [...stuck, 'retry']).moves.at(-1)?.commands[0]).toMatchObject({
      generation: 1,
      attempt: 2,
    });
  });

  it('that was only tried again leaves the saga unmarked', () => {
    const clean = play(order, [...stuck, 'retry', 'undoCharge.succeeded', 'undoReserve.succeeded']);
    expect([clean.state, clean.context.overridden]).toEqual(['compensated', undefined]);
    expect(play(order, [...stuck, 'skip']).context.overridden).toBe(true);
  });

  it('cannot be compensated, nor resolved as refused', () => {
    expect([
      attempt(play(order, stuck), 'compensate'),
      attempt(play(order, stuck), 'resolve as refused'),
    ]).toEqual([undefined, undefined]);
  });
});

describe('the engine that gives up', () => {
  const states: readonly (readonly [string, readonly Cue[], string])[] = [
    ['executing', [], 'failed.reserve'],
    ['waiting', ['reserve.failed'], 'failed.reserve'],
    ['settling', ['cancel'], 'failed.undoReserve'],
    ['undoing', ['reserve.failed', 'cancel'], 'failed.undoReserve'],
  ];
  it.each(states)('parks a saga that is %s, with the reason', (_what, cues, state) => {
    const parked = play(order, [...cues, 'park']);
    expect([parked.state, parked.context.parked]).toMatchObject([
      state,
      { why: 'engine', error: { code: 'broken' } },
    ]);
  });

  it('leaves a parked saga as it is', () => {
    expect(attempt(play(order, ['park']), 'park')).toBeUndefined();
  });
});

describe('hooks', () => {
  const called = () => {};
  const hooked = defineSaga('hooked', {
    hooks: { onCompleted: called, onCompensated: called, onFailed: called },
  })
    .step('one', { ...step('one'), hooks: { onSuccess: called, onFailure: called } })
    .step('two', {
      kind: 'pivot',
      action: 'shop.two',
      retry: { maximumAttempts: 1 },
      hooks: { onSuccess: called, onFailure: called },
    })
    .step('three', { kind: 'retriable', action: 'shop.three', hooks: { onFailure: called } });
  const hooksOf = ({ hooks }: Played) =>
    hooks.map(({ hook, step: of }) => (of === undefined ? hook : `${hook} ${of}`));

  it.each<readonly [string, readonly Cue[], readonly string[]]>([
    [
      'each success, and the end',
      ['one.succeeded', 'two.succeeded', 'three.succeeded'],
      ['onSuccess one', 'onSuccess two', 'onCompleted'],
    ],
    ['a failure for good, and the end', ['one.refused'], ['onFailure one', 'onCompensated']],
    ['no failure that is tried again', ['one.failed'], []],
    [
      'the success that a seal found',
      ['one.succeeded', 'two.timeout', 'sealTwo.succeeded'],
      ['onSuccess one', 'onSuccess two'],
    ],
    [
      'a seal that could not be had',
      ['one.succeeded', 'two.timeout', { type: 'sealTwo.lost', retryable: false }],
      ['onSuccess one', 'onFailure two', 'onFailed'],
    ],
    [
      'each time it is parked',
      ['one.succeeded', 'two.succeeded', 'three.refused', 'retry', 'three.refused'],
      ['onSuccess one', 'onSuccess two', 'onFailure three', 'onFailed', 'onFailure three', 'onFailed'],
    ],
  ])('are told of %s', (_what, cues, hooks) => {
    expect(hooksOf(play(hooked, cues))).toEqual(hooks);
  });

  it('are not asked for where there are none', () => {
    expect(hooksOf(play(order, ['reserve.succeeded', 'charge.refused']))).toEqual([]);
  });
});
