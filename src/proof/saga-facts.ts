import { owesUndo, type SagaContext } from '../core/context.ts';
import type { SagaSnapshot } from '../core/snapshot.ts';
import { isForwardOnly, type SagaPlan, type Step, stepsOf } from '../core/steps.ts';
import type { SagaStatus } from '../core/store.ts';
import { type Effect, untouched } from './effects.ts';
import type { Facts } from './facts.ts';
import { type Effects, isTracked, rankOf } from './scene-effects.ts';

/** A saga at a moment, with what its participants did. */
export interface SagaMoment {
  readonly snapshot: SagaSnapshot;
  readonly status: SagaStatus;
  readonly isOverridden: boolean;
  readonly isPaused: boolean;
  readonly effects: Effects;
}

/** What the properties look at. */
export function factsOf(
  plan: SagaPlan,
  { snapshot, effects, status, isOverridden, isPaused }: SagaMoment,
): Facts {
  const { context } = snapshot.state;
  const { steps } = context;
  return {
    status,
    isOverridden,
    isPaused,
    steps: trackedOf(plan).map((step) => ({
      name: step.name,
      effect: together(effects[step.name], effects[`${step.name}~`]),
      isUndoable: step.compensation !== undefined,
      isForwardOnly: isForwardOnly(step),
      isSkipped: steps[step.name]?.status === 'skipped',
      rank: rankIn(context, step.name),
    })),
  };
}

/** How late a step is to be undone before others; one that owes no undo any more had its turn before all that do. */
function rankIn(context: SagaContext, step: string): number {
  if (!owesUndo(context, step)) return Number.POSITIVE_INFINITY;
  return Math.min(rankOf(context.steps[step]), Number.MAX_SAFE_INTEGER);
}

const trackedSteps = new WeakMap<SagaPlan, readonly Step[]>();

function trackedOf(plan: SagaPlan): readonly Step[] {
  const known = trackedSteps.get(plan) ?? stepsOf(plan).filter(isTracked);
  trackedSteps.set(plan, known);
  return known;
}

/** What both keys of an action came to, as one effect. */
function together(now: Effect = untouched, former: Effect | undefined): Effect {
  if (former === undefined) return now;
  return {
    ...now,
    done: now.done + former.done,
    undone: now.undone + former.undone,
    isLate: now.isLate || former.isLate,
  };
}
