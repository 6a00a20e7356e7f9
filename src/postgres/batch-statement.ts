const BATCH = `tenant, id, action, fields, actor, reason, status, total, done, failed, coalesce(waits_for, '[]')::text as "waitsFor",
  floor(extract(epoch from created_at) * 1000)::float8 as "createdAt", floor(extract(epoch from finished_at) * 1000)::float8 as "finishedAt"`;

const instant = (parameter: string) => `to_timestamp(${parameter}::float8 / 1000)`;

/** Makes a batch with its sagas: $1 the order as JSON, $2 the sagas' ids as JSON. */
export const CREATE_BATCH = `
with ids as (select distinct value as id from json_array_elements_text($2::json)),
made as (
  insert into batches (tenant, id, action, fields, actor, reason, status, total, created_at, finished_at)
  select tenant, id, action, fields, actor, reason, case when total = 0 then 'done' else 'running' end, total,
    ${instant('created_at')}, case when total = 0 then ${instant('created_at')} end
  from json_to_record($1::json) as made (tenant text, id text, action text, fields text, actor text, reason text, created_at float8)
  cross join (select count(*)::int as total from ids) counted
  returning *
),
items as (
  insert into batch_items (tenant, batch_id, saga_id) select made.tenant, made.id, ids.id from made cross join ids
)
select ${BATCH} from made`;

/** The batch $1, $2 (tenant, id). */
export const GET_BATCH = `select ${BATCH} from batches where tenant = $1 and id = $2`;

/** Batches of tenant $1 after the one created at $2 (ms since the epoch) with the id $3, at most $4, newest first. */
export const LIST_BATCHES = `
select ${BATCH} from batches where tenant = $1 and (created_at, id) < (${instant('$2')}, $3)
order by created_at desc, id desc limit $4::int`;

/**
 * Gives node $1, which has the definitions $2 (JSON), the oldest running batch that it has already, or that nobody with a
 * living lease has; of those that wait for definitions only one that waits for one of these.
 */
export const CLAIM_BATCH = `
update batches set owner = $1, waits_for = null
where (tenant, id) = (
  select tenant, id from batches
  where status = 'running' and (
    waits_for is null or exists (
      select from jsonb_array_elements(waits_for) wanted where $2::text::jsonb @> jsonb_build_array(wanted)
    )
  ) and (
    owner is null or owner = $1 or not exists (select from nodes where nodes.id = batches.owner and nodes.lease_until > now())
  )
  order by created_at limit 1 for update skip locked
)
returning ${BATCH}`;

/** Takes the batch $1, $2 from node $3, if that has it: it waits for the definitions of its open sagas without outcome. */
export const RELEASE_BATCH = `
update batches set owner = null, waits_for = (
  select jsonb_agg(distinct jsonb_build_object('name', saga.name, 'version', saga.definition_version, 'hash', saga.hash))
  from batch_items item join sagas saga on saga.tenant = item.tenant and saga.id = item.saga_id
  where item.tenant = $1 and item.batch_id = $2 and item.outcome is null and saga.closed_at is null
)
where tenant = $1 and id = $2 and owner = $3 and status = 'running'
returning ${BATCH}`;

const ITEMS = `saga_id as "sagaId", outcome, detail`;

/** Sagas of the batch $1, $2 without outcome, after the id $3, at most $4. */
export const PENDING_ITEMS = `
select ${ITEMS} from batch_items where tenant = $1 and batch_id = $2 and saga_id > $3 and outcome is null
order by saga_id limit $4::int`;

/** Sagas of the batch $1, $2 with the outcome $5, after the id $3, at most $4. */
export const SETTLED_ITEMS = `
select ${ITEMS} from batch_items where tenant = $1 and batch_id = $2 and saga_id > $3 and outcome = $5
order by saga_id limit $4::int`;

/** Keeps the outcomes in $3 (JSON) for sagas of the batch $1, $2 that have none yet. */
export const SETTLE_BATCH = `
with kept as (
  update batch_items item set outcome = result.outcome, detail = result.detail
  from json_to_recordset($3::json) as result ("sagaId" text, outcome text, detail text)
  where item.tenant = $1 and item.batch_id = $2 and item.saga_id = result."sagaId" and item.outcome is null
  returning item.outcome
),
counted as (
  select count(*) filter (where outcome = 'done')::int as done, count(*) filter (where outcome = 'refused')::int as failed from kept
)
update batches batch set done = batch.done + counted.done, failed = batch.failed + counted.failed,
  status = case when batch.status = 'running' and batch.done + counted.done + batch.failed + counted.failed = batch.total
    then 'done' else batch.status end,
  finished_at = case when batch.status = 'running' and batch.done + counted.done + batch.failed + counted.failed = batch.total
    then now() else batch.finished_at end,
  waits_for = case when batch.done + counted.done + batch.failed + counted.failed = batch.total then null else batch.waits_for end
from counted where batch.tenant = $1 and batch.id = $2
returning ${BATCH.replaceAll(/\b(done|failed|status)\b/g, 'batch.$1')}`;

/** Ends the batch $1, $2 if it runs; gives it as it is then. */
export const ABORT_BATCH = `
update batches set
  finished_at = case when status = 'running' then now() else finished_at end,
  status = case when status = 'running' then 'aborted' else status end, waits_for = null
where tenant = $1 and id = $2
returning ${BATCH}`;

/**
 * Deletes batches that ended before $1 (ms since the epoch), with their sagas, the longest ended first, until they were about
 * $2 sagas together; at most $2 batches. Gives how many.
 */
export const DELETE_BATCHES = `
with ended as materialized (
  select tenant, id, total, finished_at from batches
  where status <> 'running' and finished_at < ${instant('$1')}
  order by finished_at, tenant, id limit $2::int for update skip locked
),
picked as (
  select tenant, id from (select *, sum(total) over (order by finished_at, tenant, id) - total as earlier from ended) counted
  where earlier < $2::int
),
gone as (
  delete from batches batch using picked where batch.tenant = picked.tenant and batch.id = picked.id
  returning batch.tenant, batch.id
),
items as (
  delete from batch_items item using gone where item.tenant = gone.tenant and item.batch_id = gone.id
)
select count(*)::int as deleted from gone`;
