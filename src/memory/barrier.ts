import {
  fromFailureText,
  fromReplyText,
  recall,
  toFailureText,
  toReplyText,
  type BarrierOrigin,
} from '../core/barrier-rules.ts';
import type { Barrier, BarrierCall, BarrierOutcome } from '../core/barrier.ts';
import { TerminalError } from '../core/errors.ts';
import { MemoryTable, type MemoryTx } from './barrier-table.ts';

interface Remembered {
  readonly origin: BarrierOrigin;
  /** JSON of the undo's reply, once it was undone. */
  readonly undone?: string;
}

/**
 * A barrier whose memory is the process's: for tests, simulation and examples. Same rules as the PostgreSQL one,
 * and a small transactional table for the effects, which commits together with the barrier's row.
 */
export class MemoryBarrier implements Barrier<MemoryTx> {
  readonly #rows = new Map<string, Remembered>();
  readonly #table = new MemoryTable();
  readonly #tails = new Map<string, Promise<unknown>>();

  /** Passages of one action, its undo and its seal run one after another: a duplicate waits for the first. */
  pass(call: BarrierCall, handler: (tx: MemoryTx) => Promise<unknown>): Promise<BarrierOutcome> {
    const key = originKey(call);
    const passage = (this.#tails.get(key) ?? Promise.resolve()).then(() => this.#pass(key, call, handler));
    const tail = passage
      .catch(() => undefined)
      .finally(() => this.#tails.get(key) === tail && this.#tails.delete(key));
    this.#tails.set(key, tail);
    return passage;
  }

  /** A committed value of the effects' table. */
  get(key: string): unknown {
    return this.#table.get(key);
  }

  async #pass(
    key: string,
    call: BarrierCall,
    handler: (tx: MemoryTx) => Promise<unknown>,
  ): Promise<BarrierOutcome> {
    const row = this.#rows.get(key);
    const known = recall(call.op, row?.origin);
    if (known !== undefined) {
      if (row === undefined) this.#rows.set(key, { origin: { reason: call.op, reply: null, refusal: null } });
      return known;
    }
    if (row?.undone !== undefined) return { type: 'replayed', reply: fromReplyText(row.undone) };
    return this.#run(key, row, handler);
  }

  async #run(
    key: string,
    row: Remembered | undefined,
    handler: (tx: MemoryTx) => Promise<unknown>,
  ): Promise<BarrierOutcome> {
    try {
      const reply = await this.#table.transaction(async (tx) => toReplyText(await handler(tx)));
      this.#rows.set(
        key,
        row ? { ...row, undone: reply } : { origin: { reason: 'do', reply, refusal: null } },
      );
      return { type: 'applied', reply: fromReplyText(reply) };
    } catch (error) {
      if (!(error instanceof TerminalError)) throw error;
      const refusal = toFailureText(error);
      if (row === undefined) this.#rows.set(key, { origin: { reason: 'do', reply: null, refusal } });
      return { type: 'refused', error: fromFailureText(refusal), replayed: false };
    }
  }
}

function originKey(call: BarrierCall): string {
  return JSON.stringify([
    call.participant,
    call.tenant,
    call.sagaId,
    call.step,
    call.iteration,
    call.generation,
  ]);
}
