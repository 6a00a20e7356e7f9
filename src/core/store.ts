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

/** Why a saga went backward. */
export type CauseType = 'stepFailed' | 'cancelled' | 'timedOut' | 'operator';

/** The columns that a transition may change. Text columns hold JSON where noted. */
export interface SagaState {
  readonly status: SagaStatus;
  /** JSON of the persisted snapshot. */
  readonly snapshot: string;
  /** The step at hand, for people and filters. */
  readonly step: string | null;
  readonly cause: CauseType | null;
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

/** A line of some saga's journal, for those who read all journals as one. */
export interface JournalEntry extends SagaKey, JournalRow {
  readonly definition: DefinitionRef;
  readonly attributes: Readonly<Record<string, string>>;
  /** Its place among the lines of all sagas; counts from 1, with gaps. */
  readonly position: number;
}

/** One saga's transition, to be made durable. `expected: null` starts a saga (version 1, epoch 1). */
export interface SagaWrite {
  readonly key: SagaKey;
  readonly expected: { readonly version: number; readonly epoch: number } | null;
  readonly origin: SagaOrigin | null;
  readonly state: SagaState;
  readonly entry: Omit<JournalRow, 'seq' | 'txId'>;
}

/** Lets go of a saga without moving it. */
export interface SagaRelease {
  readonly key: SagaKey;
  readonly version: number;
  readonly epoch: number;
  readonly dueAt: number | null;
  readonly hooks: string | null;
}

/** Which sagas to list. Every given field must match. */
export interface SagaFilter {
  readonly tenant: string;
  readonly status?: readonly SagaStatus[];
  readonly name?: string;
  /** Definition version. */
  readonly version?: number;
  readonly cause?: CauseType;
  /** Created at or after; ms since the epoch. */
  readonly since?: number;
  /** Created before; ms since the epoch. */
  readonly until?: number;
}

/** A position in a list, newest first: the last row seen. */
export interface SagaCursor {
  readonly createdAt: number;
  readonly id: string;
}

/**
 * Where the truth lives. Every method is one statement or one consistent read; none keeps anything in memory that matters.
 * Errors: `StorageUnavailableError` when the outcome is unknown or the store is down, `StorageRefusedError` when the
 * content is refused. One contract suite holds for every store.
 */
export interface SagaStore {
  /**
   * Makes transitions of different sagas durable together, in one statement. Answers for each, in order, whether it
   * was written: `false` when its version or epoch is stale, or (for a start) its id or idempotency key is taken.
   * One that is refused does not keep the others from being written. `txId` marks the attempt for `committed`.
   */
  commit(txId: string, writes: readonly SagaWrite[]): Promise<readonly boolean[]>;
  /** After a `commit` whose answer was lost: which of its writes were made durable. */
  committed(txId: string, writes: readonly SagaWrite[]): Promise<readonly boolean[]>;
  get(key: SagaKey): Promise<SagaRecord | undefined>;
  findByIdempotencyKey(tenant: string, idempotencyKey: string): Promise<SagaRecord | undefined>;
  /** Newest first. */
  list(
    filter: SagaFilter,
    page: { readonly after?: SagaCursor; readonly limit: number },
  ): Promise<readonly SagaRecord[]>;
  /** Oldest first, after `after`. */
  history(
    key: SagaKey,
    page: { readonly after?: number; readonly limit: number },
  ): Promise<readonly JournalRow[]>;
  /**
   * Takes over up to `limit` sagas of the given definitions that are due without an owner, or whose owner's lease
   * lapsed: owner set, epoch raised. Skips rows that others are claiming.
   */
  claim(options: {
    readonly node: string;
    readonly limit: number;
    readonly definitions: readonly DefinitionRef[];
  }): Promise<readonly SagaRecord[]>;
  /** Takes over one saga, whoever has it, unless it is closed and has no hooks left to run; then its row as it is. */
  claimOne(key: SagaKey, node: string): Promise<SagaRecord | undefined>;
  /** Lets go of sagas that still have this version and epoch; others are left as they are. */
  release(releases: readonly SagaRelease[]): Promise<void>;
  /** Says that `node` lives for another `ttl` ms from now by the store's clock, and tells the store's time. */
  renewLease(node: string, ttl: number): Promise<{ readonly now: number }>;
  /** Ends a node's lease: its sagas can be claimed at once. */
  endLease(node: string): Promise<void>;
  /** How many sagas there are, by status. */
  counts(tenant?: string): Promise<Readonly<Partial<Record<SagaStatus, number>>>>;
  /**
   * Lines of all journals after position `after`, in the order of their positions, which is that of the commits for each
   * saga. It is final: no line that is committed later comes to lie before one that was given. Throws
   * `StorageUnavailableError` as long as a line that lies next is written by a transaction that does not end.
   */
  readJournal(page: { readonly after: number; readonly limit: number }): Promise<readonly JournalEntry[]>;
  /**
   * Gives the relay of that name to `node`, unless another node with a living lease has it, and makes it, at position 0,
   * where there is none. Gives the position up to which it has published; `undefined`: somebody else drives it.
   */
  claimRelay(name: string, node: string): Promise<number | undefined>;
  /** A relay has published up to `to`. `false`: `node` no longer drives it, or it is no longer at `from`. */
  advanceRelay(
    name: string,
    step: { readonly node: string; readonly from: number; readonly to: number },
  ): Promise<boolean>;
  /** Lets another node have the relay, where `node` has it. */
  releaseRelay(name: string, node: string): Promise<void>;
  /** Puts a relay back to position `to`, if it is past it: what comes after is published again. `false`: there is no such relay. */
  rewindRelay(name: string, to: number): Promise<boolean>;
  /**
   * Deletes up to `limit` sagas that were closed before `before` (ms since the epoch), with their journals; gives how many.
   * Leaves those with hooks to run, and those that `relay`, where there is one of that name, has not published to the end.
   */
  deleteClosed(options: {
    readonly before: number;
    readonly limit: number;
    readonly relay: string;
  }): Promise<number>;
  /** Deletes one closed saga, with its journal, on the conditions of `deleteClosed`. `false`: there is none, or they do not hold. */
  deleteSaga(key: SagaKey, relay: string): Promise<boolean>;
  close(): Promise<void>;
}
