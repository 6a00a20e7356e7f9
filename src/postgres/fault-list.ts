/**
 * Groups of faults: $1 tenant, $2 name of the definition or empty, $3 since (ms since the epoch; 0: ever), $4 how many. The
 * tallies say which there are (the thousand commonest, where codes are all different) and how many sagas have each; the index of faults says since when, and which sagas. Since a
 * time, sagas are counted in that index.
 */
export const FAULTS = `
with kinds as (
  select name, error_step, error_op, error_code, sum(total)::float8 as total
  from (
    select tenant, name, error_step, error_op, error_code, total from saga_tallies
    union all
    select tenant, name, error_step, error_op, error_code, change from saga_tally_changes
  ) figure
  where tenant = $1 and error_code <> '' and (name = $2 or $2 = '')
  group by name, error_step, error_op, error_code having sum(total) > 0
  order by total desc limit 1000
)
select kinds.name, kinds.error_step as step, kinds.error_op as op, kinds.error_code as code, newest.message,
  case when $3::float8 = 0 then kinds.total else counted.total end as count,
  floor(extract(epoch from first.at) * 1000)::float8 as "firstAt", floor(extract(epoch from newest.at) * 1000)::float8 as "lastAt",
  newest.ids as "sagaIds"
from kinds
cross join lateral (
  select min(error_at) as at from (
    select error_at from sagas
    where error_code = kinds.error_code and error_step = kinds.error_step and error_op = kinds.error_op
      and name = kinds.name and tenant = $1 and error_at >= to_timestamp($3::float8 / 1000)
    order by error_at limit 1
  ) oldest
) first
cross join lateral (
  select (array_agg(error_message order by error_at desc, id desc))[1] as message, max(error_at) as at,
    json_agg(id order by error_at desc, id desc) as ids
  from (
    select id, error_message, error_at from sagas
    where error_code = kinds.error_code and error_step = kinds.error_step and error_op = kinds.error_op
      and name = kinds.name and tenant = $1 and error_at >= to_timestamp($3::float8 / 1000)
    order by error_at desc, id desc limit 5
  ) sample
) newest
cross join lateral (
  select count(*)::float8 as total from sagas
  where $3::float8 > 0
    and error_code = kinds.error_code and error_step = kinds.error_step and error_op = kinds.error_op
    and name = kinds.name and tenant = $1 and error_at >= to_timestamp($3::float8 / 1000)
) counted
where newest.at is not null
order by count desc, "lastAt" desc, name, step, op, code
limit $4::int`;
