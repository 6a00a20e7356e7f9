import { createHash } from 'node:crypto';
import type { Batch, BatchCursor, BatchItem } from '../core/batch-store.ts';
import type { Clock, Ids } from '../core/clock.ts';
import { NotFoundError, ValidationError } from '../core/errors.ts';
import { toJson } from '../core/schema.ts';
import type { SagaCursor, SagaFilter, SagaStore } from '../core/store.ts';
import type { OperatorAction } from '../core/transition.ts';
import type { BatchFields, StoredBatchFields } from './batch-actions.ts';
import type { BatchRunner } from './batch-runner.ts';
import { canonicalJson } from './canonical-json.ts';
import { defaultTenant } from './orchestrator-options.ts';

/** One action on many sagas: those of `ids`, or those that match `filter` now. */
export interface BatchRequest {
  readonly tenant?: string;
  readonly action: OperatorAction;
  readonly ids?: readonly string[];
  readonly filter?: Omit<SagaFilter, 'tenant'>;
  readonly actor?: string;
  readonly reason?: string;
  /** What else goes with the action, such as `as` of a resolve. */
  readonly fields?: BatchFields;
  /** The same key with the same request answers the same batch. */
  readonly idempotencyKey?: string;
  /** What makes the request the same; the request itself when left out. A filter that counts from now is another one a moment later. */
  readonly asked?: unknown;
}

/** What `Batches` needs. */
export interface BatchesOptions {
  readonly store: SagaStore;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly runner: BatchRunner;
}

/** Sagas of one batch at most. */
export const mostSagas = 100_000;
/** Sagas of a filter that are read at once. */
const pageSize = 1_000;

const identifier = /^[A-Za-z0-9_-]{1,128}$/;

/** Operator actions on many sagas at once, which go on whatever becomes of those who asked for them. */
export class Batches {
  readonly #options: BatchesOptions;

  constructor(options: BatchesOptions) {
    this.#options = options;
  }

  /**
   * Makes a batch durable; some node works it off from now on. A filter is looked through once, now. Throws
   * `ValidationError` for ids that are none, for both or neither of ids and filter, for more than 100,000 sagas, and for an
   * idempotency key of another request.
   */
  async start(request: BatchRequest): Promise<Batch> {
    const { store, clock, ids, runner } = this.#options;
    const { tenant = defaultTenant, action, actor = null, reason = null, fields, idempotencyKey } = request;
    const keyed = idempotencyKey === undefined ? undefined : toKeyed(idempotencyKey, request);
    const before = keyed && (await this.#repeated(tenant, keyed));
    if (before !== undefined) return before;
    const sagaIds = await this.#targets(tenant, request);
    const hash = keyed === undefined ? {} : { requestHash: keyed.requestHash };
    const order = {
      tenant,
      id: keyed?.id ?? ids.next(),
      action,
      fields: JSON.stringify({ ...(toJson(fields ?? {}, `what goes with '${action}'`) as object), ...hash }),
      actor,
      reason,
      createdAt: Math.round(clock.now()),
    };
    const batch = await store.createBatch(order, sagaIds).catch(async (error: unknown) => {
      // The same request may have come twice at once.
      const other = keyed && (await this.#repeated(tenant, keyed));
      if (other === undefined) throw error;
      return other;
    });
    runner.open();
    return batch;
  }

  /** A batch, and how far it is. Throws `NotFoundError`. */
  async get(id: string, { tenant = defaultTenant }: { readonly tenant?: string } = {}): Promise<Batch> {
    return found(id, await this.#options.store.getBatch({ tenant, id }));
  }

  /** Batches, newest first, those after `after`. */
  list(page: {
    readonly tenant?: string;
    readonly after?: BatchCursor;
    readonly limit: number;
  }): Promise<readonly Batch[]> {
    const { tenant = defaultTenant, ...rest } = page;
    return this.#options.store.listBatches(tenant, rest);
  }

  /** The sagas of a batch that refused, with why, in the order of their ids. */
  refused(
    id: string,
    {
      tenant = defaultTenant,
      ...page
    }: { readonly tenant?: string; readonly after?: string; readonly limit: number },
  ): Promise<readonly BatchItem[]> {
    return this.#options.store.batchItems({ tenant, id }, { ...page, outcome: 'refused' });
  }

  /** Ends a batch after the sagas that are being acted on; what is done stays done. Throws `NotFoundError`. */
  async abort(id: string, { tenant = defaultTenant }: { readonly tenant?: string } = {}): Promise<Batch> {
    return found(id, await this.#options.store.abortBatch({ tenant, id }));
  }

  /** The batch that a key already stands for. Throws `ValidationError` where that was another request. */
  async #repeated(tenant: string, { id, requestHash }: KeyedBatch): Promise<Batch | undefined> {
    const batch = await this.#options.store.getBatch({ tenant, id });
    if (batch === undefined) return undefined;
    if ((JSON.parse(batch.fields) as StoredBatchFields).requestHash === requestHash) return batch;
    throw new ValidationError('the idempotency key was used for another batch: use a new one', [
      { path: '/idempotencyKey', message: 'belongs to another request' },
    ]);
  }

  async #targets(tenant: string, { ids, filter }: BatchRequest): Promise<readonly string[]> {
    if ((ids === undefined) === (filter === undefined))
      throw new ValidationError('a batch names its sagas by ids, or by a filter: one of both');
    const targets = ids ?? (await this.#matching({ ...filter, tenant }));
    if (targets.length > mostSagas) throw tooMany();
    const wrong = targets.find((id) => !identifier.test(id));
    if (wrong !== undefined)
      throw new ValidationError(`${JSON.stringify(wrong)} is no saga's id`, [
        { path: '/ids', message: 'not an identifier' },
      ]);
    return targets;
  }

  async #matching(filter: SagaFilter): Promise<readonly string[]> {
    const ids: string[] = [];
    for (let after: SagaCursor | null | undefined; after !== null;) {
      const page = await this.#options.store.list(filter, { limit: pageSize, ...(after && { after }) });
      ids.push(...page.records.map(({ id }) => id));
      if (ids.length > mostSagas) throw tooMany();
      after = page.next;
    }
    return ids;
  }
}

/** A batch that was asked for with a key: the key is its name, so that one database row is all there is to it. */
interface KeyedBatch {
  readonly id: string;
  readonly requestHash: string;
}

function toKeyed(key: string, { asked, idempotencyKey: _key, ...request }: BatchRequest): KeyedBatch {
  const { actor, tenant: _tenant, ...rest } = request;
  return { id: `key-${sha256(key)}`, requestHash: sha256(canonicalJson([actor, asked ?? rest])) };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

function tooMany(): ValidationError {
  return new ValidationError(
    `a batch is about ${mostSagas.toLocaleString('en')} sagas at most: narrow its filter`,
  );
}

function found(id: string, batch: Batch | undefined): Batch {
  if (batch === undefined) throw new NotFoundError(`there is no batch '${id}'`);
  return batch;
}
