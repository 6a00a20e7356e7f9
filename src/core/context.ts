import type { Failure } from './errors.ts';
import { classified } from './failure-category.ts';
import type { CauseType } from './store.ts';
import type { Op } from './transport.ts';

/** Where a step is, as people read it. */
export type StepStatus = 'running' | 'completed' | 'failed' | 'compensating' | 'compensated' | 'skipped';

/** What a saga remembers of a step it came to. */
export interface StepRecord {
  readonly status: StepStatus;
  /** How often each command was sent. */
  readonly attempts: Readonly<Partial<Record<Op, number>>>;
  /** Attempts that do not count against the retry policy: those before an operator's retry, and answers "in progress". */
  readonly forgiven?: Readonly<Partial<Record<Op, number>>>;
  /** Part of the idempotency key; raised when a step that is proven to have no effect is run anew. */
  readonly generation: number;
  /** The action was sent and is awaited. */
  readonly inFlight?: true;
  /** The action may have had an effect that nobody confirmed. */
  readonly inDoubt?: true;
  /** The undo of a refused action was asked for (`undo: 'always'`). */
  readonly undoAnyway?: true;
  /** The how-manieth step to complete; parallel steps are undone in the reverse of it. */
  readonly ordinal?: number;
  /** How long an "in progress" asked to wait; ms. */
  readonly pollAfter?: number;
  /** The last failure of any of its commands. */
  readonly error?: Failure;
}

/** Why a saga went backward, and who or what caused it. */
export interface Cause {
  readonly type: CauseType;
  readonly step?: string;
  readonly error?: Failure;
  readonly actor?: string;
  readonly reason?: string;
}

/** Why a saga waits for a person. */
export interface Parked {
  /** The command that cannot go on: `charge`, `undoCharge`. */
  readonly command: string;
  readonly why: 'refused' | 'exhausted' | 'engine';
  readonly error?: Failure;
}

/** The statechart's data: plain JSON, as small as the decisions allow. */
export interface SagaContext<Input = unknown> {
  readonly id: string;
  readonly input: Input;
  readonly results: Readonly<Record<string, unknown>>;
  readonly steps: Readonly<Record<string, StepRecord>>;
  readonly cause: Cause | null;
  readonly parked: Parked | null;
  /** The deadline passed at or after the point of no return. */
  readonly late?: true;
  /** A person overrode the saga property (skipped, resolved, abandoned); stays for ever. */
  readonly overridden?: true;
}

/** How an attempt ended, from the statechart's view: the replies, and its own timeout. */
export type Outcome =
  | 'succeeded'
  | 'refused'
  | 'failed'
  | 'unreachable'
  | 'lost'
  | 'timedOut'
  | 'inProgress'
  | 'sealed';

/** What an event may carry, seen by the statechart's actions. */
export interface EventData {
  readonly type: string;
  readonly result?: unknown;
  readonly error?: Failure;
  readonly retryable?: boolean;
  readonly retryAfter?: number;
  /** The attempt was sent again after a takeover: whether an earlier sending arrived is unknown. */
  readonly resent?: boolean;
  readonly as?: string;
  readonly actor?: string;
  readonly reason?: string;
}

const fresh: StepRecord = { status: 'running', attempts: {}, generation: 1 };

/** The context with one step's record changed; keys set to `undefined` are gone once the snapshot is JSON. */
export function withStep(
  context: SagaContext,
  step: string,
  patch: { readonly [Key in keyof StepRecord]?: StepRecord[Key] | undefined },
): SagaContext {
  // `Object.assign`, here and on the rest of this path: a literal that begins with a spread costs seven times as much on Node 20.
  const record = Object.assign({}, context.steps[step] ?? fresh, patch) as StepRecord;
  return Object.assign({}, context, { steps: Object.assign({}, context.steps, { [step]: record }) });
}

/** A command is about to be sent. */
export function attempted(context: SagaContext, step: string, op: Op): SagaContext {
  const before = context.steps[step] ?? fresh;
  const attempts = { ...before.attempts, [op]: (before.attempts[op] ?? 0) + 1 };
  if (op === 'undo')
    return withStep(context, step, { attempts, status: 'compensating', pollAfter: undefined });
  // Still in flight: an earlier attempt was left behind without an answer.
  const inDoubt = before.inDoubt === true || before.inFlight === true ? true : undefined;
  return withStep(context, step, {
    attempts,
    status: 'running',
    inFlight: true,
    inDoubt,
    pollAfter: undefined,
  });
}

/** Nobody waits for the attempt in flight any longer: its outcome is unknown. */
export function abandoned(context: SagaContext, step: string): SagaContext {
  return context.steps[step]?.inFlight === true
    ? withStep(context, step, { inFlight: undefined, inDoubt: true })
    : context;
}

/** What an attempt's end says about the step. The table of the wire protocol, in code. */
export function recorded(
  context: SagaContext,
  at: { readonly step: string; readonly op: Op; readonly outcome: Outcome },
  event: EventData,
): SagaContext {
  const { step, op, outcome } = at;
  if (outcome === 'succeeded')
    return op === 'undo' ? compensated(context, step) : completed(context, step, event.result);
  if (outcome === 'inProgress') return polled(context, step, op, event.retryAfter);
  const error = classified(event.error ?? unsaid(outcome), at);
  if (op === 'undo') return withStep(context, step, { error });
  const before = context.steps[step] ?? fresh;
  const doubt = before.inDoubt === true || event.resent === true ? true : undefined;
  switch (outcome) {
    case 'refused':
      // A seal's answer is the participant's durable word; a refusal of the action says nothing of an earlier attempt in doubt.
      return withStep(context, step, {
        inFlight: undefined,
        inDoubt: op === 'do' ? doubt : undefined,
        error,
      });
    case 'sealed':
      return withStep(context, step, { inFlight: undefined, inDoubt: undefined, error });
    case 'unreachable':
      return withStep(context, step, { inFlight: undefined, inDoubt: doubt, error });
    default:
      return withStep(context, step, { inFlight: undefined, inDoubt: true, error });
  }
}

/** What there is to say about an end that brought no error. */
function unsaid(outcome: Outcome): Failure {
  if (outcome === 'sealed') return { code: 'sealed', message: 'the action never will run' };
  return { code: 'timeout', message: 'no answer within the step’s timeout' };
}

/** The participant is at work, or says so: asked again later, and not counted as an attempt. */
function polled(context: SagaContext, step: string, op: Op, pollAfter: number | undefined): SagaContext {
  const patch = op === 'undo' ? { pollAfter } : { pollAfter, inFlight: undefined, inDoubt: true as const };
  return forgiven(withStep(context, step, patch), step, op, 1);
}

/** The action's effect exists, once. */
export function completed(context: SagaContext, step: string, result: unknown): SagaContext {
  const before = Object.values(context.steps).filter((record) => record.ordinal !== undefined).length;
  const record = {
    status: 'completed',
    inFlight: undefined,
    inDoubt: undefined,
    error: undefined,
    ordinal: before + 1,
  } as const;
  const next = withStep(context, step, record);
  return result === undefined
    ? next
    : Object.assign({}, next, { results: Object.assign({}, context.results, { [step]: result }) });
}

/** The action's effect is undone, or proven never to have been. */
export function compensated(context: SagaContext, step: string): SagaContext {
  return withStep(context, step, {
    status: 'compensated',
    inFlight: undefined,
    inDoubt: undefined,
    undoAnyway: undefined,
    error: undefined,
  });
}

/** Attempts so far no longer count against the retry policy (`count` more of them; all when left out). */
export function forgiven(context: SagaContext, step: string, op: Op, count?: number): SagaContext {
  const record = context.steps[step] ?? fresh;
  const total = count === undefined ? (record.attempts[op] ?? 0) : (record.forgiven?.[op] ?? 0) + count;
  return withStep(context, step, { forgiven: { ...record.forgiven, [op]: total } });
}

/** Attempts that count against the retry policy. */
export function attemptsUsed(context: SagaContext, step: string, op: Op): number {
  const record = context.steps[step];
  return (record?.attempts[op] ?? 0) - (record?.forgiven?.[op] ?? 0);
}

/** Whether a step has, or may have, an effect that is not undone yet. */
export function owesUndo(context: SagaContext, step: string): boolean {
  const record = context.steps[step];
  return (
    record !== undefined &&
    record.status !== 'compensated' &&
    (record.ordinal !== undefined || record.inDoubt === true || record.undoAnyway === true)
  );
}
