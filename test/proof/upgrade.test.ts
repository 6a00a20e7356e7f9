import { describe, expect, test } from 'vitest';
import { type AnySagaDefinition, defineSaga } from '../../src/core/definition.ts';
import { type StoredSnapshot, toStored } from '../../src/core/snapshot.ts';
import type { SagaLogic } from '../../src/core/transition.ts';
import { stateClass, structuralDiff } from '../../src/core/upgrade.ts';
import { upgradeCheck } from '../../src/proof/upgrade-check.ts';
import { Rehearsal } from '../../src/proof/rehearsal.ts';
import { shop } from './sagas.ts';

const defaults = { timeout: '2s', retry: { maximumAttempts: 3, initialInterval: 100 } } as const;
const reserve = { action: 'inventory.reserve', compensation: 'inventory.release' } as const;
const charge = { action: 'payment.charge', compensation: 'payment.refund' } as const;
const ship = { kind: 'retriable', action: 'shipping.create' } as const;
const begun = () => defineSaga('shop', { defaults, version: 2 });

function logicOf({ plan, machine }: Pick<AnySagaDefinition, 'plan' | 'machine'>): SagaLogic {
  return { plan, machine: machine as SagaLogic['machine'] };
}

/** The shop's saga as it is stored after this happened. */
function storedAfter(...happenings: readonly string[]): StoredSnapshot {
  const rehearsal = new Rehearsal({ plan: shop.plan });
  for (const name of happenings) {
    const found = rehearsal.possible().find((one) => one.name === name);
    if (found === undefined) throw new Error(`${name} is not possible`);
    rehearsal.take(found);
  }
  return JSON.parse(JSON.stringify(toStored(rehearsal.snapshot))) as StoredSnapshot;
}

function verdict(
  to: Pick<AnySagaDefinition, 'plan' | 'machine'>,
  stored: StoredSnapshot,
  migrated?: StoredSnapshot,
) {
  const mapped = migrated === undefined ? {} : { migrated };
  return upgradeCheck({ from: logicOf(shop), to: logicOf(to), stored, ...mapped });
}

describe('an upgrade, for a saga that runs', () => {
  test('that changes nothing is the same', () => {
    const same = begun().step('reserve', reserve).step('charge', charge).step('ship', ship);
    expect(verdict(same, storedAfter('reserve.succeeded'))).toEqual({ verdict: 'same', reasons: [] });
  });

  test('that adds a step ahead of it is safe, and proven by going on', () => {
    const more = begun().step('reserve', reserve).step('charge', charge).step('ship', ship).step('mail', {
      kind: 'retriable',
      action: 'mail.send',
    });
    expect(structuralDiff(shop.plan, more.plan)).toEqual({
      added: ['mail'],
      removed: [],
      moved: [],
      changed: [],
    });
    for (const stored of [
      storedAfter(),
      storedAfter('reserve.succeeded'),
      storedAfter('reserve.succeeded', 'charge.timeout'),
    ])
      expect(verdict(more, stored)).toEqual({ verdict: 'safe', reasons: [] });
  });

  test('that adds a step behind it needs a mapping: the step would never run', () => {
    const check = begun()
      .step('reserve', reserve)
      .step('check', { kind: 'readonly', action: 'fraud.check' })
      .step('charge', charge)
      .step('ship', ship);
    expect(verdict(check, storedAfter())).toEqual({ verdict: 'safe', reasons: [] });
    expect(verdict(check, storedAfter('reserve.succeeded'))).toEqual({
      verdict: 'needsMapping',
      reasons: ['check would never run: it comes before where the saga is'],
    });
  });

  test('that renames the step at hand needs a mapping', () => {
    const renamed = begun().step('reserve', reserve).step('pay', charge).step('ship', ship);
    expect(verdict(renamed, storedAfter('reserve.succeeded'))).toEqual({
      verdict: 'needsMapping',
      reasons: ['{"running":{"charge":"executing"}} is no state of the new machine'],
    });
  });

  test('that drops a step which owes an undo would lose the compensation', () => {
    const less = begun().step('charge', charge).step('ship', ship);
    expect(verdict(less, storedAfter('reserve.succeeded'))).toEqual({
      verdict: 'unsafe',
      reasons: ['the compensation of reserve would be lost'],
    });
    const kept = begun()
      .step('reserve', { action: 'inventory.reserve', compensation: { none: 'kept' } })
      .step('charge', charge)
      .step('ship', ship);
    expect(verdict(kept, storedAfter('reserve.succeeded')).reasons).toEqual([
      'the compensation of reserve would be lost',
    ]);
  });

  test('that asks another participant would lose what one that is under way comes to', () => {
    const moved = begun()
      .step('reserve', reserve)
      .step('charge', { action: 'bank.pay', compensation: 'bank.refund' })
      .step('ship', ship);
    expect(verdict(moved, storedAfter('reserve.succeeded'))).toMatchObject({
      verdict: 'unsafe',
      reasons: expect.arrayContaining([
        'charge was done by payment, and would be undone by bank',
        'charge is asked of payment.charge, and would be asked again of bank.pay',
      ]),
    });
    expect(verdict(moved, storedAfter())).toEqual({ verdict: 'safe', reasons: [] });
  });

  test('that changes the order would do again what is done', () => {
    const turned = begun().step('charge', charge).step('reserve', reserve).step('ship', ship);
    expect(verdict(turned, storedAfter('reserve.succeeded'))).toMatchObject({
      verdict: 'unsafe',
      reasons: ['reserve is done, and would be done again'],
    });
  });

  test('whose timers do not fit would never wake', () => {
    const { timers: _lost, ...rest } = storedAfter('reserve.succeeded', 'charge.failed');
    const same = begun().step('reserve', reserve).step('charge', charge).step('ship', ship);
    expect(verdict(same, { ...rest, timers: {} })).toMatchObject({
      verdict: 'unsafe',
      reasons: [expect.stringContaining('nothing would ring for xstate.after.charge.backoff')],
    });
  });

  test('by a mapping is held against what participants really did', () => {
    const renamed = begun().step('reserve', reserve).step('pay', charge).step('ship', ship);
    const stored = storedAfter('reserve.succeeded');
    const text = JSON.stringify(stored).replaceAll('charge', 'pay');
    // The command under way is asked for as `charge`: a mapping cannot rename what is on its way.
    expect(verdict(renamed, stored, JSON.parse(text) as StoredSnapshot)).toMatchObject({ verdict: 'unsafe' });
    const parked = storedAfter('reserve.succeeded', 'charge.refused', 'undoReserve.refused');
    const { steps } = parked.context;
    const forgetful = {
      ...parked,
      context: {
        ...parked.context,
        steps: { ...steps, reserve: { ...steps['reserve'], status: 'compensated' } },
      },
    };
    expect(verdict(renamed, parked, forgetful as StoredSnapshot)).toMatchObject({
      verdict: 'unsafe',
      reasons: [expect.stringContaining('the effect of reserve is left behind (retry)')],
    });
  });

  test('by a mapping that gives the saga its place is safe', () => {
    const check = begun()
      .step('reserve', reserve)
      .step('check', { kind: 'readonly', action: 'fraud.check' })
      .step('charge', charge)
      .step('ship', ship);
    const stored = storedAfter('reserve.succeeded');
    const skipped = { status: 'skipped', attempts: {}, generation: 1 } as const;
    const steps = { ...stored.context.steps, check: skipped };
    const migrated = { ...stored, context: { ...stored.context, steps } };
    expect(verdict(check, stored, migrated)).toEqual({ verdict: 'safe', reasons: [] });
  });
});

test('sagas that fare alike are looked at once', () => {
  expect(stateClass(storedAfter('reserve.succeeded'))).toBe(stateClass(storedAfter('reserve.succeeded')));
  expect(stateClass(storedAfter('reserve.timeout', 'reserve.backoff'))).not.toBe(stateClass(storedAfter()));
});
