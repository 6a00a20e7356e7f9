/**
 * Keeps the definitions in $1 (JSON: name, version, hash, structure) that are new, and gives for each, in their order, the one
 * that is kept. Another structure takes the place of one that no open saga is pinned to. What stays as it is is updated too:
 * only so does the statement see, and give, what another node kept at the same time. In one order: two nodes do not deadlock.
 */
export const PIN_DEFINITIONS = `
with input as materialized (
  select n, entry.* from json_array_elements($1::json) with ordinality as given (item, n),
    json_to_record(item) as entry (name text, version int, hash text, structure text)
),
pinned as (
  insert into definitions as kept (name, version, hash, structure)
  select name, version, hash, structure from input order by name, version
  on conflict (name, version) do update set (hash, structure) = (
    select case when free then excluded.hash else kept.hash end, case when free then excluded.structure else kept.structure end
    from (
      select kept.hash <> excluded.hash and not exists (
        select from sagas saga
        where saga.name = kept.name and saga.definition_version = kept.version and saga.hash = kept.hash
          and saga.status in ('running', 'compensating', 'failed')
      ) as free
    ) condition
  )
  returning kept.name, kept.version, kept.hash, kept.structure
)
select pinned.name, pinned.version, pinned.hash, pinned.structure
from input join pinned on pinned.name = input.name and pinned.version = input.version
order by input.n`;
