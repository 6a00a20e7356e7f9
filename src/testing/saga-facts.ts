import { attemptsUsed, owesUndo, type SagaContext } from '../core/context.ts';
import { operationOf } from '../core/machine-parts.ts';
import { isClosed, statusOf } from '../core/snapshot.ts';
import { isSignalled } from '../core/signal.ts';
import { isForwardOnly, recordsOf, type SagaPlan, type Step, stepsOf, waitsOf } from '../core/steps.ts';
import type { Op } from '../core/transport.ts';
import type { SpaceState } from './saga-space.ts';

/**
 * What of a saga's state its chart can still read, as text: states with equal texts behave the same from there on. It keeps
 * the state space finite and small: the control state, who owes an undo and in which order, attempts of what is under way.
 * `seen` names the steps whose results guards may read.
 */
export function factsOf(plan: SagaPlan, { saga, waiting }: SpaceState, seen: readonly string[]): string {
  const { value, context } = saga.state;
  const status = statusOf(saga);
  if (isClosed(status)) return JSON.stringify(value);
  const waits = waitsOf(plan).map(({ name }) => [
    context.steps[name] !== undefined,
    isSignalled(context, name),
  ]);
  const isForward =
    status === 'running' || plan.nodes.flatMap(recordsOf).some((name) => name === context.parked?.command);
  const facts = stepsOf(plan).map((step) =>
    stepFacts(step, context, { isForward, goesBack: !isForward || canGoBack(plan, context) }),
  );
  const order = plan.nodes.map((node) => (node.type === 'group' ? orderOf(node.members, context) : ''));
  const results = isForward ? seen.map((step) => context.results[step]) : [];
  return JSON.stringify([
    value,
    waiting,
    'deadline' in saga.timers,
    context.late === true,
    context.paused !== undefined,
    context.rewind,
    context.parked !== null && [context.parked.why, context.cause !== null],
    waits,
    facts,
    isForward && !canGoBack(plan, context) ? '' : order,
    results,
  ]);
}

interface Direction {
  /** The saga goes forward, or waits to. */
  readonly isForward: boolean;
  /** It goes backward, or still may. */
  readonly goesBack: boolean;
}

function stepFacts(step: Step, context: SagaContext, { isForward, goesBack }: Direction): unknown {
  const record = context.steps[step.name];
  if (record === undefined) return 0;
  const isOver = record.status === 'completed' || record.status === 'skipped';
  const used = (op: Op) =>
    Math.min(attemptsUsed(context, step.name, op), operationOf(step, op).retry.maximumAttempts);
  const isParked = context.parked?.command === step.name;
  const isUndoable = goesBack && step.compensation !== undefined;
  return [
    record.held ?? 0,
    isForward ? isOver : false,
    isForward && !isOver && !isParked ? [used('do'), used('seal')] : 0,
    !isForward && record.status === 'compensating' && context.parked === null ? used('undo') : 0,
    isUndoable ? owesUndo(context, step.name) : false,
    !isOver && (isUndoable || isForward)
      ? [record.inDoubt === true, record.inFlight === true, record.refusedInDoubt === true]
      : 0,
  ];
}

/** Members of a group are undone in the reverse of the order in which they completed. */
function orderOf(members: readonly Step[], context: SagaContext): string {
  const rank = ({ name }: Step) => context.steps[name]?.ordinal ?? 0;
  return members
    .filter((step) => step.compensation !== undefined && rank(step) > 0 && owesUndo(context, step.name))
    .toSorted((a, b) => rank(a) - rank(b))
    .map(({ name }) => name)
    .join();
}

/** Whether a saga that goes forward may yet have to turn back. */
function canGoBack(plan: SagaPlan, context: SagaContext): boolean {
  return stepsOf(plan).every((step) => {
    const status = context.steps[step.name]?.status;
    if (status === undefined || !isForwardOnly(step)) return true;
    return step.kind === 'pivot' && status !== 'completed' && status !== 'skipped';
  });
}
