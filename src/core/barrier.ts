import type { Failure } from './errors.ts';
import type { Op } from './transport.ts';

/** One passage through a participant's barrier. The action, its undo and its seal share everything but `op`. */
export interface BarrierCall {
  readonly participant: string;
  readonly tenant: string;
  readonly sagaId: string;
  readonly step: string;
  readonly iteration: number;
  readonly generation: number;
  readonly op: Op;
}

/** What the barrier found. */
export type BarrierOutcome =
  /** The handler ran and its effect is durable together with the reply. */
  | { readonly type: 'applied'; readonly reply: unknown }
  /** It ran before: the stored reply. For a seal: the action had succeeded. */
  | { readonly type: 'replayed'; readonly reply: unknown }
  /** The action was refused, now or before; the refusal is durable. An undo's refusal is not stored: it may be asked again. */
  | { readonly type: 'refused'; readonly error: Failure; readonly replayed: boolean }
  /** Undo of an action that never ran (or was refused): nothing to do, and the action never will run. */
  | { readonly type: 'nullUndo' }
  /** The action came after its undo or seal, or the seal came first: it never will run. */
  | { readonly type: 'sealed' };

/**
 * Makes a participant's operations idempotent, undo legal before the action, and late actions harmless
 * (the rules of dtm's sub-transaction barrier, with the reply and the refusal stored).
 * `Tx` is what a handler gets to write its effect with, in the same transaction as the barrier's row.
 */
export interface Barrier<Tx = unknown> {
  /**
   * Runs `handler` unless the barrier knows better. A `TerminalError` from it is a refusal; any other error
   * rolls everything back and is rethrown.
   */
  pass(call: BarrierCall, handler: (tx: Tx) => Promise<unknown>): Promise<BarrierOutcome>;
}
