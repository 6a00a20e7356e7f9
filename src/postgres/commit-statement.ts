import { isCountedAlike } from '../core/saga-list.ts';
import type { SagaFigures, SagaOrigin, SagaRelease, SagaWrite } from '../core/store.ts';
import { ATTRIBUTE, FIGURES } from './tally-statement.ts';

/** The input's columns, under the names that `toCommitInput` gives them. Instants are ms since the epoch. */
const COLUMNS = `n int, tenant text, id text, expected_version int, expected_epoch int,
  name text, definition_version int, hash text, deadline_at float8, attributes jsonb, idempotency_key text, request_hash text, created_at float8,
  status text, snapshot text, step text, participant text, cause text, owner text, due_at float8, hooks text, closed_at float8,
  fault json, overridden boolean, was json,
  entry_type text, entry_data text, entry_status text, entry_state text, entry_at float8`;

/** The columns of a fault, from the input. */
export const FAULT = `fault->>'step', fault->>'op', fault->>'code', fault->>'message', to_timestamp((fault->>'at')::float8 / 1000.0)`;

const instant = (column: string) => `to_timestamp(${column} / 1000.0)`;

/**
 * Writes a batch in one statement: $1 is the transaction's id, $2 the batch as JSON (`toCommitInput`); gives the `n` of
 * those that were written. The text is the same for every batch, so it is parsed and planned once for each connection;
 * one JSON parameter costs the client half of what an array for each column does, and the server the same.
 * No join of batch and journal: the update returns its input, and `is true` keeps the `in` a lookup in a hash.
 * A saga whose figures change leaves one count and comes to another: as rows of their own, which nobody else waits for.
 */
export const COMMIT = `
with input as materialized (select * from json_to_recordset($2::json) as input (${COLUMNS})),
started as (
  insert into sagas (tenant, id, name, definition_version, hash, status, snapshot, version, epoch, owner, due_at, deadline_at,
    cause, step, participant, error_step, error_op, error_code, error_message, error_at, overridden,
    attributes, hooks, idempotency_key, request_hash, created_at, updated_at, closed_at)
  select tenant, id, name, definition_version, hash, status, snapshot, 1, 1, owner, ${instant('due_at')}, ${instant('deadline_at')},
    cause, step, participant, ${FAULT}, coalesce(overridden, false),
    attributes, hooks, idempotency_key, request_hash, ${instant('created_at')}, ${instant('entry_at')}, ${instant('closed_at')}
  from input where expected_version is null
  on conflict do nothing
  returning tenant, id, attributes, created_at
),
moved as (
  update sagas saga set status = input.status, snapshot = input.snapshot, version = saga.version + 1, claims = 0, owner = input.owner,
    due_at = ${instant('input.due_at')}, cause = input.cause, step = input.step, participant = input.participant,
    (error_step, error_op, error_code, error_message, error_at) = row(${FAULT}), overridden = coalesce(input.overridden, false), hooks = input.hooks,
    updated_at = ${instant('input.entry_at')}, closed_at = ${instant('input.closed_at')}
  from input
  where saga.tenant = input.tenant and saga.id = input.id
    and saga.version = input.expected_version and saga.epoch = input.expected_epoch
  returning saga.name as saga_name, saga.definition_version as saga_version, input.*
),
written as (
  select * from moved
  union all
  select name, definition_version, input.* from input
  where expected_version is null and ((tenant, id) in (select tenant, id from started)) is true
),
labelled as (
  insert into saga_attributes (key, value, tenant, created_at, saga_id)
  select ${ATTRIBUTE}, tenant, created_at, id from started cross join jsonb_each_text(attributes) attribute
  on conflict do nothing
),
counted as (
  insert into saga_tally_changes (${FIGURES}, change)
  select ${FIGURES}, sum(change) from (
    select tenant, saga_name as name, saga_version as definition_version, status, coalesce(overridden, false) as overridden,
      coalesce(fault->>'step', '') as error_step, coalesce(fault->>'op', '') as error_op, coalesce(fault->>'code', '') as error_code, 1 as change
    from written where expected_version is null or was is not null
    union all
    select tenant, saga_name, saga_version, was->>'status', (was->>'overridden')::boolean, was->>'step', was->>'op', was->>'code', -1
    from written where was is not null
  ) change group by ${FIGURES} having sum(change) <> 0
),
journaled as (
  insert into saga_events (tenant, saga_id, seq, type, data, status, state, at, tx_id)
  select tenant, id, coalesce(expected_version, 0) + 1, entry_type, entry_data, entry_status, entry_state, ${instant('entry_at')}, $1
  from written
)
select n from written`;

/**
 * Which entries of $2 (`toCommittedInput`) are in the journal under the transaction id $1; gives their `n`.
 * As a value, not a join: a join could begin with the journal.
 */
export const COMMITTED = `
select n from json_to_recordset($2::json) as input (n int, tenant text, id text, seq int)
where $1 = (select tx_id from saga_events event where event.tenant = input.tenant and event.saga_id = input.id and event.seq = input.seq)`;

/** Lets go of the sagas in $1 (`toReleaseInput`). */
export const RELEASE = `
update sagas saga set owner = null, due_at = ${instant('input.due_at')}, hooks = input.hooks
from json_to_recordset($1::json) as input (tenant text, id text, version int, epoch int, due_at float8, hooks text)
where saga.tenant = input.tenant and saga.id = input.id and saga.version = input.version and saga.epoch = input.epoch`;

/** The JSON for `COMMIT`. What is `null` is left out. */
export function toCommitInput(writes: readonly SagaWrite[]): string {
  let text = '';
  for (const [n, write] of writes.entries()) {
    const { state, entry, origin } = write;
    const row = Object.assign({ n }, toRow(write), origin === null ? undefined : toOriginRow(origin));
    const rest = JSON.stringify(row).slice(0, -1);
    text += `${n === 0 ? '' : ','}${rest},"snapshot":${embedded(state.snapshot)},"entry_data":${embedded(entry.data)}}`;
  }
  return `[${text}]`;
}

/**
 * JSON that is to become a column's text, as a value of JSON: an object as it is, which the server gives back to the
 * letter, so that neither side has to escape it. Not with escaped characters, which the server would have to understand:
 * those, and what is no object (it is encrypted), are put into a string.
 */
function embedded(text: string): string {
  const isPlain = text.startsWith('{"') && text.endsWith('}') && !text.includes('\\u');
  return isPlain ? text : JSON.stringify(text);
}

/** The JSON for `COMMITTED`. */
export function toCommittedInput(writes: readonly SagaWrite[]): string {
  return JSON.stringify(
    writes.map(({ key, expected }, n) => ({
      n,
      tenant: key.tenant,
      id: key.id,
      seq: (expected?.version ?? 0) + 1,
    })),
  );
}

/** The JSON for `RELEASE`. */
export function toReleaseInput(releases: readonly SagaRelease[]): string {
  return JSON.stringify(
    releases.map(({ key, version, epoch, dueAt, hooks }) => ({
      tenant: key.tenant,
      id: key.id,
      version,
      epoch,
      due_at: dueAt,
      hooks,
    })),
  );
}

function toRow({ key, expected, state, entry }: SagaWrite) {
  const isCounted = expected !== null && !isCountedAlike(expected, state);
  return {
    tenant: key.tenant,
    id: key.id,
    expected_version: expected?.version,
    expected_epoch: expected?.epoch,
    status: state.status,
    step: state.step ?? undefined,
    participant: state.participant ?? undefined,
    cause: state.cause ?? undefined,
    fault: state.error ?? undefined,
    overridden: state.isOverridden || undefined,
    was: isCounted ? toFigures(expected) : undefined,
    owner: state.owner ?? undefined,
    due_at: state.dueAt ?? undefined,
    hooks: state.hooks ?? undefined,
    closed_at: state.closedAt ?? undefined,
    entry_type: entry.type,
    entry_status: entry.status,
    entry_state: entry.state,
    entry_at: entry.at,
  };
}

function toOriginRow({
  definition,
  deadlineAt,
  attributes,
  idempotencyKey,
  requestHash,
  createdAt,
}: SagaOrigin) {
  return {
    name: definition.name,
    definition_version: definition.version,
    hash: definition.hash,
    deadline_at: deadlineAt ?? undefined,
    attributes,
    idempotency_key: idempotencyKey ?? undefined,
    request_hash: requestHash,
    created_at: createdAt,
  };
}

/** What a saga was counted by, as the input has it. */
export function toFigures({ status, isOverridden, error }: SagaFigures) {
  const { step = '', op = '', code = '' } = error ?? {};
  return { status, overridden: isOverridden, step, op, code };
}
