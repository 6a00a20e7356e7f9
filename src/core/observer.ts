import type { Outcome } from './context.ts';
import type { SagaRecord } from './store.ts';
import type { Move, SagaEvent } from './transition.ts';
import type { CommandRequest } from './transport.ts';

/** A saga that is about to be started. */
export interface StartingSaga {
  readonly name: string;
  readonly version: number;
  readonly tenant: string;
  readonly id: string;
  /** Where its caller is in a trace. */
  readonly traceparent?: string | undefined;
}

/** What became of a start: durable; the same request had done it before; or not possible. */
export type StartOutcome = 'started' | 'replayed' | 'failed';

/** Whoever watches one start. */
export interface StartWatch {
  /** Kept with the saga: under it come its commands, whichever node sends them. */
  readonly traceparent?: string | undefined;
  ended(outcome: StartOutcome): void;
}

/** How an attempt ended; `abandoned`: this node stopped waiting for other reasons than its timeout. */
export type AttemptOutcome = Outcome | 'abandoned';

/** Whoever watches one attempt of a command. */
export interface AttemptWatch {
  /** Goes with the command, instead of the saga's own. */
  readonly traceparent?: string | undefined;
  /** `code` is the error's, where there is one. */
  ended(outcome: AttemptOutcome, code?: string): void;
}

/** A durable move, and what it came from. */
export interface ObservedMove {
  readonly record: SagaRecord;
  readonly move: Move;
  /** `null`: the saga began. */
  readonly before: SagaRecord | null;
  readonly event: SagaEvent | { readonly type: 'start' };
}

/** Why a start was refused before anything was written. */
export type StartRefusal = 'overloaded' | 'failing' | 'closing';

/**
 * Whoever measures an engine: it is told of what happens, and told of some of it on the hot path, so each method must be
 * cheap. What one throws is logged and changes nothing.
 */
export interface EngineObserver {
  /** A saga is about to be started. */
  starting?(start: StartingSaga): StartWatch | undefined;
  /** A start was refused. */
  refused?(why: StartRefusal): void;
  /** A move is durable. */
  moved?(moved: ObservedMove): void;
  /** A command is about to be sent; `isResent`: it may have been before, by a node that is gone. */
  sending?(request: CommandRequest, isResent: boolean): AttemptWatch | undefined;
  /** A statement with the moves of so many sagas is about to be sent; what is returned is called when its outcome is certain. */
  committing?(sagas: number): (() => void) | undefined;
  /** Sagas were taken over. */
  claimed?(records: readonly SagaRecord[]): void;
  /** The node's lease was renewed, or could not be. */
  leaseRenewed?(isRenewed: boolean): void;
}
