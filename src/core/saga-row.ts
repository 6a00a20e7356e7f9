import type { Op } from './transport.ts';

/** What identifies a saga: its tenant and, within it, its id. Both `^[A-Za-z0-9_-]{1,128}$`. */
export interface SagaKey {
  readonly tenant: string;
  readonly id: string;
}

/** The saga's status: the name of the top-level state its chart is in. */
export type SagaStatus = 'running' | 'compensating' | 'completed' | 'compensated' | 'failed' | 'abandoned';

/** Which definition a saga is pinned to. `hash` is that of the generated machine's structure. */
export interface DefinitionRef {
  readonly name: string;
  readonly version: number;
  readonly hash: string;
}

/** A definition as stores keep it, so that the difference can be named from one that comes later. */
export interface PinnedDefinition extends DefinitionRef {
  /** What `toPinned` makes of it; stores do not look into it. */
  readonly structure: string;
}

/** Why a saga went backward. */
export type CauseType = 'stepFailed' | 'cancelled' | 'timedOut' | 'operator';

/** The failure that a saga deals with now, turned back for, or waits for a person with. */
export interface SagaFault {
  readonly step: string;
  readonly op: Op;
  readonly code: string;
  readonly message: string;
  /** When the saga met it; ms since the epoch. */
  readonly at: number;
}

/** The columns that a transition may change. Text columns hold JSON where noted. */
export interface SagaState {
  readonly status: SagaStatus;
  /** JSON of the persisted snapshot. */
  readonly snapshot: string;
  /** The step at hand, for people and filters. */
  readonly step: string | null;
  /** Whose answer is awaited, or would be asked again: of several commands at once, the first one's. */
  readonly participant: string | null;
  readonly cause: CauseType | null;
  readonly error: SagaFault | null;
  /** A person overrode what the saga promises. */
  readonly isOverridden: boolean;
  /** The node that drives the saga; `null`: let go of. */
  readonly owner: string | null;
  /** When a saga without owner wants to be claimed; ms since the epoch. `null`: never by itself. */
  readonly dueAt: number | null;
  /** JSON of hooks that were caused and have not run yet. */
  readonly hooks: string | null;
  readonly closedAt: number | null;
}

/** What is fixed when a saga starts. */
export interface SagaOrigin {
  readonly definition: DefinitionRef;
  /** Absolute; ms since the epoch. */
  readonly deadlineAt: number | null;
  /** Business keys to find the saga by. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly idempotencyKey: string | null;
  /** Fingerprint of the start request; the same id or key with another one is a conflict. */
  readonly requestHash: string;
  readonly createdAt: number;
}

/** A saga's row. `version` is the journal's length: it grows by one with each transition. */
export interface SagaRecord extends SagaKey, SagaState, SagaOrigin {
  readonly version: number;
  /** Grows by one each time a node takes the saga over; a write with an older one is refused. */
  readonly epoch: number;
  /** How often it was claimed since its last transition: many times means that it kills who drives it. */
  readonly claims: number;
  readonly updatedAt: number;
}

/** One line of a saga's journal: what happened, in which state it left the saga. */
export interface JournalRow {
  /** Counts from 1, without gaps. */
  readonly seq: number;
  readonly type: string;
  /** JSON of the event, without its type. */
  readonly data: string;
  readonly status: SagaStatus;
  /** The chart's state after the event, such as `running.charge.executing`. */
  readonly state: string;
  /** ms since the epoch. */
  readonly at: number;
  readonly txId: string;
}

/** What a saga is counted by, besides its definition. */
export type SagaFigures = Pick<SagaState, 'status' | 'isOverridden' | 'error'>;
