/**
 * Node $1 lives for another $2 ms; gives the database's time in ms. By the way forgets nodes that died an hour ago, which
 * changes nothing for anybody: no lease is a lapsed lease.
 */
export const RENEW_LEASE = `
with forgotten as (
  delete from nodes where id in (
    select id from nodes where lease_until < now() - interval '1 hour' and id <> $1::text for update skip locked
  )
)
insert into nodes (id, lease_until) values ($1::text, now() + $2::float8 * interval '1 millisecond')
on conflict (id) do update set lease_until = excluded.lease_until
returning floor(extract(epoch from now()) * 1000)::float8 as now`;
