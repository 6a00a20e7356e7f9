import { attemptsUsed } from '../core/context.ts';
import { operationOf } from '../core/machine-parts.ts';
import { type SagaPlan, type Step, stepsOf } from '../core/steps.ts';
import type { Place } from './explore.ts';
import { fewAttempts } from './folded-plan.ts';
import type { Happening } from './happenings.ts';
import type { SagaState } from './saga-model.ts';

/** Endings after which a command is tried again, as long as its policy allows. */
const repeated = /\.(?:failed|unreachable|lost|timeout|answerLost|late)$/;

/** How many lines it takes to tell what happens: what ends the last attempt that was explored ends those that follow, too. */
export function toldLength(
  plan: SagaPlan,
): (place: Place<SagaState, Happening>, happening: Happening) => number {
  const steps = new Map(stepsOf(plan).map((step) => [step.name, step]));
  return ({ state: { machine } }, { command, event, name }) => {
    if (command === undefined || event === undefined) return 1;
    const { step, op } = command;
    const found = steps.get(step) as Step;
    const isRefusal = name.endsWith('.refused') && op === 'do' && found.onFailure === 'retry';
    // An action that is left to end while the saga turns back is not tried again.
    const isLeft = op === 'do' && machine.status !== 'running';
    if (isLeft || !(isRefusal || repeated.test(name))) return 1;
    const { maximumAttempts } = operationOf(found, op).retry;
    const isLast = attemptsUsed(machine.snapshot.state.context, step, op) >= fewAttempts;
    // Each further attempt is a backoff and its end.
    return isLast ? 1 + 2 * Math.max(0, maximumAttempts - fewAttempts) : 1;
  };
}
