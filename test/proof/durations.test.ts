import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defineSaga } from '../../src/core/definition.ts';
import { isSettled, statusOf } from '../../src/core/snapshot.ts';
import { durationsOf } from '../../src/proof/durations.ts';
import { Rehearsal } from '../../src/proof/rehearsal.ts';
import { moverOf } from '../../src/proof/saga-reading.ts';
import { shop } from './sagas.ts';

describe('how long a saga takes at most', () => {
  test('follows from timeouts and retries', () => {
    // 3 × 2 s + 100 ms + 200 ms for an action; its undo has the same policy.
    const once = 6_300;
    const undo = 3 * 2_000 + 100 + 200;
    expect(durationsOf(shop.plan)).toMatchObject({
      forward: 3 * once,
      backward: 2_000 + 2 * undo,
      untilKnown: 2 * once + Math.max(once, 2_000 + 2 * undo),
      deadline: null,
      steps: [
        { step: 'reserve', action: { attempts: 3, timeout: 2_000, backoffs: [100, 200], total: once } },
        {},
        {},
      ],
    });
  });

  test('groups take as long as their slowest member, and are undone one by one', () => {
    const trip = defineSaga('trip', { defaults: { retry: { maximumAttempts: 1 } } }).parallel(
      'book',
      (group) =>
        group
          .step('car', { action: 'car.book', compensation: 'car.cancel', timeout: '1s' })
          .step('hotel', { action: 'hotel.book', compensation: 'hotel.cancel', timeout: '3s' }),
    );
    expect(durationsOf(trip.plan)).toMatchObject({ forward: 3_000, backward: 3_000 + 1_000 + 3_000 });
  });

  test('a wait without a timeout has no end, unless the saga has a deadline', () => {
    const asking = (timeout?: '1h') =>
      defineSaga('asking', timeout === undefined ? {} : { timeout })
        .step('look', { kind: 'readonly', action: 'p.look' })
        .waitFor('ok');
    expect(durationsOf(asking().plan)).toMatchObject({ forward: null, untilKnown: null });
    expect(durationsOf(asking('1h').plan)).toMatchObject({ forward: null, untilKnown: 3_600_000 });
  });

  test('no run is longer, whatever its participants do', () => {
    const step = fc.record({
      kind: fc.constantFrom('compensatable', 'compensatable', 'pivot', 'retry'),
      timeout: fc.integer({ min: 10, max: 500 }),
      maximumAttempts: fc.integer({ min: 1, max: 4 }),
    });
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 1, maxLength: 4 }),
        fc.infiniteStream(fc.nat(1_000)),
        (steps, choices) => {
          const saga = sagaOf(steps);
          const { untilKnown } = durationsOf(saga.plan);
          const rehearsal = new Rehearsal({ plan: saga.plan });
          for (let turns = 0; turns < 1_000 && !isSettled(statusOf(rehearsal.snapshot)); turns += 1) {
            const possible = rehearsal
              .possible({ byPeople: false })
              .filter((one) => moverOf(one) !== 'arrival' && !one.name.endsWith('.inProgress'));
            // Answers come at the last moment: as late as a timeout would.
            const choice = possible[choices.next().value % possible.length];
            const { timers } = rehearsal.snapshot;
            const latest = Math.max(...Object.values(timers));
            if (choice === undefined) break;
            if (moverOf(choice) === 'answer') rehearsal.wait(latest);
            rehearsal.take(choice);
          }
          expect(isSettled(statusOf(rehearsal.snapshot))).toBe(true);
          expect(rehearsal.now).toBeLessThanOrEqual(untilKnown ?? 0);
        },
      ),
      { numRuns: 150, seed: 3 },
    );
  });
});

/** Compensatable steps, perhaps a pivot, and retriable ones behind it. */
function sagaOf(
  steps: readonly { readonly kind: string; readonly timeout: number; readonly maximumAttempts: number }[],
) {
  let isPast = false;
  return steps.reduce<ReturnType<typeof defineSaga>>(
    (saga, { kind, timeout, maximumAttempts }, index) => {
      const common = {
        action: `p.a${index}`,
        timeout,
        retry: { maximumAttempts, initialInterval: 20, maximumInterval: 60 },
      } as const;
      const isPivot = kind === 'pivot' && !isPast;
      const options = isPast
        ? { ...common, kind: 'retriable' as const }
        : isPivot
          ? { ...common, kind: 'pivot' as const }
          : {
              ...common,
              compensation: `p.u${index}` as const,
              ...(kind === 'retry' ? { onFailure: 'retry' as const } : {}),
            };
      isPast ||= isPivot;
      return saga.step(`s${index}` as never, options as never) as never;
    },
    defineSaga('random') as never,
  );
}
