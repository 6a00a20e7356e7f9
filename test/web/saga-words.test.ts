import { describe, expect, it } from 'vitest';
import type { Attempt } from '../../web/src/attempts.ts';
import type { Definition } from '../../web/src/api.ts';
import type { LaneStep, Moment } from '../../web/src/moment.ts';
import { toAnswers } from '../../web/src/saga-words.ts';

const definition = {
  steps: [
    { name: 'reserve', action: 'goods.reserve', compensation: 'goods.release', onFailure: 'compensate' },
    { name: 'book', action: 'hotel.book', compensation: 'hotel.cancel', onFailure: 'ask' },
    { name: 'pay', action: 'bank.pay', compensation: null, onFailure: 'compensate' },
    { name: 'send', action: 'mail.send', compensation: null, onFailure: 'retry' },
  ].map((step) => ({ ...step, maximumAttempts: 3 })),
  signals: [],
} as unknown as Definition;

const kinds = ['compensatable', 'compensatable', 'pivot', 'retriable'];
const steps: readonly LaneStep[] = definition.steps.map(({ name, action, compensation }, index) => ({
  name,
  kind: kinds[index] ?? '',
  group: null,
  action,
  compensation,
  isSignal: false,
}));

function momentOf(part: Partial<Moment>, statuses: Readonly<Record<string, string>> = {}): Moment {
  const records = Object.entries(statuses).map(([name, status], index) => [
    name,
    { status, attempts: {}, generation: 1, ordinal: index },
  ]);
  const known = Object.fromEntries(records) as Moment['steps'];
  const nothing = {
    cause: null,
    parked: null,
    isPaused: false,
    goesBackTo: null,
    timers: {},
    context: {},
    steps: known,
  };
  return {
    seq: 1,
    at: 1_000,
    status: 'running',
    state: '',
    input: {},
    results: {},
    ...nothing,
    ...part,
  };
}

function open(step: string, op: Attempt['op'] = 'do', number = 1): Attempt {
  return {
    step,
    op,
    phase: 'executing',
    number,
    from: 0,
    to: null,
    outcome: '',
    error: '',
    seq: 1,
    endSeq: null,
  };
}

function answersOf(moment: Moment, attempts: readonly Attempt[] = [], now?: number) {
  const answers = toAnswers({ moment, definition, steps, attempts }, now);
  const of = (start: string) => answers.find(({ question }) => question.includes(start))?.answer;
  return { where: of('Where'), why: of('Why'), done: of('done'), undone: of('undone'), next: of('next') };
}

const failed = { type: 'stepFailed', step: 'pay', error: { code: 'declined', message: 'no money' } } as const;

describe('a saga in words', () => {
  it('says on its way forward what follows, and what a refusal and time would lead to', () => {
    const timers = { 'xstate.after.book.timeout.order': 3_000, deadline: 9_000 };
    const moment = momentOf({ timers }, { reserve: 'completed', book: 'running' });
    const answers = answersOf(moment, [open('book', 'do', 2)], 1_500);
    expect(answers).toEqual({
      where: 'It is under way: book, attempt 2 of 3 at hotel.book.',
      done: 'reserve done.',
      undone: 'If it turned back: reserve.',
      next: 'When that is done, pay follows. If it is refused, a person is asked. By itself: book is given up as unanswered in 1.5 s and the deadline passes in 7.5 s.',
      why: undefined,
    });
    expect(answersOf(moment, [open('book')]).next).toContain('book is given up as unanswered 2.0 s later');
    expect(answersOf(moment, [open('book')], 20_000).next).toContain('unanswered at any moment');
  });

  it('says on its way back what is still to be undone, in that order, and what comes next', () => {
    const moment = momentOf(
      { status: 'compensating', cause: failed },
      { reserve: 'completed', book: 'compensating', pay: 'failed' },
    );
    const answers = answersOf(moment, [open('book', 'undo')]);
    expect(answers.why).toBe('pay (bank.pay) failed: declined, no money.');
    expect(answers.done).toBe('reserve done; book done and not undone yet.');
    expect(answers.undone).toBe('book and reserve, in this order.');
    expect(answers.next).toBe('When that is done, reserve is undone.');
    const last = momentOf(
      { status: 'compensating', cause: failed },
      { reserve: 'compensating', book: 'compensated' },
    );
    expect(answersOf(last, [open('reserve', 'undo')]).next).toBe(
      'When that is done, the saga is compensated.',
    );
  });

  it('says how far back it goes where it goes forward again from there', () => {
    const moment = momentOf(
      { status: 'compensating', cause: { type: 'operator' }, goesBackTo: 'book' },
      { reserve: 'completed', book: 'compensating' },
    );
    const answers = answersOf(moment, [open('book', 'undo')]);
    expect(answers.where).toContain('It goes back to book, and then forward again');
    expect(answers.undone).toBe('book.');
    expect(answers.next).toBe('When that is done, it goes forward again from book.');
  });

  it('says that nothing is undone any more once the point of no return is passed', () => {
    const done = { reserve: 'completed', book: 'completed' };
    expect(answersOf(momentOf({}, { ...done, pay: 'running' }), [open('pay')]).undone).toBe(
      'If it turned back: book and reserve, in this order.',
    );
    expect(
      answersOf(momentOf({}, { ...done, pay: 'completed', send: 'running' }), [open('send')]).undone,
    ).toBe('Nothing any more: pay was the point of no return.');
  });

  it('does not say of a step that waits for a decision that all is undone anyway', () => {
    const parked = { command: 'book', why: 'refused' } as const;
    const answers = answersOf(
      momentOf({ status: 'failed', parked }, { reserve: 'completed', book: 'failed' }),
    );
    expect(answers.undone).toBe('If it turned back: reserve.');
    expect(answers.next).toBe('Nothing by itself. It goes on once a person decided.');
  });

  it('leaves timers out that stand still while it is paused', () => {
    const timers = { 'xstate.after.book.backoff.order': 3_000, deadline: 9_000 };
    const { next } = answersOf(
      momentOf({ timers, isPaused: true }, { book: 'running' }),
      [open('book')],
      1_000,
    );
    expect(next).toContain('By itself: the deadline passes in 8.0 s.');
    expect(next).not.toContain('tried again');
  });
});
