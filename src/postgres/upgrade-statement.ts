import { FAULT } from './commit-statement.ts';
import { FIGURES } from './tally-statement.ts';

const instant = (column: string) => `to_timestamp(${column} / 1000.0)`;

/**
 * Sagas of one definition version that are not closed, in order of their keys: $1 name, $2 version, $3 hash, after tenant
 * $4 and id $5, at most $6.
 */
export const OPEN_SAGAS = `
select tenant, id, version, epoch, status, snapshot, overridden, error_step, error_op, error_code, error_message,
  extract(epoch from error_at)::float8 * 1000 as error_at
from sagas
where name = $1 and definition_version = $2 and hash = $3 and closed_at is null and (tenant, id) > ($4, $5)
order by tenant, id limit $6`;

/** The latest line of each saga's journal, for the keys in $1 (JSON: tenant, id, version). */
export const LATEST_LINES = `
select event.tenant, event.saga_id as id, event.seq, event.type, event.data
from json_to_recordset($1::json) as input (tenant text, id text, version int)
join saga_events event on event.tenant = input.tenant and event.saga_id = input.id and event.seq = input.version`;

/**
 * Pins sagas to another version in one statement: $1 is the transaction's id, $2 the sagas as JSON. One that moved
 * meanwhile, or was closed, is left as it is. What is searched and counted is that of the new version. The epoch is
 * raised: whoever drives a saga drops it with its next write, and a node that has the new version takes it over. Batches
 * that wait for a definition are looked at again: other nodes may be able to act on their sagas now.
 */
export const REPIN = `
with input as materialized (
  select * from json_to_recordset($2::json) as input (
    n int, tenant text, id text, expected_version int, expected_epoch int, name text, old_version int, was json,
    definition_version int, hash text, status text, snapshot text, cause text, step text, participant text, fault json, overridden boolean,
    state text, data text, at float8)
),
moved as (
  update sagas saga set definition_version = input.definition_version, hash = input.hash, status = input.status,
    snapshot = input.snapshot, cause = input.cause, step = input.step, participant = input.participant,
    (error_step, error_op, error_code, error_message, error_at) = row(${FAULT}), overridden = input.overridden,
    version = saga.version + 1, epoch = saga.epoch + 1, claims = 0, owner = null,
    due_at = case when input.status = 'failed' and saga.hooks is null then null else now() end, updated_at = ${instant('input.at')}
  from input
  where saga.tenant = input.tenant and saga.id = input.id and saga.closed_at is null
    and saga.version = input.expected_version and saga.epoch = input.expected_epoch
  returning input.*
),
counted as (
  insert into saga_tally_changes (${FIGURES}, change)
  select ${FIGURES}, sum(change) from (
    select tenant, name, old_version as definition_version, was->>'status' as status, (was->>'overridden')::boolean as overridden,
      was->>'step' as error_step, was->>'op' as error_op, was->>'code' as error_code, -1 as change from moved
    union all
    select tenant, name, definition_version, status, overridden,
      coalesce(fault->>'step', ''), coalesce(fault->>'op', ''), coalesce(fault->>'code', ''), 1 from moved
  ) change group by ${FIGURES} having sum(change) <> 0
),
unblocked as (
  update batches set waits_for = null where status = 'running' and waits_for is not null and exists (select from moved)
),
journaled as (
  insert into saga_events (tenant, saga_id, seq, type, data, status, state, at, tx_id)
  select tenant, id, expected_version + 1, 'migrated', data, status, state, ${instant('at')}, $1 from moved
)
select n from moved`;
