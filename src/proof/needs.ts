import { operationOf } from '../core/machine-parts.ts';
import { isForwardOnly, type SagaPlan, type Step, stepsOf } from '../core/steps.ts';
import type { Guarantee, Hazard } from './effects.ts';
import type { Story } from './counterexample.ts';

/** Something that a participant has to absorb, and how it comes to it. */
export interface NeedReason {
  readonly step: string;
  readonly hazard: Hazard;
  readonly text: string;
  readonly story: Story;
}

/** What a participant must guarantee for this saga to be sound. */
export interface Need {
  readonly participant: string;
  readonly guarantee: Guarantee;
  readonly because: readonly NeedReason[];
}

/** A step that nobody undoes. */
export interface MissingCompensation {
  readonly step: string;
  /** What its author says. */
  readonly why: string;
  /** Nothing can turn the saga back once it took effect. */
  readonly isSafe: boolean;
}

/** What a hazard means for who is asked. */
export function hazardText(step: Step, hazard: Hazard): string {
  const { participant: doer } = step.action;
  const { participant: undoer } = operationOf(step, 'undo');
  const texts: Readonly<Record<Hazard, string>> = {
    duplicate: `${doer} is asked for ${step.name} again after it took effect`,
    emptyUndo: `${undoer} is asked to undo ${step.name}, which never ran`,
    lateAction: `${doer} may get the command for ${step.name} after it was undone or sealed`,
    strayUndo: `${undoer} is asked to undo what ${doer} did: its own barrier knows nothing of it, and does nothing`,
  };
  return texts[hazard];
}

/** The participant that a hazard concerns. */
export function participantOf(step: Step, hazard: Hazard): string {
  return hazard === 'emptyUndo' || hazard === 'strayUndo'
    ? operationOf(step, 'undo').participant
    : step.action.participant;
}

/** What participants need, from what they would have to absorb; those who need nothing are left out. */
export function needsOf(plan: SagaPlan, reasons: readonly NeedReason[]): readonly Need[] {
  const steps = new Map(stepsOf(plan).map((step) => [step.name, step]));
  const byParticipant = new Map<string, NeedReason[]>();
  // No guarantee helps against an undo that goes astray: that is a defect, and has a counterexample.
  for (const reason of reasons.filter(({ hazard }) => hazard !== 'strayUndo')) {
    const participant = participantOf(steps.get(reason.step) as Step, reason.hazard);
    byParticipant.set(participant, [...(byParticipant.get(participant) ?? []), reason]);
  }
  return [...byParticipant].map(([participant, because]) => ({
    participant,
    guarantee: because.some(({ hazard }) => hazard !== 'duplicate') ? 'barrier' : 'idempotent',
    because,
  }));
}

/** Steps without a compensation, though they may leave something behind: only `readonly` steps cannot. */
export function missingCompensations(
  plan: SagaPlan,
  canTurnBackAfter: (step: string) => boolean,
): readonly MissingCompensation[] {
  return stepsOf(plan)
    .filter(
      (step) => step.compensation === undefined && step.kind === 'compensatable' && !isForwardOnly(step),
    )
    .map(({ name, noCompensation = '' }) => ({
      step: name,
      why: noCompensation,
      isSafe: !canTurnBackAfter(name),
    }));
}
