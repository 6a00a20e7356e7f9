import { operationOf } from '../core/machine-parts.ts';
import type { RetryPolicy } from '../core/retry-policy.ts';
import { membersOf, pointOfNoReturn, type SagaNode, type SagaPlan, type Step } from '../core/steps.ts';

/** The longest that one command can take, and what that is made of; all ms. */
export interface CommandDuration {
  readonly attempts: number;
  readonly timeout: number;
  /** The waits between attempts, at their longest. */
  readonly backoffs: readonly number[];
  /** attempts × timeout + the sum of the backoffs. */
  readonly total: number;
}

/** The longest that a step can take each way. */
export interface StepDuration {
  readonly step: string;
  readonly action: CommandDuration;
  readonly seal: CommandDuration | null;
  readonly undo: CommandDuration | null;
}

/**
 * How long a saga can take at most, as long as it is neither parked, paused nor sent back, and no participant says that
 * it is still at work: those waits have no end of their own. All ms, not counting the engine's own work. `null`: without end.
 */
export interface Durations {
  /** From the start to the last step’s answer; groups take as long as their slowest member. */
  readonly forward: number | null;
  /** From the turn to `compensated`: the attempts under way end, then everything is undone, one after the other. */
  readonly backward: number;
  /** From the start until it is closed, or waits for a person. */
  readonly untilKnown: number | null;
  /** The saga’s deadline: when it turns back at the latest, unless a pivot in doubt has to be sealed first. */
  readonly deadline: number | null;
  readonly steps: readonly StepDuration[];
}

/** The longest that a saga can take, from its timeouts and retry policies. */
export function durationsOf(plan: SagaPlan): Durations {
  const noReturn = pointOfNoReturn(plan);
  const pivot = plan.nodes[noReturn];
  const isPivot = pivot?.type === 'step' && pivot.kind === 'pivot';
  const before = plan.nodes.slice(0, noReturn);
  const turning = plan.nodes.slice(0, noReturn + (isPivot ? 1 : 0));
  const after = plan.nodes.slice(turning.length);
  const undone = before.flatMap(membersOf).filter(({ compensation }) => compensation !== undefined);
  const undoing = sum(undone.map((step) => durationOf(step, 'undo')?.total ?? 0));
  const backward = Math.max(0, ...undone.map(({ action }) => action.timeout)) + undoing;
  const sealing = isPivot ? (durationOf(pivot, 'seal')?.total ?? 0) : 0;
  const deadline = plan.timeout ?? Number.POSITIVE_INFINITY;
  // The deadline cuts the way to the turn short; a pivot in doubt is sealed first.
  const latestTurn = Math.min(lengthOf(turning), deadline + sealing);
  return {
    forward: finite(lengthOf(plan.nodes)),
    backward,
    untilKnown: finite(latestTurn + Math.max(lengthOf(after), backward)),
    deadline: plan.timeout ?? null,
    steps: plan.nodes.flatMap((node) =>
      membersOf(node).map((step) => ({
        step: step.name,
        action: durationOf(step, 'do') as CommandDuration,
        seal: durationOf(step, 'seal'),
        undo: durationOf(step, 'undo'),
      })),
    ),
  };
}

/** The longest waits between the attempts of a policy; ms. Jitter only makes them shorter. */
export function backoffsOf(policy: RetryPolicy): readonly number[] {
  return Array.from({ length: policy.maximumAttempts - 1 }, (_, index) =>
    Math.round(Math.min(policy.initialInterval * policy.backoffCoefficient ** index, policy.maximumInterval)),
  );
}

function lengthOf(nodes: readonly SagaNode[]): number {
  return sum(
    nodes.map((node) => {
      if (node.type === 'wait') return node.timeout ?? Number.POSITIVE_INFINITY;
      return Math.max(...membersOf(node).map(longestForward));
    }),
  );
}

function longestForward(step: Step): number {
  return (durationOf(step, 'do')?.total ?? 0) + (durationOf(step, 'seal')?.total ?? 0);
}

/** `null`: the step has no such command. */
function durationOf(step: Step, op: 'do' | 'undo' | 'seal'): CommandDuration | null {
  if (op === 'undo' && step.compensation === undefined) return null;
  if (op === 'seal' && !isSealed(step)) return null;
  const { timeout, retry } = operationOf(step, op);
  const backoffs = backoffsOf(retry);
  // A refusal in doubt is sealed before the action is tried again: all seals together have these attempts, and each at least one.
  const more = op === 'seal' && step.kind !== 'pivot' ? Math.max(0, retry.maximumAttempts - 2) : 0;
  const attempts = retry.maximumAttempts + more;
  return { attempts, timeout, backoffs, total: attempts * timeout + sum(backoffs) };
}

function isSealed(step: Step): boolean {
  return step.kind === 'pivot' || (step.onFailure === 'retry' && !step.undoAlways);
}

function finite(ms: number): number | null {
  return Number.isFinite(ms) ? ms : null;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
