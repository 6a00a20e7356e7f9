import type { BarrierOrigin } from '../core/barrier-rules.ts';
import type { BarrierCall } from '../core/barrier.ts';
import { StorageUnavailableError } from '../core/errors.ts';

/** Runs one statement and gives its rows, as arrays: column names may be transformed to the user's taste. */
export type Query = (
  text: string,
  parameters: readonly (string | number | null)[],
) => Promise<readonly (readonly unknown[])[]>;

/** Which of an action's two rows: `do` is shared by the action, its undo and its seal; `undo` says that it was undone. */
export type BarrierRow = 'do' | 'undo';

const ACTION = ['participant', 'tenant', 'saga_id', 'step', 'iteration', 'generation'];
const KEY = [...ACTION, 'op'];
const IS_ROW = KEY.map((column, index) => `${column} = $${index + 1}`).join(' and ');

/**
 * One statement: creates the table when it is missing, also while others try to. Needs no right to create where it is
 * there. After the lock only `if not exists` sees a table that was created meanwhile; it gives a notice, silenced here.
 */
export const CREATE_BARRIER_TABLE = `do $$ begin
  if to_regclass('saga_barrier') is null then
    perform pg_advisory_xact_lock(7241096333), set_config('client_min_messages', 'warning', true);
    create table if not exists saga_barrier (
      participant text not null,
      tenant text not null,
      saga_id text not null,
      step text not null,
      iteration integer not null,
      generation integer not null,
      op text not null check (op in ('do', 'undo')),
      reason text not null check (reason in ('do', 'undo', 'seal')),
      reply text,
      refusal text,
      at timestamptz not null default now(),
      primary key (tenant, saga_id, step, iteration, generation, op, participant)
    ) with (fillfactor = 80);
  end if;
end $$`;

/** Adds a row unless it is there; waits for a passage at work that is about to add it. Says whether it was added. */
export async function addRow(query: Query, call: BarrierCall, row: BarrierRow): Promise<boolean> {
  const text = `insert into saga_barrier (${KEY.join(', ')}, reason) values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing returning op`;
  const added = await query(text, [...keyOf(call, row), call.op]);
  return added.length === 1;
}

/** A row that is known to be there. Throws `StorageUnavailableError` when it was pruned meanwhile. */
export async function readRow(query: Query, call: BarrierCall, row: BarrierRow): Promise<BarrierOrigin> {
  const [found] = await query(
    `select reason, reply, refusal from saga_barrier where ${IS_ROW}`,
    keyOf(call, row),
  );
  if (found === undefined)
    throw new StorageUnavailableError('the barrier row was pruned while it was read; try again');
  const [reason, reply, refusal] = found as readonly [BarrierOrigin['reason'], string | null, string | null];
  return { reason, reply, refusal };
}

/** Adds to a row how its handler ended. */
export async function settleRow(
  query: Query,
  call: BarrierCall,
  row: BarrierRow,
  end: Omit<BarrierOrigin, 'reason'>,
): Promise<void> {
  await query(`update saga_barrier set reply = $8, refusal = $9 where ${IS_ROW}`, [
    ...keyOf(call, row),
    end.reply,
    end.refusal,
  ]);
}

/** Deletes what is older than `before`, the rows of one action only together. Gives the number of rows. */
export async function pruneRows(query: Query, before: Date): Promise<number> {
  const isSibling = ACTION.map((column) => `younger.${column} = old.${column}`).join(' and ');
  const text = `with pruned as (
      delete from saga_barrier old where at < $1::timestamptz
        and not exists (select from saga_barrier younger where ${isSibling} and younger.at >= $1::timestamptz)
      returning op
    ) select count(*)::text from pruned`;
  const [row] = await query(text, [before.toISOString()]);
  return Number(row?.[0]);
}

function keyOf(call: BarrierCall, row: BarrierRow): readonly (string | number)[] {
  return [call.participant, call.tenant, call.sagaId, call.step, call.iteration, call.generation, row];
}
