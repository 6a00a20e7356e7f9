import { ConflictError, NotAllowedError, ValidationError } from '../core/errors.ts';
import { refusalOf } from '../core/refusal.ts';
import { recallRequest } from '../core/requests.ts';
import type { SagaSnapshot, StoredSnapshot } from '../core/snapshot.ts';
import type { SagaRecord } from '../core/store.ts';
import { advance, legalActions, type Move, type SagaEvent, type SagaLogic } from '../core/transition.ts';

/** What becomes of an event: the saga moves; it did so before, for the same request; or it will not. */
export type Decision =
  | { readonly type: 'move'; readonly move: Move }
  | { readonly type: 'repeated' }
  | { readonly type: 'refused'; readonly error: Error };

/** A saga as a decision needs it. */
export interface DecidedSaga {
  readonly logic: SagaLogic;
  readonly record: Pick<SagaRecord, 'id' | 'version' | 'deadlineAt'>;
  readonly snapshot: SagaSnapshot;
}

/** Decides upon an event at `now` (ms since the epoch). Throws what the definition's own code throws. */
export function decide(
  { logic, record, snapshot }: DecidedSaga,
  { event, ifVersion }: { readonly event: SagaEvent; readonly ifVersion?: number },
  now: number,
): Decision {
  const known = recallRequest(snapshot.requests, event);
  if (known === 'same') return { type: 'repeated' };
  if (known === 'other') return { type: 'refused', error: keyTaken(record.id) };
  if (isStale(record, ifVersion)) return { type: 'refused', error: movedOn(record, ifVersion) };
  const move = advance(logic, snapshot, event, { now, deadline: record.deadlineAt ?? undefined });
  if (move !== undefined) return { type: 'move', move };
  const error = new NotAllowedError(refusalOf(logic, snapshot, event), legalActions(snapshot));
  return { type: 'refused', error };
}

/**
 * A closed saga moves no more: its row, when this very request was carried out before. Else throws `ConflictError` when it is
 * not at `ifVersion`, for who looked at another version asked for something else, and `NotAllowedError` when it is.
 */
export function closedAnswer(record: SagaRecord, event: SagaEvent, ifVersion?: number): SagaRecord {
  const known = recallRequest((JSON.parse(record.snapshot) as StoredSnapshot).requests, event);
  if (known === 'same') return record;
  if (known === 'other') throw keyTaken(record.id);
  if (isStale(record, ifVersion)) throw movedOn(record, ifVersion);
  throw new NotAllowedError(
    `'${event.type}' is not possible: saga '${record.id}' is ${record.status}, which is final`,
  );
}

type Versioned = Pick<SagaRecord, 'id' | 'version'>;

function isStale({ version }: Versioned, ifVersion: number | undefined): ifVersion is number {
  return ifVersion !== undefined && ifVersion !== version;
}

/** What says that the saga is not as the caller saw it. */
function movedOn({ id, version }: Versioned, ifVersion: number): ConflictError {
  return new ConflictError(`saga '${id}' is at version ${version}, not ${ifVersion}: look at it again`);
}

/** What says that another request was carried out under an idempotency key. */
function keyTaken(id: string): ValidationError {
  return new ValidationError(
    `the idempotency key was used for another action on saga '${id}': use a new one`,
    [{ path: '/idempotencyKey', message: 'belongs to another request' }],
  );
}
