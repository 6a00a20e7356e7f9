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
  /** The command that would have been sent, were the saga not paused. */
  readonly held?: Op;
  /** The action was sent and is awaited. */
  readonly inFlight?: true;
  /** The action may have had an effect that nobody confirmed. */
  readonly inDoubt?: true;
  /** It was refused while in doubt: under this key it may be refused for ever. Sealed before it is tried again, under a new one. */
  readonly refusedInDoubt?: true;
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
  readonly why: 'refused' | 'exhausted' | 'engine' | 'unanswered';
  readonly error?: Failure;
}

/** Since when a saga sends no new commands, and who wanted that. */
export interface Pause {
  /** ms since the epoch. */
  readonly at: number;
  readonly actor?: string;
  readonly reason?: string;
}

/** The statechart's data: plain JSON, as small as the decisions allow. What is `undefined` is gone once it is JSON: XState only ever adds keys. */
export interface SagaContext<Input = unknown> {
  readonly id: string;
  readonly input: Input;
  readonly results: Readonly<Record<string, unknown>>;
  readonly steps: Readonly<Record<string, StepRecord>>;
  readonly cause: Cause | null;
  readonly parked: Parked | null;
  /** The deadline passed at or after the point of no return. */
  readonly late?: true;
  /** A person overrode the saga property (skipped, resolved, abandoned, changed an input); stays for ever. */
  readonly overridden?: true;
  /** Where the saga's start was in a distributed trace: its commands come under it, whichever node sends them. */
  readonly traceparent?: string;
  /** No new command is sent for now. */
  readonly paused?: Pause | undefined;
  /** Signals that came before the saga waited for them: their data by name. */
  readonly signals?: Readonly<Record<string, unknown>> | undefined;
  /** Inputs that a person gave instead of the definition's, by command. */
  readonly inputs?: Readonly<Record<string, unknown>>;
  /** The node back to which everything is undone, to go forward from there again. */
  readonly rewind?: string | undefined;
  /** Of steps that were undone to be run again: the generation of their next run. */
  readonly generations?: Readonly<Record<string, number>>;
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
  readonly choice?: string;
  readonly input?: unknown;
  readonly to?: string;
  readonly name?: string;
  readonly data?: unknown;
  /** ms since the epoch. */
  readonly at?: number;
  /** Commands that were handed out and not sent yet. */
  readonly unsent?: readonly string[];
}

const fresh: StepRecord = { status: 'running', attempts: {}, generation: 1 };

/** The context with one step's record changed; keys set to `undefined` are gone once the snapshot is JSON. */
export function withStep(
  context: SagaContext,
  step: string,
  patch: { readonly [Key in keyof StepRecord]?: StepRecord[Key] | undefined },
): SagaContext {
  // `Object.assign`, here and on the rest of this path: a literal that begins with a spread costs seven times as much on Node 20.
  const record = Object.assign({}, context.steps[step] ?? freshOf(context, step), patch) as StepRecord;
  return Object.assign({}, context, { steps: Object.assign({}, context.steps, { [step]: record }) });
}

/** What a step begins with; one that was undone to be run again has another generation. */
function freshOf({ generations }: SagaContext, step: string): StepRecord {
  const generation = generations?.[step];
  return generation === undefined ? fresh : { ...fresh, generation };
}

/** A command is about to be sent; that of a paused saga is held. */
export function attempted(context: SagaContext, step: string, op: Op): SagaContext {
  const before = context.steps[step] ?? fresh;
  const attempts = { ...before.attempts, [op]: (before.attempts[op] ?? 0) + 1 };
  if (context.paused !== undefined) return held(context, step, { before, op, attempts });
  if (op === 'undo')
    return withStep(context, step, { attempts, status: 'compensating', pollAfter: undefined });
  // A seal has no effect: turning back need not wait for its answer.
  if (op === 'seal') return withStep(context, step, { attempts, status: 'running', pollAfter: undefined });
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

/** An attempt that waits for the saga to be resumed: it is not in flight. */
function held(
  context: SagaContext,
  step: string,
  { before, op, attempts }: { readonly before: StepRecord; readonly op: Op; readonly attempts: object },
): SagaContext {
  const patch = { attempts, held: op, pollAfter: undefined };
  if (op === 'undo') return withStep(context, step, { ...patch, status: 'compensating' });
  const inDoubt = before.inDoubt === true || before.inFlight === true ? true : undefined;
  return withStep(context, step, { ...patch, status: 'running', inFlight: undefined, inDoubt });
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
      return op === 'seal' ? settledBySeal(context, step, error) : refused(context, step, { doubt, error });
    case 'sealed':
      return settledBySeal(context, step, error);
    case 'unreachable':
      return withStep(context, step, { inFlight: undefined, inDoubt: doubt, error });
    default:
      return withStep(context, step, { inFlight: undefined, inDoubt: true, error });
  }
}

function refused(
  context: SagaContext,
  step: string,
  { doubt, error }: { readonly doubt: true | undefined; readonly error: Failure },
): SagaContext {
  return withStep(context, step, { inFlight: undefined, inDoubt: doubt, refusedInDoubt: doubt, error });
}

/** The action has no effect and never will: nothing is in doubt any more. */
function settledBySeal(context: SagaContext, step: string, error: Failure): SagaContext {
  return withStep(context, step, {
    inFlight: undefined,
    inDoubt: undefined,
    refusedInDoubt: undefined,
    error,
  });
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
    refusedInDoubt: undefined,
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
    refusedInDoubt: undefined,
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
