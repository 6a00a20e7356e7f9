import { describe, expect, it } from 'vitest';
import { defineSaga } from '../../src/core/definition.ts';
import { attempt, goOn, play } from './play.ts';

const undone = (name: string) => ({ action: `shop.${name}`, compensation: `shop.un${name}` }) as const;
const claim = defineSaga('claim')
  .step('open', undone('open'))
  .step('check', { ...undone('check'), onFailure: 'ask', retry: { maximumAttempts: 1 } })
  .step('pay', undone('pay'));
const refused = ['open.succeeded', 'check.refused'];
const decide = (choice: string) => ({ type: 'decide', choice, actor: 'ann' });

describe('a decision', () => {
  it.each([
    ['retry', 'running.check.executing'],
    ['skip', 'running.pay.executing'],
    ['compensate', 'compensating.open.executing'],
  ])('to %s is taken where the step asks', (choice, state) => {
    expect(play(claim, [...refused, decide(choice)]).state).toBe(state);
  });

  it('to skip what proved to have no effect keeps the promise of the saga', () => {
    expect(play(claim, [...refused, decide('skip')]).context.overridden).toBeUndefined();
    expect(play(claim, [...refused, 'skip']).context.overridden).toBe(true);
  });

  it('to skip what may have happened overrides it', () => {
    const asking = defineSaga('claim')
      .step('open', undone('open'))
      .step('check', { ...undone('check'), onExhausted: 'ask', retry: { maximumAttempts: 1 } })
      .step('pay', undone('pay'));
    const skipped = play(asking, ['open.succeeded', 'check.timeout', decide('skip')]);
    expect(skipped.context.overridden).toBe(true);
    expect(goOn(skipped, 'pay.refused').sent.at(-1)).toBe('undoCheck');
  });

  it('is not asked for where the step parked for another reason, or does not ask', () => {
    const parked = play(claim, ['open.succeeded', 'park']);
    expect([attempt(parked, decide('skip')), attempt(parked, 'skip') === undefined]).toEqual([
      undefined,
      false,
    ]);
    const undo = play(claim, ['open.succeeded', 'check.refused', decide('compensate'), 'undoOpen.refused']);
    expect([undo.status, attempt(undo, decide('retry'))]).toEqual(['failed', undefined]);
  });

  it('of no known kind is none', () => {
    expect(attempt(play(claim, refused), decide('whatever'))).toBeUndefined();
  });
});
