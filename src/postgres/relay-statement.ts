/** The position of the relay $1, if node $2 has it: no write for what stays as it is. */
export const OWN_RELAY = `select position::float8 as position from relays where name = $1 and owner = $2`;

/** The relay $1 goes to node $2, unless another node with a living lease has it; gives its position. */
export const CLAIM_RELAY = `
insert into relays (name, position, owner) values ($1, 0, $2)
on conflict (name) do update set owner = excluded.owner
where relays.owner = excluded.owner or not exists (select from nodes where nodes.id = relays.owner and nodes.lease_until > now())
returning position::float8 as position`;

/** The relay $1, driven by node $2, goes on from position $3 to $4; gives a row when it did. */
export const ADVANCE_RELAY = `
update relays set position = $4::bigint where name = $1 and owner = $2 and position = $3::bigint returning name`;

/** Node $2 no longer drives the relay $1: an owner that is no node has no lease. */
export const RELEASE_RELAY = `update relays set owner = '' where name = $1 and owner = $2`;

/** The relay $1 goes back to position $2, if it is past it; gives a row when there is such a relay. */
export const REWIND_RELAY = `update relays set position = least(position, $2::bigint) where name = $1 returning name`;
