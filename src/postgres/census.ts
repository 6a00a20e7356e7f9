import type { CensusStore, DefinitionCensus, ParkedLine, StuckSaga } from '../core/census.ts';
import type { SagaStatus } from '../core/store.ts';
import type { Database } from './database.ts';
import { OPEN_TALLIES } from './tally-statement.ts';

/**
 * Sagas that are not closed, by definition and status; `runnable`: nodes that live said that they can run them, in the very
 * structure that a claim asks for. Tallies know no structures: those at hand are read off the sagas that somebody drives,
 * or that are due; where all rest, the structure counts that their version is pinned to.
 */
const DEFINITIONS = `
with known as materialized (
  select distinct definition->>'name' as name, (definition->>'version')::int as version, definition->>'hash' as hash
  from nodes, jsonb_array_elements(nodes.definitions) definition where lease_until > now()
),
moving as materialized (
  select name, definition_version as version, hash from sagas where owner is not null and closed_at is null
  union
  select name, definition_version, hash from sagas where owner is null and due_at <= now() and closed_at is null
),
wanted as (
  select name, version, hash from moving
  union all
  select name, version, hash from definitions where (name, version) not in (select name, version from moving)
)
select open.name, open.version, open.status, open.count,
  (open.name, open.version) in (select name, version from known) and (open.name, open.version) not in (
    select name, version from wanted where (name, version, hash) not in (select name, version, hash from known)
  ) as runnable
from (${OPEN_TALLIES}) open
order by open.name, open.version`;

/** Since when a saga could have moved: its last move, or the time that it slept until. */
const COULD_MOVE = 'greatest(updated_at, coalesce(due_at, updated_at))';

/**
 * Up to $2 sagas that could have moved for longer than $1 ms, the longest first. What is driven is no more than the nodes
 * can hold, and what is overdue without an owner lies first in its index.
 */
const STUCK = `
select tenant, id, name, definition_version as "definitionVersion", version, status, step, cause,
  floor(extract(epoch from ${COULD_MOVE}) * 1000)::float8 as since
from (
  select * from sagas where owner is not null
  union all
  (select * from sagas where owner is null and due_at <= now() - $1::float8 * interval '1 millisecond')
) saga
where status in ('running', 'compensating') and ${COULD_MOVE} <= now() - $1::float8 * interval '1 millisecond'
order by ${COULD_MOVE} limit $2::int`;

/** Lines after position $1 up to position $2 that left a saga parked; the $3 first. */
const PARKED = `
select event.tenant, event.saga_id as id, event.seq, event.state, floor(extract(epoch from event.at) * 1000)::float8 as at,
  event.position::float8 as position, saga.name, saga.definition_version as version
from saga_events event join sagas saga on saga.tenant = event.tenant and saga.id = event.saga_id
where event.status = 'failed' and event.position > $1::bigint and event.position <= $2::bigint
order by event.position limit $3::int`;

/** The last position that was seen. */
const END = 'select coalesce(max(position), 0)::float8 as position from saga_events';

interface DefinitionRow {
  readonly name: string;
  readonly version: number;
  readonly status: SagaStatus;
  readonly count: number;
  readonly runnable: boolean;
}

interface StuckRow extends Omit<StuckSaga, 'definition'> {
  readonly name: string;
  readonly definitionVersion: number;
}

interface ParkedRow extends Omit<ParkedLine, 'definition'> {
  readonly name: string;
  readonly version: number;
}

/** Counts open sagas, and finds those that are stuck and those that parked. Rejects with the driver's errors. */
export class CensusReader implements CensusStore {
  readonly #database: Database;
  readonly #writersEnded: () => Promise<void>;

  /** `writersEnded`: resolves when all that write the journal at this moment have ended. */
  constructor(database: Database, writersEnded: () => Promise<void>) {
    this.#database = database;
    this.#writersEnded = writersEnded;
  }

  async census({ stuckAfter, limit }: { readonly stuckAfter: number; readonly limit: number }) {
    const rows = await this.#database.query<DefinitionRow>(DEFINITIONS, []);
    const stuck = await this.#database.query<StuckRow>(STUCK, [stuckAfter, limit]);
    return { definitions: toDefinitions(rows), stuck: stuck.map((row) => toStuck(row)) };
  }

  /** What lies before the end, as seen now, is all there when those have ended that write now. */
  async readParked({ after, limit }: { readonly after: number; readonly limit: number }) {
    const [end] = await this.#database.query<{ readonly position: number }>(END, []);
    const upTo = end?.position ?? 0;
    // What was put back, or deleted, leaves the end where it was or before.
    if (upTo <= after) return { lines: [], upTo: after };
    await this.#writersEnded();
    const rows = await this.#database.query<ParkedRow>(PARKED, [after, upTo, limit]);
    const lines = rows.map(({ name, version, ...line }) => ({ ...line, definition: { name, version } }));
    return { lines, upTo: rows.length < limit ? upTo : (rows.at(-1)?.position ?? upTo) };
  }
}

function toDefinitions(rows: readonly DefinitionRow[]): readonly DefinitionCensus[] {
  const found = new Map<string, DefinitionCensus>();
  for (const { name, version, status, count, runnable } of rows) {
    const key = JSON.stringify([name, version]);
    const counts = { ...found.get(key)?.counts, [status]: count };
    found.set(key, { name, version, isRunnable: runnable, counts });
  }
  return [...found.values()];
}

function toStuck({ name, definitionVersion, ...row }: StuckRow): StuckSaga {
  return { ...row, definition: { name, version: definitionVersion } };
}
