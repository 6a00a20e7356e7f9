import { describe, expect, it } from 'vitest';
import type { Definition, Line } from '../../web/src/api.ts';
import { toAttempts } from '../../web/src/attempts.ts';
import { eventDetail, eventTone, eventWords } from '../../web/src/event-words.ts';

const definition = {
  steps: [
    { name: 'charge', group: null },
    { name: 'hotel', group: 'book' },
    { name: 'flight', group: 'book' },
  ],
  signals: [{ name: 'approval' }],
} as unknown as Definition;

/** A journal: what happened, the state that it led to, and ms since the start. */
function journal(
  ...lines: readonly (readonly [type: string, state: string, at: number, data?: object])[]
): readonly Line[] {
  return lines.map(([type, state, at, data = {}], index) => ({
    seq: index + 1,
    type,
    status: 'running',
    state,
    at: new Date(at).toISOString(),
    data: { ...data },
  }));
}

const short = (lines: readonly Line[]) =>
  toAttempts(lines, definition).map(({ step, op, phase, number, from, to, outcome }) =>
    `${op} ${step} ${phase} ${number} ${from}-${to ?? ''} ${outcome}`.trim(),
  );

describe('what a saga did when', () => {
  it('is told attempt by attempt, with the waits between them', () => {
    const failed = { step: 'charge', op: 'do', error: { code: 'busy', message: 'later' } };
    const lines = journal(
      ['start', 'running.charge.executing', 0],
      ['charge.failed', 'running.charge.backoff', 40, failed],
      ['xstate.after.charge.backoff.x', 'running.charge.executing', 100],
      ['xstate.after.charge.timeout.x', 'running.charge.backoff', 300],
      ['retry', 'running.charge.executing', 350],
    );
    expect(short(lines)).toEqual([
      'do charge executing 1 0-40 failed',
      'do charge backoff 1 40-100',
      'do charge executing 2 100-300 timeout',
      'do charge backoff 2 300-350',
      'do charge executing 3 350-',
    ]);
    expect(toAttempts(lines, definition)[0]?.error).toBe('busy: later');
  });

  it('tells steps apart that run at the same time, and waits for signals', () => {
    const lines = journal(
      ['start', 'running.book.hotel.executing | running.book.flight.executing', 0],
      [
        'flight.succeeded',
        'running.book.hotel.executing | running.book.flight.done',
        20,
        { step: 'flight', op: 'do' },
      ],
      ['hotel.succeeded', 'running.approval.waiting', 50, { step: 'hotel', op: 'do' }],
      ['signal', 'completed', 90],
    );
    expect(short(lines)).toEqual([
      'do hotel executing 1 0-50 succeeded',
      'do flight executing 1 0-20 succeeded',
      'wait approval waiting 0 50-90',
    ]);
  });
});

describe('a line of the journal in words', () => {
  it.each([
    [
      { type: 'charge.refused', data: { error: { code: 'no', message: 'never' } } },
      'charge was refused',
      'no: never',
      'bad',
    ],
    [{ type: 'xstate.after.undoCharge.timeout.x', data: {} }, 'undoCharge got no answer in time', '', 'bad'],
    [{ type: 'cancel', data: { actor: 'ada', reason: 'storm' } }, 'ada cancelled it', '“storm”', 'person'],
    [{ type: 'hotel.succeeded', data: {} }, 'hotel succeeded', '', 'good'],
    [{ type: 'something.else', data: {} }, 'something.else', '', 'plain'],
  ] as const)('%j', (event, words, detail, tone) => {
    const line = { seq: 1, status: 'running', state: '', at: '', ...event } as unknown as Line;
    expect([eventWords(line), eventDetail(line), eventTone(line)]).toEqual([words, detail, tone]);
  });
});
