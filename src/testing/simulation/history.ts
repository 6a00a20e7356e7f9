import type { AnySagaDefinition } from '../../core/definition.ts';
import type { PendingHook } from '../../core/hooks.ts';
import type { JournalRow, SagaRecord, SagaWrite } from '../../core/store.ts';
import type { Choice, OperatorAction } from '../../core/transition.ts';
import type { Op, Reply } from '../../core/transport.ts';

/** A transition that the database made durable. `line`, here and below: its place in the order of all that happened. */
export interface DurableMove {
  readonly line: number;
  /** The database's time; ms since the epoch. */
  readonly at: number;
  readonly txId: string;
  readonly write: SagaWrite;
  /** The row as it was before. */
  readonly before: SagaRecord | undefined;
}

/** A node took a saga over. */
export interface Takeover {
  readonly line: number;
  readonly id: string;
  readonly node: string;
  readonly epoch: number;
}

/** A command of a saga, as the ledgers name it. */
export interface LedgerCommand {
  readonly participant: string;
  readonly sagaId: string;
  readonly step: string;
  readonly op: Op;
  readonly generation: number;
}

/** A line of a participant's ledger: an effect that became real, or an answer that the participant's kit gave. */
export interface LedgerLine extends LedgerCommand {
  readonly line: number;
  readonly type:
    | 'effect'
    | 'applied'
    | 'replayed'
    | 'refused'
    | 'nullUndo'
    | 'sealed'
    | 'failed'
    | 'inProgress';
  /** JSON of the reply, of those answers that have one. */
  readonly reply?: string;
  /** The participant remembered the answer: of every reply that was replayed, of refusals where it says so. */
  readonly isRepeated: boolean;
}

/** A command that a node handed to its transport. */
export interface SentCommand extends LedgerCommand {
  readonly line: number;
  readonly node: string;
  readonly attempt: number;
  readonly idempotencyKey: string;
  /** JSON of the action's reply, as an undo is given it; `undefined`: it is given none. */
  readonly original: string | undefined;
}

/** An answer that a node got from its transport. */
export interface ReceivedReply {
  readonly line: number;
  readonly command: SentCommand;
  readonly reply: Reply;
}

/** What an operator wants, or the world outside. */
export interface OperatorRequest {
  readonly action: Exclude<OperatorAction, 'resolve'>;
  /** Of compensate. */
  readonly to?: string;
  /** Of retry. */
  readonly input?: unknown;
  /** Of decide. */
  readonly choice?: Choice;
  /** Of signal. */
  readonly name?: string;
  /** Of signal. */
  readonly data?: unknown;
}

/** What a client asked of a node, and what it was told. */
export interface ClientCall {
  readonly line: number;
  readonly sagaId: string;
  readonly action: 'start' | OperatorRequest['action'];
  /** Who asks; written into the journal with the action. */
  readonly actor: string;
  /** `unknown`: no answer, or one that says nothing. */
  readonly answer: 'unknown' | 'accepted' | 'refused';
  /** A start's input. */
  readonly input?: unknown;
}

/** A hook that ran to its end. */
export interface HookRun extends PendingHook {
  readonly line: number;
  readonly sagaId: string;
}

/** All that happened in a simulated world. */
export interface History {
  readonly definitions: readonly AnySagaDefinition[];
  readonly moves: readonly DurableMove[];
  readonly takeovers: readonly Takeover[];
  readonly ledger: readonly LedgerLine[];
  readonly sent: readonly SentCommand[];
  readonly received: readonly ReceivedReply[];
  readonly calls: readonly ClientCall[];
  readonly hooks: readonly HookRun[];
  /** What the world itself found wrong while it happened. */
  readonly found: readonly Violation[];
  /** The database in the end. */
  readonly rows: readonly SagaRecord[];
  readonly journals: ReadonlyMap<string, readonly JournalRow[]>;
}

/** An invariant that does not hold. The names are those of docs/simulation.md. */
export interface Violation {
  readonly invariant: string;
  readonly sagaId?: string;
  readonly what: string;
}
