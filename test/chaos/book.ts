import { createHash } from 'node:crypto';
import type postgres from 'postgres';
import type { CommandRequest, Reply } from '../../src/core/transport.ts';

/** A line of a participant's ledger: an effect (`applied`), written in its transaction, or an answer (`answered:…`), noted after. */
export interface LedgerLine {
  readonly request: Pick<
    CommandRequest,
    'participant' | 'operation' | 'op' | 'sagaId' | 'step' | 'attempt' | 'idempotencyKey'
  >;
  readonly outcome: 'applied' | `answered:${Reply['type']}`;
  readonly reply?: unknown;
}

/** The participants' book; in their database, beside the barrier. */
export const createLedger = `do $$ begin
  perform pg_advisory_xact_lock(7241096399);
  create table if not exists ledger (
    n bigint generated always as identity primary key,
    at timestamptz not null default clock_timestamp(),
    participant text not null, operation text not null, op text not null,
    saga_id text not null, step text not null, attempt integer not null,
    key text not null, outcome text not null, reply_hash text
  );
end $$`;

/** Writes a line; with a barrier's transaction, only if that commits. */
export async function writeLine(
  sql: Pick<postgres.ISql, 'unsafe'>,
  { request, outcome, reply }: LedgerLine,
): Promise<void> {
  const { participant, operation, op, sagaId, step, attempt, idempotencyKey } = request;
  const hash = reply === undefined ? null : createHash('sha1').update(JSON.stringify(reply)).digest('hex');
  await sql.unsafe(
    'insert into ledger (participant, operation, op, saga_id, step, attempt, key, outcome, reply_hash) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)',
    [participant, operation, op, sagaId, step, attempt, idempotencyKey, outcome, hash],
  );
}
