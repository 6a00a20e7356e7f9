import { describe, expect, it } from 'vitest';
import { toRequest } from '../../src/core/command.ts';
import { defineSaga } from '../../src/core/definition.ts';
import { preview } from '../../src/core/preview.ts';
import { refusalOf } from '../../src/core/refusal.ts';
import { attempt, goOn, play, type Played } from './play.ts';

const retry = { maximumAttempts: 2 } as const;
const order = defineSaga<{ readonly address: string }>('order')
  .step('ship', {
    action: 'shop.ship',
    compensation: 'shop.unship',
    onFailure: 'ask',
    onExhausted: 'ask',
    retry,
  })
  .step('bill', {
    action: 'shop.bill',
    compensation: { operation: 'shop.unbill', input: (_view, original) => ({ of: original }), retry },
  });
const start = (cues: readonly (string | object)[]) =>
  play(order, cues as readonly string[], { address: 'old' });
const changed = { type: 'retry', input: { address: 'new' }, actor: 'ann' };

/** The commands of the latest move, as they are sent. */
const asked = ({ logic, context, moves }: Played) =>
  (moves.at(-1)?.commands ?? []).map((command) => {
    const { idempotencyKey, body } = toRequest(logic.plan, command, { tenant: 't', context, deadline: 0 });
    return [idempotencyKey, body.input];
  });

describe('a retry with another input', () => {
  it('sends a parked action with it, under a new key, and marks the saga', () => {
    const retried = goOn(start(['ship.refused']), changed);
    expect(asked(retried)).toEqual([['t:s1:ship:1:2:do', { address: 'new' }]]);
    expect(retried.context.overridden).toBe(true);
  });

  it('keeps it for every attempt that follows, and for the undo that is made from it', () => {
    const again = goOn(goOn(goOn(start(['ship.refused']), changed), 'ship.unreachable'), 'ship.backoff');
    expect(asked(again)).toEqual([['t:s1:ship:1:2:do', { address: 'new' }]]);
    const undoing = goOn(goOn(again, 'ship.succeeded'), 'cancel');
    expect(asked(goOn(undoing, 'bill.refused'))).toEqual([['t:s1:ship:1:2:undo', { address: 'new' }]]);
  });

  it('may give null', () => {
    expect(asked(goOn(start(['ship.refused']), { type: 'retry', input: null }))).toEqual([
      ['t:s1:ship:1:2:do', null],
    ]);
  });

  it('has a new key in backoff, too, where the attempt reached nobody', () => {
    const waiting = start(['ship.unreachable']);
    expect(asked(goOn(waiting, changed))).toEqual([['t:s1:ship:1:2:do', { address: 'new' }]]);
  });

  it.each([
    ['that failed', ['ship.failed']],
    ['that is at work', ['ship.inProgress']],
    ['that is parked in doubt', ['ship.timeout', 'ship.backoff', 'ship.timeout']],
    ['that was refused while in doubt', ['ship.timeout', 'ship.backoff', 'ship.refused']],
  ])('is refused for an action %s: it may have had an effect under its key', (_what, cues) => {
    const doubtful = start(cues);
    expect([attempt(doubtful, changed), attempt(doubtful, 'retry') === undefined]).toEqual([
      undefined,
      false,
    ]);
  });

  it('is refused where several members of a group wait: each would take what is meant for one', () => {
    const group = defineSaga('group').parallel('both', (both) =>
      both
        .step('car', { action: 'shop.car', compensation: 'shop.uncar' })
        .step('hotel', { action: 'shop.hotel', compensation: 'shop.unhotel' }),
    );
    const one = play(group, ['car.unreachable']);
    const both = goOn(one, 'hotel.unreachable');
    expect(attempt(both, changed)).toBeUndefined();
    expect(refusalOf(both.logic, both.snapshot, changed as never)).toMatch(/meant for one of them only/);
    expect(goOn(both, 'retry').state).toBe('running.both.car.executing | running.both.hotel.executing');
    expect(asked(goOn(one, changed))).toEqual([['t:s1:car:1:2:do', { address: 'new' }]]);
    expect(asked(goOn(goOn(both, 'hotel.backoff'), changed))).toEqual([
      ['t:s1:car:1:2:do', { address: 'new' }],
    ]);
  });

  it('is refused for a saga that is parked in a wait: nobody is asked there', () => {
    const loan = defineSaga('loan')
      .waitFor('approval', { timeout: '1d', onTimeout: 'ask' })
      .step('pay', { action: 'shop.pay', compensation: 'shop.unpay' });
    const parked = play(loan, ['approval.timeout']);
    expect(attempt(parked, changed)).toBeUndefined();
    expect(attempt(parked, { type: 'decide', choice: 'retry', input: 1 })).toBeUndefined();
    const at = { tenant: 't', now: 1_000_000, deadline: undefined };
    expect(preview(parked.logic, parked.snapshot, changed as never, at)).toMatchObject({
      isLegal: false,
      isOverridden: false,
      refusal: expect.stringMatching(/waits for the signal 'approval' and asks nobody.*possible now: retry/),
    });
    const again = goOn(parked, 'retry');
    expect([again.state, again.context.overridden]).toEqual(['running.approval.waiting', undefined]);
  });

  it('repairs an undo, which may be asked again under its key', () => {
    const stuck = start(
      ['ship.succeeded', 'bill.succeeded'].slice(0, 1).concat('cancel', 'bill.timeout', 'undoBill.refused'),
    );
    const retried = goOn(stuck, { type: 'retry', input: { by: 'hand' } });
    expect(asked(retried)).toEqual([['t:s1:bill:1:1:undo', { by: 'hand' }]]);
  });
});
