import { type Invariant, invariants, views } from './invariants.ts';
import { addRecords, ask, copyTable } from './witness.ts';
import type { ActionRecord, StartRecord } from './client.ts';
import type { FaultRecord } from './faults.ts';

/** What the checker looks at. */
export interface Evidence {
  /** The sagas' database. */
  readonly sagas: string;
  /** The participants' database. */
  readonly book: string;
  readonly steps: readonly StepRecord[];
  readonly starts: readonly StartRecord[];
  readonly actions: readonly ActionRecord[];
  readonly faults: readonly FaultRecord[];
}

/** A step of a definition; steps of a parallel group have one ordinal. */
export interface StepRecord {
  readonly saga: string;
  readonly step: string;
  readonly kind: string;
  readonly ordinal: number;
  readonly do_attempts: number;
  readonly undo_attempts: number;
}

/** What became of one invariant. */
export interface Finding extends Pick<Invariant, 'id' | 'says'> {
  readonly violations: number;
  /** Some of them. */
  readonly samples: readonly string[];
}

/** How long after a lease lapsed its sagas went on; ms. */
export interface Takeovers {
  readonly count: number;
  readonly claimed: Quantiles;
  readonly moved: Quantiles;
  /** Those during which no server and no network was down. */
  readonly undisturbed: { readonly count: number; readonly claimed: Quantiles; readonly moved: Quantiles };
}

interface Quantiles {
  readonly p50: number | null;
  readonly p95: number | null;
  readonly max: number | null;
}

/** Brings everything into one database and asks it for violations. */
export async function check(evidence: Evidence): Promise<readonly Finding[]> {
  const { sagas, book } = evidence;
  const ledger =
    'n bigint, at timestamptz, op text, saga_id text, step text, attempt integer, key text, outcome text, reply_hash text';
  const barrier =
    'tenant text, saga_id text, step text, iteration integer, generation integer, op text, reason text, refusal text';
  await copyTable({ url: book, table: 'ledger', columns: ledger }, { url: sagas, table: 'chaos_ledger' });
  await copyTable(
    { url: book, table: 'saga_barrier', columns: barrier },
    { url: sagas, table: 'chaos_barrier' },
  );
  const tables = [
    [
      evidence.steps,
      'chaos_steps',
      'saga text, step text, kind text, ordinal integer, do_attempts integer, undo_attempts integer',
    ],
    [evidence.starts, 'chaos_starts', 'key text, id text, conflict text'],
    [evidence.actions, 'chaos_actions', 'actor text, kind text, id text, status integer, version integer'],
    [evidence.faults, 'chaos_faults', 'kind text, "from" double precision, "to" double precision'],
  ] as const;
  for (const [records, name, columns] of tables) await addRecords(sagas, { name, columns }, records);
  for (const view of views) await ask(sagas, view);
  const findings: Finding[] = [];
  for (const { id, says, violations } of invariants) {
    const [found] = await ask<{ count: number; samples: readonly string[] | null }>(
      sagas,
      `select count(*)::integer as count, to_jsonb((array_agg(what))[1:5]) as samples from (${violations}) violation`,
    );
    findings.push({ id, says, violations: found?.count ?? 0, samples: found?.samples ?? [] });
  }
  return findings;
}

/** How fast others took over. Ask after `check`. */
export async function measureTakeovers(url: string): Promise<Takeovers> {
  await ask(url, takeovers);
  return { ...(await quantiles(url, 'true')), undisturbed: await quantiles(url, 'not disturbed') };
}

const takeovers = `create table chaos_takeovers as
  select extract(epoch from claimed_at - lapsed_at) * 1000 as claimed, extract(epoch from moved_at - lapsed_at) * 1000 as moved,
    exists (select from chaos_faults f where f.kind not in ('node killed', 'participant killed') and f.kind not like 'node stopped%'
      and f.from / 1000 - 1 < extract(epoch from coalesce(moved_at, claimed_at)) and f.to / 1000 + 2 > extract(epoch from lapsed_at)) as disturbed
  from (select m.at as claimed_at,
      (select l.lease_until from chaos_leases l where l.id = m.owner_before and l.at <= m.at order by l.n desc limit 1) as lapsed_at,
      (select min(p.at) from chaos_moves p where p.id = m.id and p.epoch = m.epoch and p.version > m.version) as moved_at
    from chaos_moves m where m.epoch = m.epoch_before + 1 and m.version = m.version_before and m.owner <> m.owner_before) claim
  where lapsed_at <= claimed_at`;

async function quantiles(url: string, condition: string) {
  const of = (column: string) =>
    `percentile_cont(0.5) within group (order by ${column}) as ${column}_p50, percentile_cont(0.95) within group (order by ${column}) as ${column}_p95, max(${column})::float8 as ${column}_max`;
  const [row = {}] = await ask<Record<string, number | null>>(
    url,
    `select count(*)::integer as count, ${of('claimed')}, ${of('moved')} from chaos_takeovers where ${condition}`,
  );
  const pick = (column: string): Quantiles => ({
    p50: rounded(row[`${column}_p50`]),
    p95: rounded(row[`${column}_p95`]),
    max: rounded(row[`${column}_max`]),
  });
  return { count: row['count'] ?? 0, claimed: pick('claimed'), moved: pick('moved') };
}

function rounded(value: number | null | undefined): number | null {
  return value === null || value === undefined ? null : Math.round(value);
}
