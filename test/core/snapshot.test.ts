import fc from 'fast-check';
import { getNextTransitions } from 'xstate';
import { describe, expect, it } from 'vitest';
import { defineSaga } from '../../src/core/definition.ts';
import { toActor } from '../../src/core/live.ts';
import { isClosed, isSettled, parseSnapshot, stepOf, toStored } from '../../src/core/snapshot.ts';
import { stepsOf } from '../../src/core/steps.ts';
import { awaitedCommands, legalActions } from '../../src/core/transition.ts';
import { attempt, goOn, play, type Played, startedAt, toEvent } from './play.ts';
import { randomChoices, randomSaga, wander } from './random-saga.ts';

const runs = { numRuns: 70 };

describe('any saga on any way', { timeout: 120_000 }, () => {
  it('goes on from its stored text as it would have gone on in memory', () => {
    fc.assert(
      fc.property(randomSaga, randomChoices, (saga, choices) => {
        wander(saga, choices, (before, cue, after) => {
          const restored: Played = {
            ...before,
            snapshot: parseSnapshot(before.logic.machine, JSON.stringify(toStored(before.snapshot))),
          };
          expect(describeAll(restored)).toEqual(describeAll(before));
          expect(describeAll(goOn(restored, cue))).toEqual(describeAll(after));
        });
      }),
      runs,
    );
  });

  it('has a timer stored for each delayed arrow it may take next, and no other', () => {
    fc.assert(
      fc.property(randomSaga, randomChoices, (saga, choices) => {
        wander(saga, choices, (_before, _cue, after) => {
          const delayed = getNextTransitions(after.snapshot.state)
            .map(({ eventType }) => eventType)
            .filter((type) => type.startsWith('xstate.after.'));
          const { deadline, ...timers } = after.timers;
          expect(new Set(Object.keys(timers))).toEqual(new Set(delayed));
          if (deadline !== undefined)
            expect([after.status === 'running' || after.context.rewind !== undefined, deadline]).toEqual([
              true,
              startedAt + 3_600_000,
            ]);
        });
      }),
      runs,
    );
  });

  it('always has something that moves it on: a command under way, a timer, or a person', () => {
    fc.assert(
      fc.property(randomSaga, randomChoices, (saga, choices) => {
        wander(saga, choices, (_before, _cue, after) => {
          if (isClosed(after.status as 'completed'))
            return expect([legalActions(after.snapshot), after.timers]).toEqual([[], {}]);
          if (after.status === 'failed') return expect(legalActions(after.snapshot)).toContain('retry');
          // Who waits for a signal waits for somebody; who is paused, for a person.
          const waits = legalActions(after.snapshot).some((type) => type === 'signal' || type === 'resume');
          if (!waits) expect(Object.keys(after.timers)).not.toEqual([]);
        });
      }),
      runs,
    );
  });

  it('undoes no step twice, and none before those that came after it', () => {
    fc.assert(
      fc.property(randomSaga, randomChoices, (saga, choices) => {
        const undone: string[] = [];
        wander(saga, choices, (before, _cue, after) => {
          for (const name of Object.keys(after.context.steps)) {
            const [was, is] = [before.context.steps[name], after.context.steps[name]];
            const isSameRun = was?.generation === is?.generation;
            if (was?.status === 'compensated' && isSameRun) expect(is?.status).toBe('compensated');
            if (was?.status !== 'compensated' && is?.status === 'compensated')
              undone.push(`${name} ${is.generation}`);
          }
        });
        expect(new Set(undone).size).toBe(undone.length);
      }),
      runs,
    );
  });

  it('undoes what is done in the reverse order of completion, and ends compensated only without anything left', () => {
    fc.assert(
      fc.property(randomSaga, randomChoices, (saga, choices) => {
        const undone: (number | undefined)[] = [];
        const last = wander(saga, choices, (before, _cue, after) => {
          const [now, earlier] = [after.context.steps, before.context.steps];
          for (const [name, { status, ordinal }] of Object.entries(now)) {
            if (status === 'compensated' && earlier[name]?.status !== 'compensated' && ordinal !== undefined)
              undone.push(ordinal);
          }
        });
        expect(undone).toEqual(undone.toSorted((a, b) => Number(b) - Number(a)));
        if (last.status !== 'compensated') return;
        const undoable = stepsOf(last.logic.plan).filter(({ compensation }) => compensation !== undefined);
        const left = undoable.filter(
          ({ name }) =>
            last.context.steps[name]?.status === 'completed' || last.context.steps[name]?.inDoubt === true,
        );
        expect(left.map(({ name }) => name)).toEqual([]);
      }),
      runs,
    );
  });

  it('is, for XState alone, a machine in the same state that moves the same way', () => {
    fc.assert(
      fc.property(randomSaga, fc.array(fc.nat(), { maxLength: 12 }), (saga, choices) => {
        wander(saga, choices, (before, cue, after) => {
          const actor = toActor(before.logic.machine, before.snapshot);
          expect(actor.getSnapshot().value).toEqual(before.snapshot.state.value);
          actor.send({ ...toEvent(before.logic, before.snapshot, cue), at: startedAt } as never);
          expect(JSON.parse(JSON.stringify(actor.getSnapshot()))).toMatchObject({
            value: after.snapshot.state.value,
            context: JSON.parse(JSON.stringify(after.context)) as object,
          });
          actor.stop();
        });
      }),
      { numRuns: 40 },
    );
  });
});

describe('a snapshot', () => {
  const saga = defineSaga('order')
    .step('one', { action: 'shop.one', compensation: 'shop.unone' })
    .parallel('both', (group) =>
      group
        .step('x', { action: 'shop.x', compensation: 'shop.unx' })
        .step('y', { action: 'shop.y', compensation: 'shop.uny' }),
    );

  it.each([
    ['running.one.executing', 'one', []],
    ['running.both.x.executing | running.both.y.executing', 'both', ['one.succeeded']],
    ['failed.one', 'one', ['park']],
    ['compensated', null, ['one.refused']],
  ])('reads as %s, at %s', (state, step, cues) => {
    const played = play(saga, cues);
    expect([played.state, stepOf(played.snapshot)]).toEqual([state, step]);
  });

  it('of a state that the machine does not have is refused', () => {
    const { logic, snapshot } = play(saga);
    const text = JSON.stringify({ ...toStored(snapshot), value: { running: { gone: 'executing' } } });
    expect(() => parseSnapshot(logic.machine, text)).toThrow(/gone/);
  });

  it('settles when it is closed or parked', () => {
    expect(
      ['running', 'compensating', 'failed', 'completed', 'compensated', 'abandoned'].map((status) => [
        isSettled(status as 'failed'),
        isClosed(status as 'failed'),
      ]),
    ).toEqual([
      [false, false],
      [false, false],
      [true, false],
      [true, true],
      [true, true],
      [true, true],
    ]);
  });
});

/** Everything about a saga that counts, as JSON has it. */
function describeAll(played: Played): unknown {
  const { snapshot, moves } = played;
  const { commands, hooks } = moves.at(-1) ?? {};
  // XState lists the active states in another order after a restart.
  const awaited = awaitedCommands(snapshot).toSorted((a, b) => a.name.localeCompare(b.name));
  return JSON.parse(
    JSON.stringify({
      stored: toStored(snapshot),
      commands,
      hooks,
      awaited,
      legal: legalActions(snapshot),
      canPark: attempt(played, 'park') !== undefined,
    }),
  );
}
