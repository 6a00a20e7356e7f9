import { describe, expect, test } from 'vitest';
import { foreignProof } from '../../src/proof/foreign-proof.ts';
import { type ForeignSaga, type ForeignStep, toForeignSaga } from '../../src/proof/foreign-saga.ts';
import { toForeignText } from '../../src/proof/foreign-text.ts';

const step = (name: string, more: Partial<ForeignStep> = {}): ForeignStep => ({
  name,
  undo: 'before',
  guarantee: 'barrier',
  ...more,
});

/** Which properties break, and the shortest way to see each. */
function breaches(saga: Omit<ForeignSaga, 'name'>): readonly string[] {
  return foreignProof({ name: 'foreign', ...saga }).counterexamples.map(
    ({ property, what, lines }) => `${property}: ${what} (${lines.map(({ name }) => name).join(', ')})`,
  );
}

describe('sagas of other engines, written down by hand', () => {
  test('registering the undo after the answer leaves the effect of a lost answer', () => {
    const steps = ['account', 'address', 'client'].map((name) => step(name, { undo: 'after' }));
    expect(breaches({ steps })).toContain(
      'nothingLeft: the effect of address is left behind (account.succeeded, address.answerLost, undo account.succeeded)',
    );
  });

  test('registering it before the action leaves nothing, where participants bear an undo without an action', () => {
    const report = foreignProof({ name: 'foreign', steps: [step('account'), step('address')] });
    expect(report).toMatchObject({ isSound: true, isComplete: true });
    expect(report.needs).toContain('address is to be undone although it never ran');
  });

  test.each<[string, Omit<ForeignSaga, 'name'>]>([
    [
      'nothingLeft: the effect of a is left behind (a.answerLost)',
      { steps: [step('a', { undo: 'never' }), step('b')] },
    ],
    [
      'onceEach: a takes effect twice (a.answerLost, a.succeeded)',
      { steps: [step('a', { guarantee: 'plain', attempts: 2 })] },
    ],
    [
      'onceEach: a is undone without having been done, or twice (a.refused, undo a.succeeded)',
      { steps: [step('a', { guarantee: 'plain' })] },
    ],
    [
      'reverseOrder: a is undone while the effect of b stands (a.succeeded, b.answerLost, undo a.succeeded)',
      { undoes: 'forward', steps: [step('a'), step('b')] },
    ],
    [
      'noWayBack: the saga turns back although b took effect (a.succeeded, b.succeeded, c.refused)',
      { steps: [step('a'), step('b', { kind: 'pivot', undo: 'never', hasTimeout: false }), step('c')] },
    ],
    [
      'timeouts: nothing ends the wait in running.a but an answer ()',
      { steps: [step('a', { hasTimeout: false })] },
    ],
    [
      'ends: nothing leads out of compensating.a (a.refused)',
      { onUndoFailure: 'forever', steps: [step('a')] },
    ],
    [
      'allDone: a was skipped, and took effect (a.answerLost, b.succeeded)',
      { steps: [step('a', { onFailure: 'continue' }), step('b')] },
    ],
    ['reachable: nothing leads to the undo of b ()', { steps: [step('a'), step('b', { undo: 'after' })] }],
    [
      'nothingLeft: the effect of a is left behind (cancel, a.arrives)',
      {
        isCancellable: true,
        steps: [step('a', { undo: 'never', mayRefuse: false, hasTimeout: false })],
      },
    ],
  ])('%s', (expected, saga) => {
    expect(breaches(saga)).toContain(expected);
  });

  test('undos that are passed over leave their effects', () => {
    expect(breaches({ onUndoFailure: 'ignore', steps: [step('a'), step('b')] })).toContain(
      'nothingLeft: the effect of a is left behind (a.answerLost, undo a.refused)',
    );
  });

  test('are told as a story', () => {
    const text = toForeignText(
      foreignProof({ name: 'sample', steps: [step('a', { undo: 'after' }), step('b')] }),
    );
    expect(text[0]).toContain('sample: NOT SOUND');
    expect(text.join('\n')).toContain('     1. a is done, but its answer is lost.');
  });

  test.each([
    [null, 'is written'],
    [{ name: 'x', steps: [] }, 'is written'],
    [{ name: 'x', steps: [{ undo: 'after' }] }, 'needs a name'],
    [
      { name: 'x', steps: [{ name: 'a', undo: 'later' }] },
      "step 'a' of 'x': undo must be one of before, after, never",
    ],
  ])('a description that makes no sense is refused: %j', (json, words) => {
    expect(() => toForeignSaga(json)).toThrow(words);
  });
});
