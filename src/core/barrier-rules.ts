import type { BarrierOutcome } from './barrier.ts';
import { toFailure, type Failure } from './errors.ts';
import type { Op } from './transport.ts';

/** What a barrier remembers about an action: which op came first, and how the action ended. */
export interface BarrierOrigin {
  /** `do`: the action ran. `undo` or `seal`: that came first, so the action never will run. */
  readonly reason: Op;
  /** JSON of the action's reply; `null` when there is none. */
  readonly reply: string | null;
  /** JSON of the action's refusal; `null` when there is none. */
  readonly refusal: string | null;
}

/**
 * What the barrier's memory says about a passage; `undefined`: nothing, the handler has to run. `origin` is
 * `undefined` when this passage is the first of its action, undo and seal.
 */
export function recall(op: Op, origin: BarrierOrigin | undefined): BarrierOutcome | undefined {
  return op === 'undo' ? recallForUndo(origin) : recallForAction(op, origin);
}

function recallForUndo(origin: BarrierOrigin | undefined): BarrierOutcome | undefined {
  const hasEffect = origin?.reason === 'do' && origin.refusal === null;
  return hasEffect ? undefined : { type: 'nullUndo' };
}

function recallForAction(op: 'do' | 'seal', origin: BarrierOrigin | undefined): BarrierOutcome | undefined {
  if (origin === undefined) return op === 'seal' ? { type: 'sealed' } : undefined;
  if (origin.reason !== 'do') return { type: 'sealed' };
  if (origin.refusal !== null)
    return { type: 'refused', error: fromFailureText(origin.refusal), replayed: true };
  return { type: 'replayed', reply: fromReplyText(origin.reply) };
}

/** A reply as the barrier stores it. Throws `TypeError` when it is no JSON. */
export function toReplyText(reply: unknown): string {
  // JSON.stringify is typed as if it always gave a string; undefined and functions give undefined.
  const text = JSON.stringify(reply) as string | undefined;
  return text ?? 'null';
}

/** A stored reply as it is sent: every answer to one command comes from the same text. */
export function fromReplyText(text: string | null): unknown {
  return JSON.parse(text ?? 'null');
}

/** An error as the barrier stores it. Details that are no JSON are dropped: a refusal must not fail for its explanation. */
export function toFailureText(error: unknown): string {
  const failure = toFailure(error);
  try {
    return JSON.stringify(failure);
  } catch {
    return JSON.stringify({ code: failure.code, message: failure.message } satisfies Failure);
  }
}

/** A stored error as it is sent. */
export function fromFailureText(text: string): Failure {
  return JSON.parse(text) as Failure;
}
