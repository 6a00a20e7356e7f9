import type { z } from 'zod';
import type { AnySagaDefinition } from '../core/definition.ts';
import { membersOf, type Operation, type SagaNode, type Step, type Wait, waitsOf } from '../core/steps.ts';
import type { JournalRow } from '../core/store.ts';
import type { Saga, SagaSummary } from '../runtime/saga.ts';
import type { HistoryBody, SagaBody, SagaSummaryBody } from './saga-schemas.ts';
import type { DefinitionBody } from './system-schemas.ts';

/** A saga of a list as JSON: times are ISO texts. */
export function toSummaryBody({
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
  ...times
}: SagaSummary): z.infer<typeof SagaSummaryBody> {
  return {
    tenant,
    id,
    definition: { name: definition.name, version: definition.version, hash: definition.hash },
    status,
    step,
    participant,
    cause,
    error: error && { ...error, at: toIso(error.at) },
    isOverridden,
    attributes: { ...attributes },
    version,
    createdAt: toIso(times.createdAt),
    updatedAt: toIso(times.updatedAt),
    closedAt: times.closedAt === null ? null : toIso(times.closedAt),
    deadlineAt: times.deadlineAt === null ? null : toIso(times.deadlineAt),
  };
}

/** A saga as JSON: times are ISO texts. */
export function toSagaBody(saga: Saga): z.infer<typeof SagaBody> {
  const { state, input, results, steps, causedBy, parked, isOverridden, isLate, legal, timers } = saga;
  const { signals, paused, goesBackTo } = saga;
  return {
    ...toSummaryBody(saga),
    state,
    input: input ?? null,
    results: { ...results },
    steps: steps.map((step) => ({ ...step })),
    signals: signals.map((signal) => ({ ...signal })),
    paused: paused === null ? null : { ...paused, at: toIso(paused.at) },
    goesBackTo,
    causedBy,
    parked,
    isOverridden,
    isLate,
    legal: [...legal],
    timers: Object.fromEntries(Object.entries(timers).map(([event, at]) => [event, toIso(at)])),
  };
}

/** A line of the journal as JSON. */
export function toEntryBody({
  seq,
  type,
  status,
  state,
  at,
  data,
}: JournalRow): z.infer<typeof HistoryBody>['items'][number] {
  return { seq, type, status, state, at: toIso(at), data: JSON.parse(data) as Record<string, unknown> };
}

/** A definition as JSON: what it does, without its functions. Durations in ms. */
export function toDefinitionBody({ plan, ref, options }: AnySagaDefinition): z.infer<typeof DefinitionBody> {
  return {
    name: ref.name,
    version: ref.version,
    hash: ref.hash,
    description: plan.description,
    timeoutMs: plan.timeout ?? null,
    metadata: { ...options.metadata },
    steps: plan.nodes.flatMap(toStepBodies),
    signals: waitsOf(plan).map(toSignalBody),
  };
}

type StepDefinition = z.infer<typeof DefinitionBody>['steps'][number];
type SignalDefinition = z.infer<typeof DefinitionBody>['signals'][number];

function toStepBodies(node: SagaNode): readonly StepDefinition[] {
  return membersOf(node).map((step) => toStepBody(step, node.type === 'group' ? node.name : null));
}

function toStepBody(step: Step, group: string | null): StepDefinition {
  const { name, kind, description, action, compensation, onFailure, onExhausted } = step;
  return {
    name,
    kind,
    group,
    description,
    action: toText(action),
    compensation: compensation === undefined ? null : toText(compensation),
    isConditional: step.when !== undefined,
    onFailure,
    onExhausted,
    timeoutMs: action.timeout,
    maximumAttempts: action.retry.maximumAttempts,
  };
}

function toSignalBody({ name, description, timeout, onTimeout, when }: Wait): SignalDefinition {
  return { name, description, timeoutMs: timeout ?? null, onTimeout, isConditional: when !== undefined };
}

function toText({ participant, operation }: Operation): string {
  return `${participant}.${operation}`;
}

function toIso(at: number): string {
  return new Date(at).toISOString();
}
