import { describe, expect, it } from 'vitest';
import { defineSaga } from '../../src/core/definition.ts';
import { toFacets } from '../../src/core/saga-facets.ts';
import type { SagaFault } from '../../src/core/store.ts';
import { advance, begin, type Move, type SagaEvent, type SagaLogic } from '../../src/core/transition.ts';

const saga = defineSaga('order')
  .step('reserve', { action: 'inventory.reserve', compensation: 'inventory.release' })
  .parallel('prepare', (group) =>
    group
      .step('pack', { action: 'shipping.pack', compensation: 'shipping.unpack' })
      .step('bill', { action: 'payment.bill', compensation: 'payment.void' }),
  );
const logic: SagaLogic = { plan: saga.plan, machine: saga.machine as SagaLogic['machine'] };

/** Plays events from the start; gives the facets after each, each with the fault of the one before. */
function play(...events: readonly SagaEvent[]) {
  let move: Move = begin(logic, { id: 'a', input: null, now: 0 });
  let before: SagaFault | null = null;
  return [undefined, ...events].map((event, index) => {
    const now = index * 10;
    if (event !== undefined) {
      const next = advance(logic, move.snapshot, event, { now, deadline: undefined });
      if (next === undefined) throw new Error(`no arrow for ${event.type}`);
      move = next;
    }
    const facets = toFacets(logic.plan, move.snapshot, { now, before });
    before = facets.error;
    return facets;
  });
}

function reply(
  step: string,
  type: 'succeeded' | 'refused' | 'failed',
  given: { readonly op?: 'do' | 'undo'; readonly attempt?: number; readonly message?: string } = {},
): SagaEvent {
  const { op = 'do', attempt = 1, message = 'no' } = given;
  const command = op === 'do' ? step : `undo${step.charAt(0).toUpperCase()}${step.slice(1)}`;
  const error = type === 'succeeded' ? {} : { error: { code: `${step}_${type}`, message } };
  return { type: `${command}.${type}`, step, op, attempt, generation: 1, ...error } as SagaEvent;
}

describe('what a saga is found by', () => {
  it('is the step at hand and whose answer is awaited', () => {
    const [start, after] = play(reply('reserve', 'succeeded'));
    expect(start).toEqual({ step: 'reserve', participant: 'inventory', error: null, isOverridden: false });
    expect(after).toMatchObject({ step: 'prepare', participant: 'shipping', error: null });
    const [, , packed] = play(reply('reserve', 'succeeded'), reply('pack', 'succeeded'));
    expect(packed?.participant).toBe('payment');
  });

  it('is the fault that the command at hand met, with the time at which it met it, until it succeeds', () => {
    const backoff = { type: 'xstate.after.reserve.backoff.order.running.reserve.backoff' } as const;
    const [, failed] = play(reply('reserve', 'failed'));
    expect(failed?.error).toEqual({
      step: 'reserve',
      op: 'do',
      code: 'reserve_failed',
      message: 'no',
      at: 10,
    });
    const again = play(reply('reserve', 'failed'), backoff, reply('reserve', 'failed', { attempt: 2 }));
    expect(again.map(({ error }) => error?.at)).toEqual([undefined, 10, 10, 10]);
    const well = play(reply('reserve', 'failed'), backoff, reply('reserve', 'succeeded', { attempt: 2 }));
    expect(well.at(-1)?.error).toBeNull();
  });

  it('is what it turned back for, while an undo that met nothing is under way and when all is undone', () => {
    const facets = play(
      reply('reserve', 'succeeded'),
      reply('pack', 'succeeded'),
      reply('bill', 'refused'),
      reply('pack', 'succeeded', { op: 'undo' }),
      reply('reserve', 'succeeded', { op: 'undo' }),
    );
    expect(facets.slice(3).map(({ error }) => error?.code)).toEqual([
      'bill_refused',
      'bill_refused',
      'bill_refused',
    ]);
    expect(facets.slice(3).map(({ participant }) => participant)).toEqual(['shipping', 'inventory', null]);
    expect(facets.at(-1)?.step).toBeNull();
  });

  it('is what it is parked with, and that a person overrode it', () => {
    const facets = play(
      reply('reserve', 'succeeded'),
      reply('pack', 'succeeded'),
      reply('bill', 'refused'),
      reply('pack', 'refused', { op: 'undo' }),
      { type: 'resolve', as: 'abandoned' },
    );
    expect(facets[4]).toMatchObject({
      step: 'undoPack',
      participant: 'shipping',
      error: { step: 'pack', op: 'undo', code: 'pack_refused' },
      isOverridden: false,
    });
    expect(facets[5]).toMatchObject({ step: null, error: { code: 'bill_refused' }, isOverridden: true });
  });

  it('can be stored, however long and strange the participant’s words are', () => {
    const [, failed] = play(reply('reserve', 'failed', { message: `\u0000${'😀'.repeat(400)}` }));
    expect(failed?.error?.message.length).toBeLessThanOrEqual(500);
    expect(failed?.error?.message).not.toMatch(/\u0000|\p{Cs}/u);
  });
});
