import { toMachine } from '../core/machine.ts';
import { statusOf } from '../core/snapshot.ts';
import { commandName, isForwardOnly, type SagaPlan, type Step, stepsOf } from '../core/steps.ts';
import type { SagaStatus } from '../core/store.ts';
import { withNodes } from './folded-plan.ts';
import { isAtRest } from './properties.ts';
import { Rehearsal } from './rehearsal.ts';
import { moverOf } from './saga-reading.ts';
import { operationText } from './words.ts';

/** What a saga does when a step does not succeed, everything before it having gone well. */
export interface RollbackCase {
  readonly step: string;
  /** `refused`: a definite no. `unclear`: no answer to any attempt. */
  readonly when: 'refused' | 'unclear';
  /** Steps whose undo is asked for, in that order. */
  readonly undoes: readonly string[];
  readonly ends: SagaStatus;
  /** The same in words. */
  readonly text: string;
}

/** What would be undone, step by step: found by letting the generated machine do it. */
export function rollbackPlan(plan: SagaPlan): readonly RollbackCase[] {
  const always = withNodes(plan, {
    step: (step) => ({ ...step, when: step.when && (() => true) }),
    wait: (wait) => ({ ...wait, when: wait.when && (() => true) }),
  });
  const machine = toMachine(always);
  return stepsOf(always).flatMap((step) =>
    (['refused', 'unclear'] as const).map((when) => {
      const rehearsal = new Rehearsal({ plan: always, machine });
      const ending = when === 'refused' ? 'refused' : 'answerLost';
      for (let turns = 0; turns < mostTurns && !isAtRest(rehearsal.facts); turns += 1)
        if (!goOn(rehearsal, step, ending)) break;
      const undone = rehearsal.commands.filter(({ op }) => op === 'undo').map((command) => command.step);
      const ends = statusOf(rehearsal.snapshot);
      const undoes = [...new Set(undone)];
      return { step: step.name, when, undoes, ends, text: textOf(always, step, { when, undoes, ends }) };
    }),
  );
}

/** No saga takes that many turns to come to a rest. */
const mostTurns = 10_000;

/** The next thing: what goes wrong with the step, else what goes well, else time. */
function goOn(rehearsal: Rehearsal, step: Step, ending: string): boolean {
  const itself = rehearsal.possible({ byPeople: false });
  const possible = itself.length > 0 ? itself : rehearsal.possible();
  const name = commandName(step.name, 'do');
  const wrong = [`${name}.${ending}`, `${name}.timeout`, `${name}.late`];
  const isWrong = possible.find((one) => wrong.includes(one.name));
  const isWell = possible.find(
    (one) => /\.(?:succeeded|sealed|refused)$/.test(one.name) && moverOf(one) === 'answer',
  );
  const next =
    isWrong ??
    isWell ??
    possible.find((one) => one.name.startsWith('signal ')) ??
    possible.find((one) => moverOf(one) === 'time' && one.name !== 'deadline');
  return next !== undefined && rehearsal.take(next);
}

function textOf(
  plan: SagaPlan,
  step: Step,
  { when, undoes, ends }: Pick<RollbackCase, 'when' | 'undoes' | 'ends'>,
): string {
  const head =
    when === 'refused' ? `If ${step.name} is refused` : `If it stays unclear whether ${step.name} was done`;
  const steps = new Map(stepsOf(plan).map((one) => [one.name, one]));
  const undos = undoes.map((name) => `${operationText(steps.get(name) as Step, 'undo')} undoes ${name}`);
  if (ends === 'failed')
    return `${head}: ${undos.length === 0 ? '' : `${undos.join(', then ')}; then `}the saga waits for a person.`;
  if (ends === 'completed') {
    const how = isForwardOnly(step)
      ? 'it is asked until that is known, and the saga goes on'
      : 'the saga goes on';
    return `${head}: ${how}.`;
  }
  return `${head}: ${undos.length === 0 ? 'nothing has to be undone' : undos.join(', then ')}.`;
}
