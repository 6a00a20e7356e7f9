import { describe, expect, it } from 'vitest';
import { defineSaga } from '../../src/core/definition.ts';
import { ringing } from '../../src/core/pause.ts';
import { legalActions } from '../../src/core/transition.ts';
import { attempt, goOn, play, startedAt } from './play.ts';

const undone = (name: string) => ({ action: `shop.${name}`, compensation: `shop.un${name}` }) as const;
const order = defineSaga('order', { timeout: '1h' })
  .step('reserve', undone('reserve'))
  .step('charge', { ...undone('charge'), retry: { maximumAttempts: 2 } });
const sale = defineSaga('sale')
  .step('reserve', undone('reserve'))
  .step('charge', { kind: 'pivot', action: 'bank.charge' });
const pause = { type: 'pause', actor: 'ann', reason: 'bank is down' };

describe('a paused saga', () => {
  it('remembers since when, by whom and why', () => {
    expect(play(order, [pause]).context.paused).toEqual({
      at: startedAt,
      actor: 'ann',
      reason: 'bank is down',
    });
  });

  it('takes the answer that is under way, and sends nothing after it', () => {
    const { state, sent, context } = play(order, [pause, 'reserve.succeeded']);
    expect([state, sent, context.steps['charge']?.held]).toEqual([
      'running.charge.executing',
      ['reserve'],
      'do',
    ]);
  });

  it('sends what it held once it is resumed, as the attempt that it is', () => {
    const resumed = play(order, [pause, 'reserve.succeeded', 'resume']);
    expect(resumed.moves.at(-1)?.commands).toEqual([
      { name: 'charge', step: 'charge', op: 'do', attempt: 1, generation: 1 },
    ]);
    expect(resumed.context).toMatchObject({ steps: { charge: { inFlight: true } } });
    expect([resumed.context.paused, resumed.context.steps['charge']?.held]).toEqual([undefined, undefined]);
    expect(goOn(resumed, 'charge.succeeded').status).toBe('completed');
  });

  it('sends nothing anew when it is resumed while an answer is under way', () => {
    expect(play(order, [pause, 'resume']).sent).toEqual(['reserve']);
  });

  it('lets its deadline ring, and the timeout of what is under way, and no other timer', () => {
    const names = (cues: readonly (string | object)[]) =>
      Object.keys(ringing(play(order, cues as readonly string[]).snapshot)).map((type) =>
        type.replace('xstate.after.', '').replace(/\.order\..*/, ''),
      );
    expect(names([pause]).toSorted()).toEqual(['deadline', 'reserve.timeout']);
    expect(names(['reserve.failed', pause])).toEqual(['deadline']);
    expect(names([pause, 'reserve.succeeded'])).toEqual(['deadline']);
    expect(names([pause, 'reserve.succeeded', 'resume']).toSorted()).toEqual(['charge.timeout', 'deadline']);
  });

  it.each(['cancel', 'deadline', 'compensate'])('is turned back by %s, and stays paused', (cue) => {
    const turned = play(order, [pause, 'reserve.succeeded', cue]);
    expect([turned.state, turned.sent]).toEqual(['compensating.reserve.executing', ['reserve']]);
    const resumed = goOn(turned, 'resume');
    expect(resumed.sent).toEqual(['reserve', 'undoReserve']);
    expect(goOn(resumed, 'undoReserve.succeeded').status).toBe('compensated');
  });

  it('is not waited for an action that it never sent, nor is that undone', () => {
    const turned = play(order, ['reserve.succeeded', 'charge.unreachable', pause, 'cancel', 'resume']);
    expect(turned.sent.filter((name) => name === 'undoCharge')).toEqual([]);
  });

  it('can still turn back before a pivot that it did not send', () => {
    const held = play(sale, [pause, 'reserve.succeeded']);
    expect(goOn(held, 'cancel').state).toBe('compensating.reserve.executing');
    expect(attempt(goOn(held, 'resume'), 'cancel')).toBeUndefined();
  });

  it('holds what was handed out and reached nobody', () => {
    const held = play(order, [{ ...pause, unsent: ['reserve'] }]);
    expect(held.context.steps['reserve']).toMatchObject({ held: 'do', attempts: { do: 1 } });
    expect(held.context.steps['reserve']?.inFlight).toBeUndefined();
    expect(goOn(held, 'cancel').status).toBe('compensated');
    expect(goOn(held, 'resume').sent).toEqual(['reserve', 'reserve']);
  });

  it('waits for no action on its way back when it held a seal: a seal has no effect', () => {
    const shop = defineSaga('shop').step('charge', {
      ...undone('charge'),
      onFailure: 'retry',
      retry: { maximumAttempts: 3 },
    });
    const clearing = play(shop, ['charge.timeout', 'charge.backoff', pause, 'charge.refused']);
    expect([clearing.state, clearing.context.steps['charge']?.held]).toEqual([
      'running.charge.clearing.executing',
      'seal',
    ]);
    const turned = goOn(goOn(clearing, 'resume'), 'cancel');
    expect([turned.state, turned.sent.slice(-2)]).toEqual([
      'compensating.charge.executing',
      ['sealCharge', 'undoCharge'],
    ]);
  });

  it('parks like any other, and sends nothing when it is retried before it is resumed', () => {
    const stuck = play(order, [
      'reserve.succeeded',
      'cancel',
      'charge.refused',
      pause,
      'undoReserve.refused',
    ]);
    expect([stuck.status, legalActions(stuck.snapshot)]).toEqual([
      'failed',
      ['retry', 'skip', 'resolve', 'resume'],
    ]);
    const retried = goOn(stuck, 'retry');
    expect([retried.status, retried.sent.length]).toEqual(['compensating', stuck.sent.length]);
    expect(goOn(retried, 'resume').sent.at(-1)).toBe('undoReserve');
  });
});

describe('pausing', () => {
  it.each([
    ['a running saga', [], true],
    ['one that goes back', ['reserve.succeeded', 'cancel'], true],
    ['a paused one', [pause], false],
    ['a parked one', ['reserve.succeeded', 'cancel', 'charge.refused', 'undoReserve.refused'], false],
    ['a closed one', ['reserve.refused'], false],
  ])('of %s', (_what, cues, isLegal) => {
    const actions = legalActions(play(order, cues).snapshot);
    expect([actions.includes('pause'), actions.includes('resume')]).toEqual([
      isLegal,
      cues.some((cue) => cue === pause),
    ]);
  });
});
