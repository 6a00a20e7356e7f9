import type { Batch } from '../core/batch-store.ts';
import { isClosed } from '../core/snapshot.ts';
import type { DefinitionRef, SagaKey, SagaStore } from '../core/store.ts';
import type { OperatorAction } from '../core/transition.ts';
import type { ActionRequest, Actions } from './actions.ts';

/** Every action that a batch can do. */
export const batchActions = [
  'cancel',
  'retry',
  'skip',
  'compensate',
  'resolve',
  'decide',
  'signal',
  'pause',
  'resume',
] as const satisfies readonly OperatorAction[];

/** What goes with a batch's action, such as `as` of a resolve. */
export type BatchFields = Omit<ActionRequest, 'action'>;

/** What is stored as the `fields` of a batch. */
export interface StoredBatchFields extends BatchFields {
  /** Fingerprint of the request, where it came with an idempotency key. */
  readonly requestHash?: string;
}

/**
 * Does a batch's action on one saga, under a key of the batch: asked again, it changes nothing. Throws what the action throws.
 */
export async function actOn(
  actions: Pick<Actions, 'act'>,
  { tenant, id, action, fields, actor, reason }: Batch,
  sagaId: string,
): Promise<void> {
  const { requestHash: _requestHash, ...own } = JSON.parse(fields) as StoredBatchFields;
  const request = { ...own, action: action as OperatorAction };
  const who = { ...(actor === null ? {} : { actor }), ...(reason === null ? {} : { reason }) };
  await actions.act(sagaId, request, { ...who, tenant, idempotencyKey: `batch-${id}` });
}

/** Whether none of these definitions is that of a saga which is still open. Throws what the store's `get` throws. */
export async function isForeign(
  saga: SagaKey,
  {
    store,
    definitions,
  }: { readonly store: Pick<SagaStore, 'get'>; readonly definitions: readonly DefinitionRef[] },
): Promise<boolean> {
  const record = await store.get(saga);
  if (record === undefined || isClosed(record.status)) return false;
  const { name, version, hash } = record.definition;
  return !definitions.some(
    (known) => known.name === name && known.version === version && known.hash === hash,
  );
}
