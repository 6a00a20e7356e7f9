import type { AuditEntry, AuditFilter } from './audit.ts';
import type { BatchStore } from './batch-store.ts';
import type { CensusStore } from './census.ts';
import type { FaultFilter, FaultGroup, SagaCursor, SagaFilter, SagaSlice, SagaTally } from './saga-list.ts';
import type {
  CauseType,
  DefinitionRef,
  JournalRow,
  PinnedDefinition,
  SagaFigures,
  SagaKey,
  SagaOrigin,
  SagaRecord,
  SagaState,
  SagaStatus,
} from './saga-row.ts';

export type { SagaCursor, SagaFilter, SagaSlice, SagaTally } from './saga-list.ts';
export type {
  CauseType,
  DefinitionRef,
  JournalRow,
  PinnedDefinition,
  SagaFault,
  SagaFigures,
  SagaKey,
  SagaOrigin,
  SagaRecord,
  SagaState,
  SagaStatus,
} from './saga-row.ts';

/** A line of some saga's journal, for those who read all journals as one. */
export interface JournalEntry extends SagaKey, JournalRow {
  readonly definition: DefinitionRef;
  readonly attributes: Readonly<Record<string, string>>;
  /** Why the saga went backward, as its row says now. */
  readonly cause: CauseType | null;
  /** Its place among the lines of all sagas; counts from 1, with gaps. */
  readonly position: number;
}

/** A saga as a transition found it; its figures are those of that version, and leave the counts when they change. */
export interface SagaBefore extends SagaFigures {
  readonly version: number;
  readonly epoch: number;
}

/** One saga's transition, to be made durable. `expected: null` starts a saga (version 1, epoch 1). */
export interface SagaWrite {
  readonly key: SagaKey;
  readonly expected: SagaBefore | null;
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

/**
 * Where the truth lives. Every method is one statement or one consistent read; none keeps anything in memory that matters.
 * Errors: `StorageUnavailableError` when the outcome is unknown or the store is down, `StorageRefusedError` when the
 * content is refused. One contract suite holds for every store.
 */
export interface SagaStore extends BatchStore, CensusStore {
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
  list(filter: SagaFilter, page: { readonly after?: SagaCursor; readonly limit: number }): Promise<SagaSlice>;
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
  /**
   * Says that `node` lives for another `ttl` ms from now by the store's clock, and tells the store's time. `definitions`:
   * which sagas it can run; where they are left out they stay as they were last said.
   */
  renewLease(
    node: string,
    ttl: number,
    definitions?: readonly DefinitionRef[],
  ): Promise<{ readonly now: number }>;
  /** Ends a node's lease: its sagas can be claimed at once. */
  endLease(node: string): Promise<void>;
  /**
   * Keeps definitions that are new by name and version, and gives for each, in order, the one that is kept. One with another
   * hash gives way to the given one where no saga that is not closed is pinned to it.
   */
  pinDefinitions(definitions: readonly PinnedDefinition[]): Promise<readonly PinnedDefinition[]>;
  /** How many sagas there are, by status. */
  counts(tenant?: string): Promise<Readonly<Partial<Record<SagaStatus, number>>>>;
  /** How many sagas of a tenant there are, by everything they are counted by; exact, without reading the sagas. */
  tallies(tenant: string): Promise<readonly SagaTally[]>;
  /** Faults that sagas have now, those of most sagas first. */
  faults(filter: FaultFilter): Promise<readonly FaultGroup[]>;
  /** What people did, newest first. */
  audit(filter: AuditFilter): Promise<readonly AuditEntry[]>;
  /**
   * Lines of all journals after position `after`, in the order of their positions, which is that of the commits for each
   * saga. It is final: no line that is committed later comes to lie before one that was given. Throws
   * `StorageUnavailableError` as long as a line that lies next is written by a transaction that does not end.
   */
  readJournal(page: { readonly after: number; readonly limit: number }): Promise<readonly JournalEntry[]>;
  /** The position of the journal's last line, 0 where there is none. Every line up to it can be read by then. */
  journalEnd(): Promise<number>;
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
