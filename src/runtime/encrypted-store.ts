import type { AuditEntry, AuditFilter } from '../core/audit.ts';
import type { Batch, BatchItem, BatchKey, BatchOrder, BatchResult, BatchStore } from '../core/batch-store.ts';
import type { UnreadablePayloadError } from '../core/errors.ts';
import type { PayloadCodec } from '../core/payload-codec.ts';
import type {
  JournalEntry,
  JournalRow,
  SagaKey,
  SagaRecord,
  SagaRelease,
  SagaStore,
  SagaWrite,
} from '../core/store.ts';
import { PayloadFields } from './payload-fields.ts';

/**
 * A store that keeps what sagas carry encoded: snapshots, events, hooks, the fingerprint of the start request, what goes
 * with a batch. What is searched stays as it is (names, status, steps, attributes, error codes), and error messages,
 * which may quote anything, are left out of the searched columns. Closing it closes the store beneath.
 */
export class EncryptedStore implements SagaStore {
  readonly #store: SagaStore;
  readonly #fields: PayloadFields;
  #missingKey: UnreadablePayloadError | undefined;

  constructor(store: SagaStore, codec: PayloadCodec) {
    this.#store = store;
    this.#fields = new PayloadFields(codec);
  }

  commit(txId: string, writes: readonly SagaWrite[]): Promise<readonly boolean[]> {
    return this.#store.commit(
      txId,
      writes.map((write) => this.#fields.encodeWrite(write)),
    );
  }

  committed(txId: string, writes: readonly SagaWrite[]): Promise<readonly boolean[]> {
    return this.#store.committed(txId, writes);
  }

  async get(key: SagaKey): Promise<SagaRecord | undefined> {
    const record = await this.#store.get(key);
    return record === undefined ? undefined : this.#fields.decodeRecord(record);
  }

  async findByIdempotencyKey(tenant: string, idempotencyKey: string): Promise<SagaRecord | undefined> {
    const record = await this.#store.findByIdempotencyKey(tenant, idempotencyKey);
    return record === undefined ? undefined : this.#fields.decodeRecord(record);
  }

  /** A row that cannot be read is listed as it is stored: a list must show that it is there. */
  async list(...asked: Parameters<SagaStore['list']>): ReturnType<SagaStore['list']> {
    const { records, next } = await this.#store.list(...asked);
    return { records: records.map((record) => this.#fields.tryDecodeRecord(record).record), next };
  }

  async history(...asked: Parameters<SagaStore['history']>): Promise<readonly JournalRow[]> {
    const [key] = asked;
    return (await this.#store.history(...asked)).map((row) => this.#fields.decodeRow(key, row));
  }

  /**
   * Once this process met a key that it does not have it takes no more sagas: those who have the key shall. What it took
   * is let go of. A row that was tampered with stays where it is, so that it does not come back at each claim.
   */
  async claim(options: Parameters<SagaStore['claim']>[0]): Promise<readonly SagaRecord[]> {
    if (this.#missingKey !== undefined) throw this.#missingKey;
    const claimed = await this.#store.claim(options);
    const tried = claimed.map((record) => this.#fields.tryDecodeRecord(record));
    const locked = tried.filter(({ error }) => error?.why === 'unknownKey');
    this.#missingKey = locked[0]?.error;
    if (locked.length > 0) await this.#store.release(locked.map(({ record }) => toRelease(record)));
    return tried.flatMap(({ record, error }) => (error === undefined ? [record] : []));
  }

  /** Looked at before it is taken: nothing is taken that cannot be read. */
  async claimOne(key: SagaKey, node: string): Promise<SagaRecord | undefined> {
    await this.get(key);
    const record = await this.#store.claimOne(key, node);
    return record === undefined ? undefined : this.#fields.decodeRecord(record);
  }

  release(releases: readonly SagaRelease[]): Promise<void> {
    return this.#store.release(releases.map((release) => this.#fields.encodeRelease(release)));
  }

  async audit(filter: AuditFilter): Promise<readonly AuditEntry[]> {
    return (await this.#store.audit(filter)).map((entry) => this.#fields.decodeRow(entry, entry));
  }

  /**
   * Throws `UnreadablePayloadError` where the key is missing: whoever reads on has to wait until there is one. A line that
   * was tampered with is given as it is stored: it cannot be read by anyone, ever.
   */
  async readJournal(page: {
    readonly after: number;
    readonly limit: number;
  }): Promise<readonly JournalEntry[]> {
    return (await this.#store.readJournal(page)).map((entry) => this.#fields.decodeEntry(entry));
  }

  journalEnd(): Promise<number> {
    return this.#store.journalEnd();
  }

  async createBatch(order: BatchOrder, sagaIds: readonly string[]): Promise<Batch> {
    return this.#fields.decodeBatch(await this.#store.createBatch(this.#fields.encodeBatch(order), sagaIds));
  }

  async getBatch(key: BatchKey): Promise<Batch | undefined> {
    return this.#toBatch(await this.#store.getBatch(key));
  }

  async listBatches(...asked: Parameters<BatchStore['listBatches']>): Promise<readonly Batch[]> {
    return (await this.#store.listBatches(...asked)).map((batch) => this.#fields.decodeBatch(batch));
  }

  async claimBatch(...asked: Parameters<BatchStore['claimBatch']>): Promise<Batch | undefined> {
    return this.#toBatch(await this.#store.claimBatch(...asked));
  }

  async releaseBatch(key: BatchKey, node: string): Promise<Batch | undefined> {
    return this.#toBatch(await this.#store.releaseBatch(key, node));
  }

  async batchItems(...asked: Parameters<BatchStore['batchItems']>): Promise<readonly BatchItem[]> {
    const [key] = asked;
    return (await this.#store.batchItems(...asked)).map((item) => this.#fields.decodeDetail(key, item));
  }

  async settleBatch(key: BatchKey, results: readonly BatchResult[]): Promise<Batch | undefined> {
    const encoded = results.map((result) => this.#fields.encodeDetail(key, result));
    return this.#toBatch(await this.#store.settleBatch(key, encoded));
  }

  async abortBatch(key: BatchKey): Promise<Batch | undefined> {
    return this.#toBatch(await this.#store.abortBatch(key));
  }

  deleteBatches(...asked: Parameters<BatchStore['deleteBatches']>): Promise<number> {
    return this.#store.deleteBatches(...asked);
  }

  renewLease(...asked: Parameters<SagaStore['renewLease']>): ReturnType<SagaStore['renewLease']> {
    return this.#store.renewLease(...asked);
  }

  endLease(node: string): Promise<void> {
    return this.#store.endLease(node);
  }

  pinDefinitions(...asked: Parameters<SagaStore['pinDefinitions']>): ReturnType<SagaStore['pinDefinitions']> {
    return this.#store.pinDefinitions(...asked);
  }

  counts(tenant?: string): ReturnType<SagaStore['counts']> {
    return this.#store.counts(tenant);
  }

  tallies(tenant: string): ReturnType<SagaStore['tallies']> {
    return this.#store.tallies(tenant);
  }

  faults(...asked: Parameters<SagaStore['faults']>): ReturnType<SagaStore['faults']> {
    return this.#store.faults(...asked);
  }

  census(...asked: Parameters<SagaStore['census']>): ReturnType<SagaStore['census']> {
    return this.#store.census(...asked);
  }

  readParked(...asked: Parameters<SagaStore['readParked']>): ReturnType<SagaStore['readParked']> {
    return this.#store.readParked(...asked);
  }

  claimRelay(name: string, node: string): Promise<number | undefined> {
    return this.#store.claimRelay(name, node);
  }

  advanceRelay(...asked: Parameters<SagaStore['advanceRelay']>): Promise<boolean> {
    return this.#store.advanceRelay(...asked);
  }

  releaseRelay(name: string, node: string): Promise<void> {
    return this.#store.releaseRelay(name, node);
  }

  rewindRelay(name: string, to: number): Promise<boolean> {
    return this.#store.rewindRelay(name, to);
  }

  deleteClosed(...asked: Parameters<SagaStore['deleteClosed']>): Promise<number> {
    return this.#store.deleteClosed(...asked);
  }

  deleteSaga(key: SagaKey, relay: string): Promise<boolean> {
    return this.#store.deleteSaga(key, relay);
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  #toBatch(batch: Batch | undefined): Batch | undefined {
    return batch === undefined ? undefined : this.#fields.decodeBatch(batch);
  }
}

/** A store whose payloads are encoded by `codec`: see `EncryptedStore`. */
export function encryptedStore(store: SagaStore, codec: PayloadCodec): SagaStore {
  return new EncryptedStore(store, codec);
}

/** As it was claimed, to be claimed by another node now. */
function toRelease({ tenant, id, version, epoch, dueAt, updatedAt, hooks }: SagaRecord): SagaRelease {
  return { key: { tenant, id }, version, epoch, dueAt: dueAt ?? updatedAt, hooks };
}
