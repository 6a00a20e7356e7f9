import { isClosed, isSettled } from '../core/snapshot.ts';
import { standing } from './effects.ts';
import type { Facts, StepFacts } from './facts.ts';

/** What is proven of a saga. */
export type Property =
  | 'ends'
  | 'nothingLeft'
  | 'allDone'
  | 'onceEach'
  | 'reverseOrder'
  | 'noWayBack'
  | 'timeouts'
  | 'reachable';

/** The properties, as people read them. */
export const properties: Readonly<Record<Property, string>> = {
  ends: 'every path ends completed, compensated, or with a person, even if nobody ever answers again',
  nothingLeft: 'a saga that turned back leaves no effect behind',
  allDone: 'a saga that completed did every step, once, and undid none',
  onceEach: 'no action takes effect twice, and no effect is undone twice, or without having been',
  reverseOrder: 'effects are undone in the reverse order of their completion',
  noWayBack: 'nothing is undone, and nothing can turn back, once the point of no return is passed',
  timeouts: 'no wait without a timeout',
  reachable: 'no state of the chart is out of reach',
};

/** A property that does not hold, and why. */
export interface Breach {
  readonly property: Property;
  readonly what: string;
}

/** What is wrong with a state. */
export function breachesIn(facts: Facts): readonly Breach[] {
  if (facts.isOverridden) return [];
  const breach = (property: Property, what: string): Breach => ({ property, what });
  return facts.steps.flatMap((step) => [
    ...amiss(step).map((what) => breach('onceEach', what)),
    ...left(facts, step).map((what) => breach('nothingLeft', what)),
    ...notDone(facts, step).map((what) => breach('allDone', what)),
    ...turnedBack(facts, step).map((what) => breach('noWayBack', what)),
  ]);
}

/** What is wrong with getting from one state to the next. */
export function breachesBetween(before: Facts, after: Facts): readonly Breach[] {
  if (after.isOverridden) return [];
  // What is undone for good may be forgotten at once: it shows in what does not stand any more.
  const undoneNow = after.steps.filter(({ effect }, index) => {
    const former = before.steps[index]?.effect;
    return former !== undefined && standing(effect) < standing(former);
  });
  return undoneNow.flatMap((undone) =>
    after.steps
      .filter((other) => isLater(other, before, undone) && standing(other.effect) > 0)
      .map((other) => ({
        property: 'reverseOrder' as const,
        what: `${undone.name} is undone while the effect of ${other.name} stands`,
      })),
  );
}

/** Whether a saga that came here is closed, or with a person. */
export function isAtRest({ status, isOverridden, isPaused }: Facts): boolean {
  return isSettled(status) || isOverridden || isPaused;
}

function amiss({ name, effect: { done, undone } }: StepFacts): readonly string[] {
  if (undone > done) return [`${name} is undone without having been done, or twice`];
  return done > 1 ? [`${name} takes effect twice`] : [];
}

function left({ status }: Facts, { name, effect, isUndoable, isForwardOnly }: StepFacts): readonly string[] {
  if (status !== 'compensated' || standing(effect) <= 0) return [];
  return isUndoable || isForwardOnly ? [`the effect of ${name} is left behind`] : [];
}

function notDone({ status }: Facts, { name, effect, isSkipped }: StepFacts): readonly string[] {
  if (status !== 'completed') return [];
  const wanted = isSkipped ? 0 : 1;
  if (standing(effect) === wanted) return [];
  return [isSkipped ? `${name} was skipped, and took effect` : `the effect of ${name} does not stand`];
}

function turnedBack({ status }: Facts, { name, effect, isForwardOnly }: StepFacts): readonly string[] {
  const isBack = status === 'compensating' || status === 'compensated';
  if (!isForwardOnly || !isBack || standing(effect) <= 0) return [];
  return [`the saga turns back although ${name} took effect`];
}

/** Whether a step completed after another one, or may have. */
function isLater(other: StepFacts, before: Facts, undone: StepFacts): boolean {
  const rank = (name: string) => before.steps.find((step) => step.name === name)?.rank ?? 0;
  return other.name !== undone.name && rank(other.name) > rank(undone.name);
}

/** Whether nothing but late commands can happen any more. */
export function isOver({ status }: Facts): boolean {
  return isClosed(status);
}
