/** One thing that must hold: a query that gives what breaks it. */
export interface Invariant {
  readonly id: string;
  readonly says: string;
  /** One row for each violation; the column `what` tells about it. */
  readonly violations: string;
}

const done = "('completed', 'compensated', 'abandoned')";
/** One row per saga and step of its definition, with what the ledgers say. */
const perStep = `(select s.id, s.status, s.overridden, t.step, t.kind, t.ordinal,
  count(l.n) filter (where l.op = 'do') as dos, count(l.n) filter (where l.op = 'undo') as undos,
  min(l.at) filter (where l.op = 'do') as do_at, min(l.at) filter (where l.op = 'undo') as undo_at
  from chaos_sagas s join chaos_steps t on t.saga = s.name left join chaos_applied l on l.saga_id = s.id and l.step = t.step
  group by s.id, s.status, s.overridden, t.step, t.kind, t.ordinal)`;
/** The journal, each line beside the one before. */
const lines = `(select e.saga_id, e.seq, e.type, e.status, e.state, e.at, e.data,
  lag(e.status) over line as status_before, coalesce(lag(e.state) over line, '') as state_before, lag(e.at) over line as at_before
  from saga_events e window line as (partition by e.saga_id order by e.seq))`;

/** Views that several invariants look at. */
export const views: readonly string[] = [
  `create table chaos_sagas as select * from sagas`,
  'create unique index on chaos_sagas (id)',
  `create table chaos_applied as select * from chaos_ledger where outcome = 'applied'`,
  'create index on chaos_applied (saga_id, step)',
  `create table chaos_step_facts as select * from ${perStep} facts`,
  'create index on chaos_step_facts (id)',
  `create table chaos_lines as select * from ${lines} lines`,
  'create index on chaos_lines (saga_id, seq)',
  'create index on chaos_moves (id, version)',
  'create index on chaos_moves (owner)',
  'create index on chaos_leases (id, n)',
  // Every sending of a command that the journal is the cause of: the how-manieth, and when at the earliest.
  `create table chaos_sendings as select l.saga_id, t.step, o.op, l.seq,
    row_number() over (partition by l.saga_id, t.step, o.op order by l.seq) as attempt, m.at
    from chaos_lines l join chaos_sagas s on s.id = l.saga_id join chaos_steps t on t.saga = s.name
    cross join (values ('do', 'running\\.([^ |]*\\.)?', '\\.executing'), ('undo', 'compensating\\.([^ |]*\\.)?', '\\.executing'), ('seal', 'running\\.([^ |]*\\.)?', '\\.(sealing|clearing)\\.executing')) o (op, head, tail)
    join chaos_moves m on m.id = l.saga_id and m.version = l.seq and m.version_before is distinct from m.version
    where l.state ~ ('(^|\\| )' || o.head || t.step || o.tail || '($| )') and l.state_before !~ ('(^|\\| )' || o.head || t.step || o.tail || '($| )')`,
  'create index on chaos_sendings (saga_id, step, op, attempt)',
  ...[
    'chaos_sagas',
    'chaos_applied',
    'chaos_step_facts',
    'chaos_lines',
    'chaos_moves',
    'chaos_sendings',
    'chaos_ledger',
    'chaos_barrier',
    'chaos_leases',
  ].map((table) => `analyze ${table}`),
];

/** What the database can be asked. The numbers are those of docs/reliability.md. */
export const invariants: readonly Invariant[] = [
  {
    id: 'I-1',
    says: 'at most one effect per idempotency key',
    violations: 'select key as what from chaos_applied group by key having count(*) > 1',
  },
  {
    id: 'I-2',
    says: 'completed: every step has its effect once, and none is undone',
    violations: `select id || ' ' || step as what from chaos_step_facts where status = 'completed' and not overridden and (dos <> 1 or undos > 0)`,
  },
  {
    id: 'I-3',
    says: 'compensated: as many undos as effects; of pivots and retriable steps no effect at all',
    violations: `select id || ' ' || step as what from chaos_step_facts where status = 'compensated' and not overridden and (dos <> undos or (kind in ('pivot', 'retriable') and dos > 0))`,
  },
  {
    id: 'I-4',
    says: 'no undo without its effect, and never before it',
    violations: `select id || ' ' || step as what from chaos_step_facts where undos > dos or (undos > 0 and undo_at < do_at)`,
  },
  {
    id: 'I-5',
    says: 'undone in reverse order',
    violations: `select a.id || ' ' || a.step || ' before ' || b.step as what from chaos_step_facts a join chaos_step_facts b on a.id = b.id and a.ordinal < b.ordinal
      where a.undos > 0 and ((b.undos > 0 and a.undo_at < b.undo_at) or b.dos > b.undos)`,
  },
  {
    id: 'I-6',
    says: 'done in order, each after all before it, and none after one before it was undone',
    violations: `select a.id || ' ' || b.step || ' without ' || a.step as what from chaos_step_facts a join chaos_step_facts b on a.id = b.id and a.ordinal < b.ordinal
      where not b.overridden and b.dos > 0 and (a.dos = 0 or a.do_at > b.do_at or a.undo_at < b.do_at)`,
  },
  {
    id: 'I-7',
    says: 'no effect of an action that was undone or sealed before it came',
    violations: `select l.key as what from chaos_barrier b join chaos_applied l on l.key = concat_ws(':', b.tenant, b.saga_id, b.step, b.iteration, b.generation, 'do')
      where b.op = 'do' and b.reason <> 'do'`,
  },
  {
    id: 'I-8',
    says: 'no effect after the saga was closed',
    violations: `select l.key as what from chaos_applied l join (select id, min(at) as at from chaos_moves where status in ${done} group by id) m on m.id = l.saga_id where l.at > m.at`,
  },
  {
    id: 'I-9',
    says: 'every command that arrived had been journaled before, each attempt of it',
    violations: `select l.key || ' attempt ' || l.attempt as what from chaos_ledger l
      where not exists (select from chaos_sendings c where c.saga_id = l.saga_id and c.step = l.step and c.op = l.op and c.attempt = l.attempt and c.at <= l.at)`,
  },
  {
    id: 'I-10',
    says: 'no effect of an action that was refused',
    violations: `select l.key as what from chaos_barrier b join chaos_applied l on l.key = concat_ws(':', b.tenant, b.saga_id, b.step, b.iteration, b.generation, 'do')
      where b.op = 'do' and b.refusal is not null`,
  },
  {
    id: 'I-11',
    says: 'once the pivot has its effect nothing is undone',
    violations: `select a.id || ' ' || b.step as what from chaos_step_facts a join chaos_step_facts b on a.id = b.id where a.kind = 'pivot' and a.dos > 0 and b.undos > 0`,
  },
  {
    id: 'I-12',
    says: 'the same answer to every repetition of a command',
    violations: `select key as what from chaos_ledger where outcome in ('answered:succeeded', 'answered:refused') and op <> 'undo' group by key having count(distinct reply_hash) > 1
      union all select key from chaos_ledger where outcome = 'answered:succeeded' and op = 'undo' group by key having count(distinct reply_hash) > 1`,
  },
  {
    id: 'I-14',
    says: 'the journal has no gaps and ends where the saga is',
    violations: `select s.id as what from chaos_sagas s left join (select saga_id, count(*) as lines, min(seq) as low, max(seq) as high from chaos_lines group by saga_id) e on e.saga_id = s.id
      where e.lines is distinct from s.version or e.low <> 1 or e.high <> s.version
      union all select distinct e.saga_id from chaos_lines e where not exists (select from chaos_sagas s where s.id = e.saga_id)`,
  },
  {
    id: 'I-15',
    says: 'no write was made twice',
    violations: 'select saga_id as what from saga_events group by saga_id, tx_id having count(*) > 1',
  },
  {
    id: 'I-16',
    says: 'only legal changes of status; a parked saga moves only for a person',
    violations: `select saga_id || ' ' || status_before || ' to ' || status || ' by ' || type as what from chaos_lines where status_before is not null and status <> status_before and not (
      (status_before = 'running' and status in ('completed', 'compensating', 'compensated', 'failed')) or (status_before = 'compensating' and status in ('compensated', 'failed'))
      or (status_before = 'failed' and type in ('retry', 'skip', 'compensate', 'resolve')))`,
  },
  {
    id: 'I-17',
    says: 'nothing is journaled of a closed saga',
    violations: `select saga_id || ' ' || type as what from chaos_lines where status_before in ${done}`,
  },
  {
    id: 'I-20',
    says: 'no saga that is under way is without an owner and without a time to be looked at',
    violations: `select id as what from chaos_sagas where status in ('running', 'compensating') and owner is null and due_at is null`,
  },
  {
    id: 'I-21',
    says: 'in the end every saga is closed or parked',
    violations: `select id || ' ' || status as what from chaos_sagas where status in ('running', 'compensating')`,
  },
  {
    id: 'I-22',
    says: 'epochs never go back, a version is written once, and one node at a time drives a saga',
    violations: `select id || ' epoch ' || epoch as what from chaos_moves where epoch_before > epoch or version_before > version or version > coalesce(version_before, 0) + 1
      union all select id || ' version ' || version from chaos_moves where version_before is distinct from version group by id, version having count(*) > 1
      union all select id || ' epoch ' || epoch from chaos_moves where owner is not null group by id, epoch having count(distinct regexp_replace(owner, '-c[0-9]+$', '')) > 1`,
  },
  {
    id: 'I-23',
    says: "a saga's time never goes back",
    violations: `select saga_id || ' ' || seq || ': ' || (at_before - at)::text as what from chaos_lines where at < at_before`,
  },
  {
    id: 'I-24',
    says: 'no more attempts than the policy grants, where no person granted more',
    violations: `select l.saga_id || ' ' || l.step || ' ' || l.op as what from chaos_ledger l join chaos_sagas s on s.id = l.saga_id join chaos_steps t on t.saga = s.name and t.step = l.step
      where l.attempt > case l.op when 'undo' then t.undo_attempts else t.do_attempts end and not exists (select from chaos_lines e where e.saga_id = l.saga_id and e.type = 'retry')`,
  },
  {
    id: 'I-25',
    says: 'no action is asked for once the saga was cancelled, late or on its way back',
    violations: `select c.saga_id || ' ' || c.step as what from chaos_sendings c join (select saga_id, min(seq) as seq from chaos_lines where type = 'cancel' or status = 'compensating' group by saga_id) turn
      on turn.saga_id = c.saga_id where c.op = 'do' and c.seq >= turn.seq`,
  },
  {
    id: 'I-26',
    says: 'a cancel that was accepted never ends completed, one refused as too late left no trace',
    violations: `select a.id || ' ' || a.actor as what from chaos_actions a join chaos_sagas s on s.id = a.id where a.kind = 'cancel' and a.status = 202 and s.status = 'completed'
      union all select e.saga_id || ' journaled' from chaos_lines e join chaos_sagas s on s.id = e.saga_id where e.type = 'cancel' and s.status = 'completed'
      union all select a.id || ' ' || a.actor from chaos_actions a join chaos_lines e on e.saga_id = a.id and e.data::json ->> 'actor' = a.actor where a.status = 409`,
  },
  {
    id: 'I-27',
    says: 'a deadline is never moved',
    violations: `select id as what from chaos_moves group by id having count(distinct coalesce(deadline_at, 'infinity')) > 1`,
  },
  {
    id: 'I-28',
    says: 'compensated: every step that was asked for is undone or proven to have no effect',
    violations: `select s.id || ' ' || t.key as what from chaos_sagas s cross join json_each(s.snapshot::json #> '{context,steps}') t
      where s.status = 'compensated' and not s.overridden and t.value ->> 'status' <> 'compensated'
      and (t.value ->> 'ordinal' is not null or t.value ->> 'inDoubt' is not null or t.value ->> 'inFlight' is not null)`,
  },
  {
    id: 'I-31',
    says: 'every start that was acknowledged is there, once, and a key belongs to one request',
    violations: `select c.key || ' lost' as what from chaos_starts c where c.id is not null and not exists (select from chaos_sagas s where s.id = c.id and s.idempotency_key = c.key)
      union all select key || ' ' || conflict from chaos_starts where conflict is not null
      union all select idempotency_key from chaos_sagas group by idempotency_key having count(*) > 1`,
  },
  {
    id: 'I-32',
    says: 'every action that was acknowledged is journaled once, with who did it',
    violations: `select a.id || ' ' || a.actor as what from chaos_actions a where a.status = 202
      and (select count(*) from chaos_lines e where e.saga_id = a.id and e.type = a.kind and e.data::json ->> 'actor' = a.actor) <> 1`,
  },
];
