import { isSettled, stateText } from '../core/snapshot.ts';
import { commandName, type SagaPlan } from '../core/steps.ts';
import { standing, untouched } from './effects.ts';
import type { Mover } from './facts.ts';
import type { Reading } from './findings.ts';
import type { Happening } from './happenings.ts';
import { factsOf } from './saga-facts.ts';
import type { SagaModel, SagaState } from './saga-model.ts';
import type { Effects } from './scene-effects.ts';

/** What the properties need to know of a saga's model. */
export function sagaReading(
  plan: SagaPlan,
  model: Pick<SagaModel, 'isTrimmed' | 'isBroken'>,
): Reading<SagaState, Happening> {
  // The same happenings come in many states.
  const movers = new Map<Happening, Mover>();
  const knownMover = (happening: Happening): Mover => {
    const mover = movers.get(happening) ?? moverOf(happening);
    movers.set(happening, mover);
    return mover;
  };
  return {
    factsOf: ({ machine, effects }) => factsOf(plan, { ...machine, effects }),
    isBroken: (state) => model.isBroken(state),
    isAtRest: ({ machine: { status, isOverridden, isPaused } }) =>
      isSettled(status) || isOverridden || isPaused,
    isUndoing: (before, after) => isLess(before.effects, after.effects),
    moverOf: knownMover,
    isTrimmed: (state) => model.isTrimmed(state),
    nameOf: ({ machine }) => stateText(machine.snapshot),
    hazardOf: ({ command, hazard }) =>
      command === undefined || hazard === undefined ? undefined : { step: command.step, hazard },
  };
}

/** Whether less stands of any step than before. */
function isLess(before: Effects, after: Effects): boolean {
  if (before === after) return false;
  return Object.keys(before).some(
    (slot) => standing(before[slot] ?? untouched) > standing(after[slot] ?? untouched),
  );
}

/** Who makes it happen. */
export function moverOf({ event, name, command }: Happening): Mover {
  if (event === undefined) return 'arrival';
  if (event.type.startsWith('xstate.after.') || event.type === 'deadline') return 'time';
  if (event.type === 'park') return 'engine';
  return command !== undefined && name.startsWith(`${commandName(command.step, command.op)}.`)
    ? 'answer'
    : 'person';
}
