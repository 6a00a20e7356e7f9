import { randomUUID } from 'node:crypto';
import type {
  DefinitionRef,
  SagaFigures,
  SagaKey,
  SagaOrigin,
  SagaRecord,
  SagaState,
  SagaStore,
  SagaWrite,
} from '../core/store.ts';

/** One rule of the contract for stores; `play` rejects when it is broken. */
export interface StoreRule {
  readonly name: string;
  readonly play: (scene: StoreScene) => Promise<void>;
}

/** What may be different about a saga that a rule starts or moves. */
export interface Change {
  readonly id?: string;
  readonly tenant?: string;
  readonly origin?: Partial<SagaOrigin>;
  readonly state?: Partial<SagaState>;
  readonly entry?: Partial<SagaWrite['entry']>;
}

/** The world of one rule: a tenant, a definition and a node of its own in a store that others use too. */
export class StoreScene {
  readonly store: SagaStore;
  readonly tenant = `tenant-${randomUUID()}`;
  readonly definition: DefinitionRef = { name: `order-${randomUUID()}`, version: 3, hash: 'a1b2c3' };
  readonly node = `node-${randomUUID()}`;
  /** The store's time when the scene began; ms. */
  readonly now: number;

  constructor(store: SagaStore, now: number) {
    this.store = store;
    this.now = now;
  }

  key(id: string): SagaKey {
    return { tenant: this.tenant, id };
  }

  /** The write that starts a saga. */
  toStart({
    id = `saga-${randomUUID()}`,
    tenant = this.tenant,
    origin,
    state,
    entry,
  }: Change = {}): SagaWrite {
    return {
      key: { tenant, id },
      expected: null,
      origin: {
        definition: this.definition,
        deadlineAt: null,
        attributes: {},
        idempotencyKey: null,
        requestHash: 'request',
        createdAt: this.now,
        ...origin,
      },
      state: this.#toState(state),
      entry: {
        type: 'start',
        data: '{"input":1}',
        status: 'running',
        state: 'running.reserve.executing',
        at: this.now,
        ...entry,
      },
    };
  }

  /** The write that moves a saga on from how it was read. */
  toMove(
    record: Pick<SagaRecord, 'tenant' | 'id' | 'version' | 'epoch'> & Partial<SagaFigures>,
    { state, entry }: Change = {},
  ): SagaWrite {
    const { tenant, id, version, epoch, status = 'running', error = null, isOverridden = false } = record;
    return {
      key: { tenant, id },
      expected: { version, epoch, status, error, isOverridden },
      origin: null,
      state: this.#toState(state),
      entry: {
        type: 'succeeded',
        data: '{"result":2}',
        status: 'running',
        state: 'running.charge.executing',
        at: this.now + 5,
        ...entry,
      },
    };
  }

  /** Starts a saga, and gives it as the store has it. */
  async start(change: Change = {}): Promise<SagaRecord> {
    const write = this.toStart(change);
    await this.commit(write);
    return this.read(write.key);
  }

  /** Moves a saga on, and gives it as the store has it. */
  async move(record: SagaRecord, change: Change = {}): Promise<SagaRecord> {
    await this.commit(this.toMove(record, change));
    return this.read(record);
  }

  /** Writes alone, in a transaction of its own; says whether it was written. */
  async write(write: SagaWrite): Promise<boolean> {
    const [isWritten] = await this.store.commit(randomUUID(), [write]);
    return isWritten === true;
  }

  /** Writes alone, and must succeed. */
  async commit(write: SagaWrite): Promise<void> {
    if (!(await this.write(write)))
      throw new Error(`the store did not write saga ${write.key.id}, though nothing speaks against it`);
  }

  async read({ tenant, id }: SagaKey): Promise<SagaRecord> {
    const record = await this.store.get({ tenant, id });
    if (record === undefined) throw new Error(`the store has lost saga ${id}`);
    return record;
  }

  /** The ids of the sagas that a node gets from a claim. */
  async claim(node: string, limit = 100): Promise<readonly string[]> {
    const claimed = await this.store.claim({ node, limit, definitions: [this.definition] });
    return claimed.map(({ id }) => id);
  }

  #toState(state: Partial<SagaState> = {}): SagaState {
    return {
      status: 'running',
      snapshot: '{"value":"running"}',
      step: 'reserve',
      participant: 'inventory',
      cause: null,
      error: null,
      isOverridden: false,
      owner: null,
      dueAt: null,
      hooks: null,
      closedAt: null,
      ...state,
    };
  }
}
