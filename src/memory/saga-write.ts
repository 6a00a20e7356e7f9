import { StorageRefusedError } from '../core/errors.ts';
import { isStorable } from '../core/storable.ts';
import type { SagaOrigin, SagaRecord, SagaWrite } from '../core/store.ts';

/** The record of a saga that starts. */
export function started({
  key: { tenant, id },
  origin,
  state,
  entry,
}: Pick<SagaWrite, 'key' | 'state' | 'entry'> & { readonly origin: SagaOrigin }): SagaRecord {
  return {
    ...origin,
    ...toState(state),
    deadlineAt: toInstant(origin.deadlineAt),
    createdAt: Math.round(origin.createdAt),
    updatedAt: Math.round(entry.at),
    tenant,
    id,
    definition: { ...origin.definition },
    attributes: { ...origin.attributes },
    version: 1,
    epoch: 1,
    claims: 0,
  };
}

/** The record after a move; `undefined` when the move is from a stale version or epoch. */
export function moved(
  { expected, state, entry }: SagaWrite,
  before: SagaRecord | undefined,
): SagaRecord | undefined {
  if (before === undefined || before.version !== expected?.version || before.epoch !== expected.epoch)
    return undefined;
  return {
    ...before,
    ...toState(state),
    version: before.version + 1,
    claims: 0,
    updatedAt: Math.round(entry.at),
  };
}

/** Only the state's own columns: the caller's object may hold more. */
function toState({
  status,
  snapshot,
  step,
  participant,
  cause,
  error,
  isOverridden,
  owner,
  dueAt,
  hooks,
  closedAt,
}: SagaWrite['state']): SagaWrite['state'] {
  return {
    status,
    snapshot,
    step,
    participant,
    cause,
    error: error === null ? null : { ...error, at: Math.round(error.at) },
    isOverridden,
    owner,
    dueAt: toInstant(dueAt),
    hooks,
    closedAt: toInstant(closedAt),
  };
}

/** Refuses what the databases refuse: NUL and lone surrogates in any text, and a start without its origin. */
export function refuse(txId: string, { key, expected, origin, state, entry }: SagaWrite): void {
  if (expected === null && origin === null)
    throw new StorageRefusedError(`saga ${JSON.stringify(key)} starts without an origin`);
  if (!isStorable([txId, key, origin, state, entry]))
    throw new StorageRefusedError(`saga ${JSON.stringify(key)} holds text that cannot be stored`);
}

/** Whole milliseconds, as the databases keep them. */
export function toInstant(instant: number | null): number | null {
  return instant === null ? null : Math.round(instant);
}
