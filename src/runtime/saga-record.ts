import type { PendingHook } from '../core/hooks.ts';
import { ringing } from '../core/pause.ts';
import { toFacets } from '../core/saga-facets.ts';
import { isClosed, isSettled, stateText, statusOf, toStored } from '../core/snapshot.ts';
import type { SagaPlan } from '../core/steps.ts';
import type { SagaKey, SagaOrigin, SagaRecord, SagaState, SagaWrite } from '../core/store.ts';
import type { Move, SagaEvent } from '../core/transition.ts';

/** A saga that waits longer than this for nothing but a timer is let go of: it costs a row, no memory; ms. */
export const letGoAfter = 3_000;

/** What a write needs to know besides the move. */
export interface WriteOptions {
  readonly plan: SagaPlan;
  readonly event: SagaEvent | { readonly type: 'start'; readonly [key: string]: unknown };
  readonly hooks: readonly PendingHook[];
  /** The node that goes on driving the saga; `null`: nobody yet. */
  readonly node: string | null;
  /** ms since the epoch. */
  readonly now: number;
  /** Whether the node has something to wait for besides timers. */
  readonly hasWork: boolean;
}

/** A saga's key as one word, for maps. */
export function toId({ tenant, id }: SagaKey): string {
  return `${tenant}:${id}`;
}

/** The transition of a saga that is driven, as a write. */
export function toWrite(record: SagaRecord, move: Move, options: WriteOptions): SagaWrite {
  const { tenant, id, version, epoch, status, error, isOverridden } = record;
  return {
    key: { tenant, id },
    expected: { version, epoch, status, error, isOverridden },
    origin: null,
    state: toState(move, options, record),
    entry: toEntry(move, options),
  };
}

/** The start of a saga, as a write. */
export function toStart(key: SagaKey, origin: SagaOrigin, move: Move, options: WriteOptions): SagaWrite {
  return {
    key,
    expected: null,
    origin,
    state: toState(move, options, undefined),
    entry: toEntry(move, options),
  };
}

/** The row after a write was made durable. */
export function toRecord(
  before: SagaOrigin & Pick<SagaRecord, 'version' | 'epoch'>,
  { key, state, entry }: SagaWrite,
): SagaRecord {
  // Field by field, which costs a twentieth of spreading: this runs for every transition.
  return {
    tenant: key.tenant,
    id: key.id,
    definition: before.definition,
    deadlineAt: before.deadlineAt,
    attributes: before.attributes,
    idempotencyKey: before.idempotencyKey,
    requestHash: before.requestHash,
    createdAt: before.createdAt,
    version: before.version + 1,
    epoch: before.epoch,
    claims: 0,
    updatedAt: entry.at,
    status: state.status,
    snapshot: state.snapshot,
    step: state.step,
    participant: state.participant,
    cause: state.cause,
    error: state.error,
    isOverridden: state.isOverridden,
    owner: state.owner,
    dueAt: state.dueAt,
    hooks: state.hooks,
    closedAt: state.closedAt,
  };
}

function toState(
  { snapshot }: Move,
  { plan, hooks, node, now, hasWork }: WriteOptions,
  before: SagaRecord | undefined,
): SagaState {
  const status = statusOf(snapshot);
  const due = isSettled(status) ? [] : Object.values(ringing(snapshot));
  // Without a timer it is at rest, or waits for a signal.
  const alarm = due.length === 0 ? null : Math.min(...due);
  const isDone = isSettled(status) && hooks.length === 0;
  const isDriven = node !== null && (hasWork || (alarm !== null && alarm - now <= letGoAfter));
  const facets = toFacets(plan, snapshot, { now, before: before?.error ?? null });
  return {
    status,
    snapshot: JSON.stringify(toStored(snapshot)),
    step: facets.step,
    participant: facets.participant,
    error: facets.error,
    isOverridden: facets.isOverridden,
    cause: snapshot.state.context.cause?.type ?? null,
    owner: isDriven ? node : null,
    // A driven saga's alarms are its node's; the column stays as it is, so that the row's indexes need no change.
    dueAt: isDriven ? (before?.dueAt ?? null) : node === null && !isDone ? now : alarm,
    hooks: hooks.length === 0 ? null : JSON.stringify(hooks),
    closedAt: isClosed(status) ? now : null,
  };
}

function toEntry({ snapshot }: Move, { event, now }: WriteOptions): SagaWrite['entry'] {
  const { type, ...data } = event;
  return {
    type,
    data: JSON.stringify(data),
    status: statusOf(snapshot),
    state: stateText(snapshot),
    at: now,
  };
}
