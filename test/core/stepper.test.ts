import fc from 'fast-check';
import { initialTransition, transition } from 'xstate';
import { describe, expect, it } from 'vitest';
import type { MachineState } from '../../src/core/snapshot.ts';
import { type ActionData, initialStep, nextStep } from '../../src/core/stepper.ts';
import { toEvent } from './play.ts';
import { randomChoices, randomSaga, wander } from './random-saga.ts';

describe('a step of the machine', { timeout: 120_000 }, () => {
  it('is what XState’s own pure transition gives: the same state, the same actions', () => {
    fc.assert(
      fc.property(randomSaga, randomChoices, (saga, choices) => {
        wander(saga, choices, (before, cue) => {
          const { machine } = before.logic;
          const { state } = before.snapshot;
          const event = toEvent(before.logic, before.snapshot, cue);
          expect(plain(nextStep(machine, state, event))).toEqual(
            plain(transition(machine, state, event as never)),
          );
        });
      }),
      { numRuns: 100 },
    );
  });

  it('begins where XState’s own initial transition begins', () => {
    fc.assert(
      fc.property(randomSaga, (saga) => {
        const machine = saga.machine as Parameters<typeof initialStep>[0];
        const input = { id: 's-1', input: { n: 1 } };
        expect(plain(initialStep(machine, input))).toEqual(plain(initialTransition(machine, input)));
      }),
      { numRuns: 100 },
    );
  });
});

function plain([state, actions]: readonly [MachineState, readonly ActionData[]]) {
  const { status, value, context } = state;
  return { status, value, context, actions: actions.map(({ type, params }) => ({ type, params })) };
}
