/** What sagas are counted by: the columns of `saga_tallies` and of `saga_tally_changes`. */
export const FIGURES =
  'tenant, name, definition_version, status, overridden, error_step, error_op, error_code';

/** An attribute as it is looked up: cut, for an index has no room for longer ones. Of `jsonb_each_text(…) attribute`. */
export const ATTRIBUTE = 'left(attribute.key, 64), left(attribute.value, 256)';

/**
 * Sums up to $1 changes into the tallies, leaving out what others are summing up at this moment; gives how many. In one
 * statement: whoever reads both tables at once finds each change in exactly one of them. In one order: two of them do not
 * wait for each other.
 */
export const FOLD_TALLIES = `
with gone as (
  delete from saga_tally_changes
  where ctid = any(array(select ctid from saga_tally_changes limit $1 for update skip locked))
  returning *
),
folded as (
  insert into saga_tallies as tally (${FIGURES}, total)
  select ${FIGURES}, sum(change) from gone group by ${FIGURES} having sum(change) <> 0 order by ${FIGURES}
  on conflict (${FIGURES}) do update set total = tally.total + excluded.total
)
select count(*)::int as folded from gone`;

/** Forgets tallies of what there are no sagas of any more. */
export const DROP_EMPTY_TALLIES = 'delete from saga_tallies where total = 0';

/** All there is of a tenant's figures. */
const CURRENT = `select ${FIGURES}, total from saga_tallies union all select ${FIGURES}, change from saga_tally_changes`;

/** How many sagas of tenant $1 there are, by everything they are counted by. */
export const TALLIES = `
select name, definition_version as version, status, overridden as "isOverridden",
  error_step as step, error_op as op, error_code as code, sum(total)::float8 as count
from (${CURRENT}) figure where tenant = $1
group by ${FIGURES} having sum(total) <> 0
order by ${FIGURES}`;

/** How many sagas there are by status: of tenant $1, or of all where that is empty, which no tenant's name is. */
export const COUNTS = `
select status, sum(total)::float8 as total from (${CURRENT}) figure
where tenant = $1 or $1 = ''
group by status having sum(total) <> 0`;

/** How many sagas that are not closed there are, whoever's they are, by definition and status. */
export const OPEN_TALLIES = `
select name, definition_version as version, status, sum(total)::float8 as count from (${CURRENT}) figure
where status in ('running', 'compensating', 'failed')
group by name, definition_version, status having sum(total) <> 0`;
