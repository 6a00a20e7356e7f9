import {
  abandoned,
  attempted,
  attemptsUsed,
  compensated,
  completed,
  type EventData,
  forgiven,
  type Outcome,
  owesUndo,
  type Parked,
  recorded,
  type SagaContext,
  withStep,
} from './context.ts';
import { operatorActions, operatorGuards } from './operator-parts.ts';
import { dropped, isUntouched } from './pause.ts';
import { type Args, reduce } from './reduce.ts';
import { retryDelay } from './retry-policy.ts';
import { isWithinReach } from './rewind.ts';
import { viewOf } from './saga-view.ts';
import {
  commandName,
  isForwardOnly,
  type Operation,
  type SagaPlan,
  type Step,
  stepsOf,
  waitsOf,
} from './steps.ts';
import type { CauseType } from './saga-row.ts';
import type { Op } from './transport.ts';

/** Static parameters of guards and actions; each uses the ones it needs. */
interface Params {
  readonly step: string;
  readonly op: Op;
  readonly outcome: Outcome;
  readonly of: readonly string[];
}

/** Who skips: the step's guard, a person against the definition, or one whom the definition asked. */
interface SkipParams {
  readonly step: string;
  readonly byPerson?: boolean;
  readonly isDecided?: boolean;
}

/** All actions by name. `command` and `hook` are effects as data: the runtime reads them, nothing runs here. */
export function sagaActions(plan: SagaPlan) {
  return {
    ...operatorActions(plan),
    command: () => {},
    hook: () => {},
    attempt: reduce<Params>((context, _event, { step, op }) => attempted(context, step, op)),
    record: reduce<Params>((context, event, params) => recorded(context, params, event)),
    abandonAttempt: reduce<Params>((context, _event, { step }) => abandoned(context, step)),
    undoAnyway: reduce<Params>((context, _event, { step }) => withStep(context, step, { undoAnyway: true })),
    failStep: reduce<Params>((context, _event, { step }) => withStep(context, step, { status: 'failed' })),
    skipStep: reduce<SkipParams>(skipped),
    resolveStep: reduce<Params>((context, event, { step, op }) =>
      resolved({ ...context, overridden: true }, event, step, op),
    ),
    forgive: reduce<Params>((context, _event, { step, op }) => retried(context, step, op)),
    blame: reduce<{ step?: string; type: CauseType }>(blamed),
    absolve: reduce(absolved),
    renew: reduce<Params>((context, _event, { step }) => renewed(context, step)),
    markLate: reduce((context) => ({ ...context, late: true })),
    override: reduce((context) => ({ ...context, overridden: true })),
    parkAt: reduce<{ command: string; step: string; why: Parked['why'] }>(parked),
    unpark: reduce((context) => ({ ...context, parked: null })),
  };
}

/** All guards by name. */
export function sagaGuards(plan: SagaPlan) {
  const steps = new Map(stepsOf(plan).map((step) => [step.name, step]));
  const guarded = new Map([...stepsOf(plan), ...waitsOf(plan)].map((node) => [node.name, node]));
  const noReturn = stepsOf(plan).filter(isForwardOnly);
  return {
    ...operatorGuards(plan),
    canRetry: ({ context, event }: Args, { step, op }: Params) =>
      event.retryable !== false &&
      attemptsUsed(context, step, op) < operationOf(steps.get(step) as Step, op).retry.maximumAttempts,
    canTurnBack: ({ context, event }: Args) =>
      isWithinReach(plan, context, event) && noReturn.every((step) => isUntouched(context, step.name)),
    shouldRun: ({ context }: Args, { step }: Params) =>
      guarded.get(step)?.when?.(viewOf(plan, context, step)) ?? true,
    isSettled: ({ context }: Args, { step }: Params) => isSettled(context, step),
    isUnsettled: ({ context }: Args, { step }: Params) => !isSettled(context, step),
    isInFlight: ({ context }: Args, { step }: Params) => context.steps[step]?.inFlight === true,
    isInDoubt: ({ context, event }: Args, { step }: Params) =>
      context.steps[step]?.inDoubt === true || event.resent === true,
    isRefusedInDoubt: ({ context }: Args, { step }: Params) => context.steps[step]?.refusedInDoubt === true,
    mayHaveHappened: ({ context }: Args, { step }: Params) =>
      context.steps[step]?.inFlight === true || context.steps[step]?.inDoubt === true,
    owesUndo: ({ context }: Args, { step }: Params) => owesUndo(context, step),
    isUndoneNext: ({ context }: Args, { step, of }: Params) => step === undoneNext(context, of),
    isResolvedAs: ({ event }: Args, params: { as: string }) => event.as === params.as,
  };
}

/** All delays by name, in ms: `<command>.timeout`, `<command>.backoff`, `<command>.poll`, `<wait>.timeout`. */
export function sagaDelays(plan: SagaPlan): Record<string, (args: { context: SagaContext }) => number> {
  const commands = stepsOf(plan).flatMap((step) =>
    (['do', 'undo', 'seal'] as const).flatMap((op) => Object.entries(delaysOf(step, op))),
  );
  const waits = waitsOf(plan).flatMap(({ name, timeout }) =>
    timeout === undefined ? [] : [[`${name}.timeout`, () => timeout] as const],
  );
  return Object.fromEntries([...commands, ...waits]);
}

/** However short a participant asks to wait: each question is a transition; ms. */
const shortestPoll = 100;

/** The operation behind a command; a seal asks the action's participant. */
export function operationOf(step: Step, op: Op): Operation {
  return op === 'undo' && step.compensation !== undefined ? step.compensation : step.action;
}

function delaysOf(step: Step, op: Op): Record<string, (args: { context: SagaContext }) => number> {
  const name = commandName(step.name, op);
  const { timeout, retry } = operationOf(step, op);
  return {
    [`${name}.timeout`]: () => timeout,
    [`${name}.backoff`]: ({ context }) =>
      retryDelay(retry, Math.max(1, attemptsUsed(context, step.name, op)), `${context.id}:${name}`),
    [`${name}.poll`]: ({ context }) =>
      Math.max(shortestPoll, context.steps[step.name]?.pollAfter ?? retry.initialInterval),
  };
}

/** Steps that never completed first, then the last completed. */
function undoneNext(context: SagaContext, of: readonly string[]): string | undefined {
  const rank = (step: string) => context.steps[step]?.ordinal ?? Number.POSITIVE_INFINITY;
  return of
    .filter((step) => owesUndo(context, step))
    .toSorted((a, b) => (rank(a) === rank(b) ? 0 : rank(b) - rank(a)))[0];
}

function skipped(
  context: SagaContext,
  event: EventData,
  { step, byPerson, isDecided }: SkipParams,
): SagaContext {
  const next = withStep(abandoned(context, step), step, { status: 'skipped' });
  // What an author lets people decide keeps the promise, unless the skipped action may have had an effect.
  if (byPerson !== true && (isDecided !== true || !owesUndo(next, step))) return next;
  return {
    ...next,
    overridden: true,
    results: event.result === undefined ? next.results : { ...next.results, [step]: event.result },
  };
}

/** A person says how it ended: the action happened (`do`), never will (`seal`), or its effect is undone (`undo`). */
function resolved(context: SagaContext, event: EventData, step: string, op: Op): SagaContext {
  if (op === 'undo') return compensated(context, step);
  return op === 'do'
    ? completed(context, step, event.result)
    : withStep(context, step, {
        status: 'failed',
        inFlight: undefined,
        inDoubt: undefined,
        refusedInDoubt: undefined,
      });
}

/** Whether a forward step is over. */
function isSettled(context: SagaContext, step: string): boolean {
  return ['completed', 'skipped'].includes(context.steps[step]?.status ?? '');
}

/** All attempts are granted anew. */
function retried(context: SagaContext, step: string, op: Op): SagaContext {
  // An action that is tried again may come into doubt again: then it is sealed with all attempts, too.
  const isSealed = op === 'do' && context.steps[step]?.attempts.seal !== undefined;
  const next = forgiven(isSealed ? forgiven(context, step, 'seal') : context, step, op);
  return op === 'do' ? renewed(next, step) : next;
}

/** An action proven to have no effect runs under a new key: the old one is refused for ever. */
function renewed(context: SagaContext, step: string): SagaContext {
  const record = context.steps[step];
  if (record === undefined || record.inFlight === true || owesUndo(context, step)) return context;
  return withStep(context, step, { generation: record.generation + 1 });
}

/** What the saga was going to turn back for did not come true; a deadline that passed is still remembered. */
function absolved(context: SagaContext): SagaContext {
  const late = context.cause?.type === 'timedOut' ? { late: true as const } : {};
  return { ...context, cause: null, rewind: undefined, ...late };
}

function blamed(
  before: SagaContext,
  event: EventData,
  { step, type }: { step?: string; type: CauseType },
): SagaContext {
  const context = dropped(before);
  if (context.cause !== null) return context;
  const error = step === undefined ? undefined : context.steps[step]?.error;
  return {
    ...context,
    cause: {
      type,
      ...(step === undefined ? {} : { step }),
      ...(error === undefined ? {} : { error }),
      ...(event.actor === undefined ? {} : { actor: event.actor }),
      ...(event.reason === undefined ? {} : { reason: event.reason }),
    },
  };
}

function parked(
  before: SagaContext,
  event: EventData,
  { command, step, why }: { command: string; step: string; why: Parked['why'] },
): SagaContext {
  const context = dropped(before);
  const error = event.error ?? context.steps[step]?.error;
  return { ...context, parked: { command, why, ...(error === undefined ? {} : { error }) } };
}
