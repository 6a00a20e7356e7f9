import type { Cause, Parked, SagaContext, StepStatus } from '../core/context.ts';
import { type Failure, SagaFailedError } from '../core/errors.ts';
import { isClosed, parseSnapshot, stateText } from '../core/snapshot.ts';
import { type Step, type StepKind, stepsOf } from '../core/steps.ts';
import type { DefinitionRef, SagaRecord, SagaStatus } from '../core/store.ts';
import { legalActions, type OperatorAction, type SagaLogic } from '../core/transition.ts';

/** A saga in a list: what its row says, without its data. Times in ms since the epoch. */
export interface SagaSummary {
  readonly tenant: string;
  readonly id: string;
  readonly definition: DefinitionRef;
  readonly status: SagaStatus;
  /** The step or parked command at hand. */
  readonly step: string | null;
  readonly cause: Cause['type'] | null;
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

/** A saga with everything there is to say about it now. */
export interface Saga extends SagaSummary {
  /** The chart's state, such as `running.charge.executing`. */
  readonly state: string;
  readonly input: unknown;
  readonly results: Readonly<Record<string, unknown>>;
  readonly steps: readonly StepState[];
  readonly causedBy: Cause | null;
  /** Why it waits for a person. */
  readonly parked: Parked | null;
  /** A person overrode the saga property. */
  readonly isOverridden: boolean;
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
    cause,
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
    cause,
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
    causedBy: context.cause,
    parked: context.parked,
    isOverridden: context.overridden === true,
    isLate: context.late === true,
    legal: legalActions(snapshot),
    timers: snapshot.timers,
  };
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

/** What `execute` rejects with when a saga ended otherwise than completed. */
export function toSagaFailedError(saga: Saga): SagaFailedError {
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
