import { setTimeout as delay } from 'node:timers/promises';
import { fromFailureText, fromReplyText, recall, toFailureText, toReplyText } from '../core/barrier-rules.ts';
import type { BarrierCall, BarrierOutcome } from '../core/barrier.ts';
import { StorageUnavailableError, TerminalError } from '../core/errors.ts';
import { addRow, readRow, settleRow, type BarrierRow, type Query } from './barrier-table.ts';

/** A transaction as the rules need it: statements of their own, and what the handler writes its effect with. */
export interface BarrierTransaction<Tx> {
  readonly query: Query;
  readonly tx: Tx;
}

/** A database that can hold a barrier. */
export interface BarrierDatabase<Tx> {
  /**
   * Commits what `work` did once it resolves, rolls all of it back when it rejects. Rejects with
   * `StorageUnavailableError` when the connection broke: whether it was committed is then unknown.
   */
  transaction<Result>(work: (transaction: BarrierTransaction<Tx>) => Promise<Result>): Promise<Result>;
}

const MAX_TRIES = 5;

/** Serialization failure, deadlock, a unique key that two inserted at once: running the whole passage again helps. */
const TRANSIENT_STATES: ReadonlySet<unknown> = new Set(['40001', '40P01', '23505']);

/**
 * One passage through the barrier, in one transaction; run again when the database asks for it or the connection
 * broke (a passage that had been committed then finds its own answer).
 */
export async function passBarrier<Tx>(
  database: BarrierDatabase<Tx>,
  call: BarrierCall,
  handler: (tx: Tx) => Promise<unknown>,
): Promise<BarrierOutcome> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await database.transaction((transaction) => pass(transaction, call, handler));
    } catch (error) {
      // Of an undo only: the refusal of an action is stored and returned, not thrown.
      if (error instanceof TerminalError)
        return { type: 'refused', error: fromFailureText(toFailureText(error)), replayed: false };
      if (tries === MAX_TRIES || !isTransient(error)) throw error;
      await delay(Math.random() * 5 * 2 ** tries);
    }
  }
}

async function pass<Tx>(
  { query, tx }: BarrierTransaction<Tx>,
  call: BarrierCall,
  handler: (tx: Tx) => Promise<unknown>,
): Promise<BarrierOutcome> {
  const isFirst = await addRow(query, call, 'do');
  const known = recall(call.op, isFirst ? undefined : await readRow(query, call, 'do'));
  if (known !== undefined) return known;
  if (call.op === 'undo') return passUndo(query, call, () => handler(tx));
  return passAction(query, call, () => handler(tx));
}

async function passUndo(
  query: Query,
  call: BarrierCall,
  handler: () => Promise<unknown>,
): Promise<BarrierOutcome> {
  const isFirst = await addRow(query, call, 'undo');
  if (!isFirst) return { type: 'replayed', reply: fromReplyText((await readRow(query, call, 'undo')).reply) };
  return applied(query, call, 'undo', toReplyText(await handler()));
}

async function passAction(
  query: Query,
  call: BarrierCall,
  handler: () => Promise<unknown>,
): Promise<BarrierOutcome> {
  await query('savepoint saga_action', []);
  try {
    const reply = toReplyText(await handler());
    return await applied(query, call, 'do', reply);
  } catch (error) {
    if (!(error instanceof TerminalError)) throw error;
    await query('rollback to savepoint saga_action', []);
    const refusal = toFailureText(error);
    await settleRow(query, call, 'do', { reply: null, refusal });
    return { type: 'refused', error: fromFailureText(refusal), replayed: false };
  }
}

async function applied(
  query: Query,
  call: BarrierCall,
  row: BarrierRow,
  reply: string,
): Promise<BarrierOutcome> {
  await settleRow(query, call, row, { reply, refusal: null });
  return { type: 'applied', reply: fromReplyText(reply) };
}

/** Query builders wrap the database's errors, so the causes are looked at as well. */
function isTransient(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof StorageUnavailableError) return true;
    if ('code' in cause && TRANSIENT_STATES.has(cause.code)) return true;
  }
  return false;
}
