import { stateText } from '../core/snapshot.ts';
import { commandName, type SagaPlan } from '../core/steps.ts';
import type { Mover } from './facts.ts';
import type { Reading } from './findings.ts';
import type { Happening } from './happenings.ts';
import { factsOf } from './saga-facts.ts';
import type { SagaState } from './saga-model.ts';

/** What the properties need to know of a saga's model. */
export function sagaReading(
  plan: SagaPlan,
  isTrimmed: (state: SagaState) => boolean,
): Reading<SagaState, Happening> {
  return {
    factsOf: ({ machine, effects }) => factsOf(plan, { ...machine, effects }),
    moverOf,
    isTrimmed,
    nameOf: ({ machine }) => stateText(machine.snapshot),
    hazardOf: ({ command, hazard }) =>
      command === undefined || hazard === undefined ? undefined : { step: command.step, hazard },
  };
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
