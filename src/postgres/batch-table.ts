import type {
  Batch,
  BatchItem,
  BatchKey,
  BatchOrder,
  BatchOutcome,
  BatchResult,
  BatchStore,
} from '../core/batch-store.ts';
import { StorageUnavailableError } from '../core/errors.ts';
import {
  ABORT_BATCH,
  CLAIM_BATCH,
  CREATE_BATCH,
  DELETE_BATCHES,
  GET_BATCH,
  LIST_BATCHES,
  PENDING_ITEMS,
  RELEASE_BATCH,
  SETTLE_BATCH,
  SETTLED_ITEMS,
} from './batch-statement.ts';

/** A batch as the statements give it. */
interface BatchRow extends Omit<Batch, 'waitsFor'> {
  /** JSON. */
  readonly waitsFor: string;
}

/** Runs a statement and gives its rows. */
export type Run = <Row>(text: string, parameters: readonly (string | number)[]) => Promise<readonly Row[]>;

/** Later than any batch. */
const latest = { createdAt: Date.UTC(9999, 0), id: '' };

/** The part of the store that is about batches, over `run`. */
export function createBatchTable(ask: Run): BatchStore {
  // The driver's rows are more than a list.
  const run: Run = async <Row>(text: string, parameters: readonly (string | number)[]) => [
    ...(await ask<Row>(text, parameters)),
  ];
  const many = async (...asked: Parameters<Run>) => (await run<BatchRow>(...asked)).map(toBatch);
  const one = async (...asked: Parameters<Run>) => (await many(...asked))[0];
  return {
    async createBatch({ createdAt, ...order }: BatchOrder, sagaIds: readonly string[]): Promise<Batch> {
      const made = { ...order, created_at: createdAt };
      const batch = await one(CREATE_BATCH, [JSON.stringify(made), JSON.stringify(sagaIds)]);
      if (batch === undefined) throw new StorageUnavailableError('the database gave no answer to a batch');
      return batch;
    },
    getBatch: ({ tenant, id }: BatchKey) => one(GET_BATCH, [tenant, id]),
    listBatches: (tenant, { after: { createdAt, id } = latest, limit }) =>
      many(LIST_BATCHES, [tenant, createdAt, id, limit]),
    claimBatch: (node, definitions) => one(CLAIM_BATCH, [node, JSON.stringify(definitions)]),
    releaseBatch: ({ tenant, id }, node) => one(RELEASE_BATCH, [tenant, id, node]),
    batchItems: ({ tenant, id }: BatchKey, { outcome, after = '', limit }) =>
      itemsOf([tenant, id, after, limit], outcome, run),
    settleBatch: ({ tenant, id }: BatchKey, results: readonly BatchResult[]) =>
      one(SETTLE_BATCH, [tenant, id, JSON.stringify(results)]),
    abortBatch: ({ tenant, id }: BatchKey) => one(ABORT_BATCH, [tenant, id]),
    async deleteBatches({ before, limit }) {
      const [row] = await run<{ readonly deleted: number }>(DELETE_BATCHES, [before, Math.max(0, limit)]);
      return row?.deleted ?? 0;
    },
  };
}

function toBatch({ waitsFor, ...batch }: BatchRow): Batch {
  return { ...batch, waitsFor: JSON.parse(waitsFor) as Batch['waitsFor'] };
}

function itemsOf(
  page: readonly (string | number)[],
  outcome: BatchOutcome | null,
  run: Run,
): Promise<readonly BatchItem[]> {
  return outcome === null ? run(PENDING_ITEMS, page) : run(SETTLED_ITEMS, [...page, outcome]);
}
