/**
 * Node $1 lives for another $2 ms, and can run what the JSON $3 says (empty: what it said last); gives the database's time in ms. By the way forgets nodes that died an hour ago, which
 * changes nothing for anybody: no lease is a lapsed lease.
 */
export const RENEW_LEASE = `
with forgotten as (
  delete from nodes where id in (
    select id from nodes where lease_until < now() - interval '1 hour' and id <> $1::text for update skip locked
  )
)
insert into nodes (id, lease_until, definitions)
values ($1::text, now() + $2::float8 * interval '1 millisecond', coalesce(nullif($3::text, ''), '[]')::jsonb)
on conflict (id) do update set lease_until = excluded.lease_until,
  definitions = case when $3::text = '' then nodes.definitions else excluded.definitions end
returning floor(extract(epoch from now()) * 1000)::float8 as now`;
