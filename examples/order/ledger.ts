import type { ParticipantRecord } from 'sagachart/participant';

/** What a participant did about a command. */
export interface Effect {
  readonly participant: string;
  readonly operation: string;
  readonly op: 'do' | 'undo' | 'seal';
  readonly sagaId: string;
  readonly step: string;
  readonly outcome: 'applied' | 'replayed' | 'refused' | 'nullUndo' | 'sealed';
}

/** A line of the ledger; `at` is ISO 8601. */
export interface LedgerLine extends Effect {
  readonly at: string;
}

/** Runs one statement and gives its rows. */
export type Run = (statement: string, parameters: readonly string[]) => Promise<readonly unknown[]>;

/** The participants' book of everything they did, in their own database. `Tx` is a barrier's transaction. */
export interface Ledger<Tx> {
  /** Writes an effect in the transaction that makes it: one is never durable without the other. */
  write(tx: Tx, effect: Effect): Promise<void>;
  /** Adds what had no effect: repetitions, refusals, undoing what never was. What had one is in the book already. */
  note(record: ParticipantRecord): Promise<void>;
  /** In the order in which they happened; of one saga, or the last 10,000 of all. */
  effects(sagaId?: string): Promise<readonly LedgerLine[]>;
}

/** What a ledger needs: how to run a statement by itself, and in a barrier's transaction. */
export interface LedgerOptions<Tx> {
  readonly run: Run;
  readonly runIn: (tx: Tx) => Run;
}

/** Opens the ledger in the table `order_ledger`, which it creates when it is missing. */
export async function openLedger<Tx>({ run, runIn }: LedgerOptions<Tx>): Promise<Ledger<Tx>> {
  await run(createTable, []);
  return {
    write: async (tx, effect) => {
      await runIn(tx)(insertLine, toRow(effect));
    },
    note: async ({ outcome: { type: outcome }, participant, operation, op, sagaId, step }) => {
      if (outcome === 'applied' || outcome === 'failed' || outcome === 'inProgress') return;
      await run(insertLine, toRow({ participant, operation, op, sagaId, step, outcome }));
    },
    effects: async (sagaId) => {
      const rows = sagaId === undefined ? await run(selectAll, []) : await run(selectSaga, [sagaId]);
      return (rows as readonly LedgerRow[]).map(toLine);
    },
  };
}

interface LedgerRow extends Omit<LedgerLine, 'sagaId' | 'at'> {
  readonly saga_id: string;
  /** ms since the epoch */
  readonly at: number;
}

const createTable = `do $$ begin
  perform pg_advisory_xact_lock(7241096334);
  create table if not exists order_ledger (
    seq bigint generated always as identity primary key,
    at timestamptz not null default clock_timestamp(),
    participant text not null,
    operation text not null,
    op text not null,
    saga_id text not null,
    step text not null,
    outcome text not null
  );
  create index if not exists order_ledger_saga_id on order_ledger (saga_id, seq);
end $$`;

const insertLine =
  'insert into order_ledger (participant, operation, op, saga_id, step, outcome) values ($1, $2, $3, $4, $5, $6)';
const columns =
  '(extract(epoch from at) * 1000)::float8 as at, participant, operation, op, saga_id, step, outcome';
const selectSaga = `select ${columns} from order_ledger where saga_id = $1 order by seq`;
const selectAll = `select * from (select seq, ${columns} from order_ledger order by seq desc limit 10000) newest order by seq`;

function toRow({ participant, operation, op, sagaId, step, outcome }: Effect): readonly string[] {
  return [participant, operation, op, sagaId, step, outcome];
}

function toLine({ at, participant, operation, op, saga_id: sagaId, step, outcome }: LedgerRow): LedgerLine {
  return { at: new Date(at).toISOString(), participant, operation, op, sagaId, step, outcome };
}
