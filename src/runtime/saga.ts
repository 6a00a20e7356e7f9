import type { Cause, Parked, SagaContext, StepStatus } from '../core/context.ts';
import { ConflictError, type Failure, SagaFailedError } from '../core/errors.ts';
import { isClosed, isSettled, parseSnapshot, stateText } from '../core/snapshot.ts';
import { isSignalled } from '../core/signal.ts';
import { type Step, type StepKind, stepsOf, waitsOf } from '../core/steps.ts';
import type { DefinitionRef, SagaFault, SagaRecord, SagaStatus } from '../core/store.ts';
import { legalActions, legalSignals, type OperatorAction, type SagaLogic } from '../core/transition.ts';

/** A saga in a list: what its row says, without its data. Times in ms since the epoch. */
export interface SagaSummary {
  readonly tenant: string;
  readonly id: string;
  readonly definition: DefinitionRef;
  readonly status: SagaStatus;
  /** The step or parked command at hand. */
  readonly step: string | null;
  /** Whose answer is awaited, or would be asked again. */
  readonly participant: string | null;
  readonly cause: Cause['type'] | null;
  /** The failure that it deals with, turned back for, or waits for a person with. */
  readonly error: SagaFault | null;
  /** A person overrode the saga property. */
  readonly isOverridden: boolean;
  readonly attributes: Readonly<Record<string, string>>;
  /** Grows by one with each transition. */
  readonly version: number;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly closedAt: number | null;
  readonly deadlineAt: number | null;
}

/** One step of a saga, as people look at it. */
export interface StepState {
  readonly name: string;
  readonly kind: StepKind;
  readonly status: StepStatus | 'pending';
  /** The action may have had an effect that nobody confirmed. */
  readonly inDoubt: boolean;
  readonly attempts: number;
  readonly undoAttempts: number;
  readonly result?: unknown;
  readonly error?: Failure;
}

/** A signal that a saga waits for sooner or later. */
export interface SignalState {
  readonly name: string;
  /** `kept`: it came before the saga waited for it. `missed`: it did not come in time. */
  readonly status: 'pending' | 'awaited' | 'kept' | 'received' | 'skipped' | 'missed';
  /** Whether the saga hears it now. */
  readonly isHeard: boolean;
}

/** A saga with everything there is to say about it now. */
export interface Saga extends SagaSummary {
  /** The chart's state, such as `running.charge.executing`. */
  readonly state: string;
  readonly input: unknown;
  readonly results: Readonly<Record<string, unknown>>;
  readonly steps: readonly StepState[];
  readonly signals: readonly SignalState[];
  /** Since when it sends no new command; `at` in ms since the epoch. */
  readonly paused: { readonly at: number; readonly by: string | null; readonly reason: string | null } | null;
  /** The step that it goes back to, to go forward again from there. */
  readonly goesBackTo: string | null;
  readonly causedBy: Cause | null;
  /** Why it waits for a person. */
  readonly parked: Parked | null;
  /** The deadline passed at or after the point of no return. */
  readonly isLate: boolean;
  /** What an operator may do now. */
  readonly legal: readonly OperatorAction[];
  /** When the chart moves by itself next, by the event that does it; ms since the epoch. */
  readonly timers: Readonly<Record<string, number>>;
}

/** What a row says by itself. */
export function toSummary(record: SagaRecord): SagaSummary {
  const {
    tenant,
    id,
    definition,
    status,
    step,
    participant,
    cause,
    error,
    isOverridden,
    attributes,
    version,
    createdAt,
    updatedAt,
    closedAt,
    deadlineAt,
  } = record;
  return {
    tenant,
    id,
    definition,
    status,
    step,
    participant,
    cause,
    error,
    isOverridden,
    attributes,
    version,
    createdAt,
    updatedAt,
    closedAt,
    deadlineAt,
  };
}

/** A row, read with its definition. Throws when the snapshot does not fit it. */
export function toSaga(record: SagaRecord, { plan, machine }: SagaLogic): Saga {
  const snapshot = parseSnapshot(machine, record.snapshot);
  const { context } = snapshot.state;
  return {
    ...toSummary(record),
    state: stateText(snapshot),
    input: context.input,
    results: context.results,
    steps: stepsOf(plan).map((step) => toStepState(step, context, record.status)),
    signals: waitsOf(plan).map(({ name }) => toSignalState(name, context, legalSignals(plan, snapshot))),
    paused: toPaused(context),
    goesBackTo: context.rewind ?? null,
    causedBy: context.cause,
    parked: context.parked,
    isOverridden: context.overridden === true,
    isLate: context.late === true,
    legal: legalActions(snapshot),
    timers: snapshot.timers,
  };
}

function toSignalState(name: string, context: SagaContext, heard: readonly string[]): SignalState {
  const statuses = {
    completed: 'received',
    skipped: 'skipped',
    failed: 'missed',
    running: 'awaited',
  } as const;
  const status = context.steps[name]?.status ?? 'pending';
  const unasked = isSignalled(context, name) ? 'kept' : 'pending';
  return {
    name,
    status: status in statuses ? statuses[status as keyof typeof statuses] : unasked,
    isHeard: heard.includes(name),
  };
}

function toPaused({ paused }: SagaContext): Saga['paused'] {
  return paused === undefined
    ? null
    : { at: paused.at, by: paused.actor ?? null, reason: paused.reason ?? null };
}

function toStepState({ name, kind }: Step, context: SagaContext, status: SagaStatus): StepState {
  const record = context.steps[name];
  const result = context.results[name];
  // Left behind when the saga turned back, with nothing to undo: nobody waits for it.
  const isLeft =
    record?.status === 'running' &&
    (status === 'compensating' || isClosed(status)) &&
    record.inFlight !== true;
  return {
    name,
    kind,
    status: isLeft ? 'failed' : (record?.status ?? 'pending'),
    inDoubt: record?.inDoubt === true,
    attempts: record?.attempts.do ?? 0,
    undoAttempts: record?.attempts.undo ?? 0,
    ...(result === undefined ? {} : { result }),
    ...(record?.error === undefined ? {} : { error: record.error }),
  };
}

/** The results of a saga that had `timeout` ms to settle. Throws `SagaFailedError`, and `ConflictError` when it goes on. */
export function toResults(saga: Saga, timeout: number): Saga['results'] {
  if (!isSettled(saga.status))
    throw new ConflictError(`saga '${saga.id}' is not settled after ${timeout} ms; it goes on`);
  if (saga.status !== 'completed') throw toSagaFailedError(saga);
  return saga.results;
}

/** What `execute` rejects with when a saga ended otherwise than completed. */
function toSagaFailedError(saga: Saga): SagaFailedError {
  const failure = saga.causedBy?.error ?? saga.parked?.error;
  const compensationFailures = saga.steps
    .filter(({ status, error }) => status === 'compensating' && error !== undefined)
    .flatMap(({ error }) => (error === undefined ? [] : [error]));
  const because = failure === undefined ? '' : `: ${failure.message}`;
  return new SagaFailedError(`saga '${saga.id}' is ${saga.status}${because}`, {
    sagaId: saga.id,
    status: saga.status,
    failure,
    compensationFailures,
  });
}
