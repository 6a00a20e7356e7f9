import type { DefinitionRef } from './saga-row.ts';

/** Where a batch is. */
export type BatchStatus = 'running' | 'done' | 'aborted';

/** One action on many sagas. */
export interface BatchOrder {
  readonly tenant: string;
  readonly id: string;
  /** `retry`, `cancel`, … */
  readonly action: string;
  /** JSON of what else goes with the action, such as `as` of a resolve; and `requestHash` where it was asked for with a key. */
  readonly fields: string;
  readonly actor: string | null;
  readonly reason: string | null;
  /** ms since the epoch. */
  readonly createdAt: number;
}

/** A batch and how far it is. */
export interface Batch extends BatchOrder {
  readonly status: BatchStatus;
  /** Sagas it is about. */
  readonly total: number;
  /** Sagas that did it. */
  readonly done: number;
  /** Sagas that refused. */
  readonly failed: number;
  /** What its remaining sagas need, and no node that looked at them had. Empty: it is worked at, or soon will be, or is over. */
  readonly waitsFor: readonly DefinitionRef[];
  /** ms since the epoch; `null`: it runs. */
  readonly finishedAt: number | null;
}

/** What became of a batch's action on one saga; `null`: nothing yet. */
export interface BatchItem {
  readonly sagaId: string;
  readonly outcome: BatchOutcome | null;
  /** Why it was refused. */
  readonly detail: string | null;
}

/** Whether a saga did what it was asked for. */
export type BatchOutcome = 'done' | 'refused';

/** A batch's name. */
export type BatchKey = Pick<BatchOrder, 'tenant' | 'id'>;

/** A place in the list of batches. */
export type BatchCursor = Pick<BatchOrder, 'createdAt' | 'id'>;

/** The outcome of the action on one saga. */
export interface BatchResult {
  readonly sagaId: string;
  readonly outcome: BatchOutcome;
  readonly detail: string | null;
}

/** Where batches are kept, so that any node can go on with one. The part of `SagaStore` that is about them. */
export interface BatchStore {
  /** Makes a batch durable, with its sagas, each once; it is `running`, or `done` when there are none. */
  createBatch(order: BatchOrder, sagaIds: readonly string[]): Promise<Batch>;
  getBatch(key: BatchKey): Promise<Batch | undefined>;
  /** Newest first, those after `after`. */
  listBatches(
    tenant: string,
    page: { readonly after?: BatchCursor; readonly limit: number },
  ): Promise<readonly Batch[]>;
  /**
   * Gives a node the oldest running batch that no node with a living lease works at, or that it works at itself. One that
   * waits for definitions only goes to a node that has one of them, and waits for none then.
   */
  claimBatch(node: string, definitions: readonly DefinitionRef[]): Promise<Batch | undefined>;
  /**
   * Lets go of a batch for which a node can do no more: it waits for the definitions of those of its sagas that have no
   * outcome and are not closed. `undefined`: it is not running, or the node does not work at it; then nothing changes.
   */
  releaseBatch(key: BatchKey, node: string): Promise<Batch | undefined>;
  /** A batch's sagas with one outcome (`null`: none yet), in the order of their ids, after one of them. */
  batchItems(
    key: BatchKey,
    page: { readonly outcome: BatchOutcome | null; readonly after?: string; readonly limit: number },
  ): Promise<readonly BatchItem[]>;
  /** Keeps outcomes, each saga's first one only; the batch is `done` with the last. `undefined`: there is no such batch. */
  settleBatch(key: BatchKey, results: readonly BatchResult[]): Promise<Batch | undefined>;
  /** Ends a running batch; what is done stays done. `undefined`: there is no such batch. */
  abortBatch(key: BatchKey): Promise<Batch | undefined>;
  /**
   * Deletes batches that ended before `before` (ms since the epoch), with what became of their sagas, whoever's they are;
   * gives how many. The longest ended first, until they were about `limit` sagas together; at most `limit` batches.
   */
  deleteBatches(options: { readonly before: number; readonly limit: number }): Promise<number>;
}
