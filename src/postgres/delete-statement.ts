import { ATTRIBUTE, FIGURES } from './tally-statement.ts';

/** Closed, without hooks to run, and published to the end by the relay named $1, where there is one of that name. */
const isDeletable = `saga.status in ('completed', 'compensated', 'abandoned') and saga.closed_at is not null and saga.hooks is null
      and (select event.position from saga_events event
        where event.tenant = saga.tenant and event.saga_id = saga.id and event.seq = saga.version)
        <= coalesce((select position from relays where name = $1), 9223372036854775807)`;

/** Deletes what was picked, each saga with its journal; gives how many. */
const deletePicked = `
gone as (
  delete from sagas saga using picked where saga.tenant = picked.tenant and saga.id = picked.id
  returning saga.tenant, saga.id, saga.name, saga.definition_version, saga.status, saga.overridden, saga.error_step, saga.error_op,
    saga.error_code, saga.attributes, saga.created_at
),
lines as (
  delete from saga_events event using gone where event.tenant = gone.tenant and event.saga_id = gone.id
),
labels as (
  delete from saga_attributes label
  using (select ${ATTRIBUTE}, gone.tenant, gone.created_at, gone.id from gone cross join jsonb_each_text(gone.attributes) attribute)
    as old (key, value, tenant, created_at, id)
  where label.key = old.key and label.value = old.value and label.tenant = old.tenant
    and label.created_at = old.created_at and label.saga_id = old.id
),
counted as (
  insert into saga_tally_changes (${FIGURES}, change)
  select tenant, name, definition_version, status, overridden,
    coalesce(error_step, ''), coalesce(error_op, ''), coalesce(error_code, ''), -count(*)
  from gone group by 1, 2, 3, 4, 5, 6, 7, 8
)
select count(*)::int as deleted from gone`;

/**
 * Deletes up to $3 sagas that were closed before $2 (ms since the epoch). No index is made for it, which every saga's end
 * would have to pay for: what was closed before a time was also created before it, and that each status of each tenant
 * has in order. The tenants are found by leaping from one to the next in the same index.
 */
export const DELETE_CLOSED = `
with recursive groups (status, tenant) as (
  (select status, tenant from sagas order by status, tenant limit 1)
  union all
  select next.status, next.tenant from groups cross join lateral (
    select status, tenant from sagas where (status, tenant) > (groups.status, groups.tenant) order by status, tenant limit 1
  ) next
),
picked as materialized (
  select old.tenant, old.id from groups cross join lateral (
    select saga.tenant, saga.id from sagas saga
    where saga.status = groups.status and saga.tenant = groups.tenant
      and saga.created_at < to_timestamp($2::float8 / 1000) and saga.closed_at < to_timestamp($2::float8 / 1000)
      and ${isDeletable}
    order by saga.created_at, saga.id limit $3::int for update skip locked
  ) old
  where groups.status in ('completed', 'compensated', 'abandoned')
  limit $3::int
),${deletePicked}`;

/** Deletes the saga $2, $3 (tenant, id), if it may be deleted. */
export const DELETE_SAGA = `
with picked as materialized (
  select saga.tenant, saga.id from sagas saga
  where saga.tenant = $2 and saga.id = $3 and ${isDeletable}
  for update
),${deletePicked}`;
