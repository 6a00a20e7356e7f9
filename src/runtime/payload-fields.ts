import type { Batch, BatchItem, BatchKey, BatchOrder, BatchResult } from '../core/batch-store.ts';
import { UnreadablePayloadError } from '../core/errors.ts';
import type { PayloadCodec } from '../core/payload-codec.ts';
import type { JournalEntry, SagaKey, SagaRecord, SagaRelease, SagaWrite } from '../core/store.ts';

/** A record, decoded; or, where that failed, as it is stored. */
export interface TriedRecord {
  readonly record: SagaRecord;
  readonly error?: UnreadablePayloadError;
}

/** Which texts of what is stored are encoded, and for which place. */
export class PayloadFields {
  readonly #codec: PayloadCodec;

  constructor(codec: PayloadCodec) {
    this.#codec = codec;
  }

  encodeWrite(write: SagaWrite): SagaWrite {
    const { key, expected, origin, state, entry } = write;
    const { error } = state;
    return {
      ...write,
      origin:
        origin === null
          ? null
          : { ...origin, requestHash: this.#encode(key, 'requestHash', origin.requestHash) },
      state: {
        ...state,
        snapshot: this.#encode(key, 'snapshot', state.snapshot),
        hooks: this.#encode(key, 'hooks', state.hooks),
        // It is searched, and may quote what the participant was given.
        error: error === null ? null : { ...error, message: '' },
      },
      entry: { ...entry, data: this.#encode(key, `data:${(expected?.version ?? 0) + 1}`, entry.data) },
    };
  }

  encodeRelease(release: SagaRelease): SagaRelease {
    return { ...release, hooks: this.#encode(release.key, 'hooks', release.hooks) };
  }

  decodeRecord(record: SagaRecord): SagaRecord {
    return {
      ...record,
      snapshot: this.#decode(record, 'snapshot', record.snapshot),
      hooks: this.#decode(record, 'hooks', record.hooks),
      requestHash: this.#decode(record, 'requestHash', record.requestHash),
    };
  }

  /** Throws nothing that is the payload's fault. */
  tryDecodeRecord(record: SagaRecord): TriedRecord {
    try {
      return { record: this.decodeRecord(record) };
    } catch (error) {
      if (error instanceof UnreadablePayloadError) return { record, error };
      throw error;
    }
  }

  decodeRow<Row extends { readonly seq: number; readonly data: string }>(key: SagaKey, row: Row): Row {
    return { ...row, data: this.#decode(key, `data:${row.seq}`, row.data) };
  }

  /** What was tampered with stays as it is stored; a missing key is thrown. */
  decodeEntry(entry: JournalEntry): JournalEntry {
    try {
      return this.decodeRow(entry, entry);
    } catch (error) {
      if (error instanceof UnreadablePayloadError && error.why === 'damaged') return entry;
      throw error;
    }
  }

  encodeBatch(order: BatchOrder): BatchOrder {
    return {
      ...order,
      fields: this.#encode(order, 'batch fields', order.fields),
      reason: this.#encode(order, 'batch reason', order.reason),
    };
  }

  decodeBatch(batch: Batch): Batch {
    return {
      ...batch,
      fields: this.#decode(batch, 'batch fields', batch.fields),
      reason: this.#decode(batch, 'batch reason', batch.reason),
    };
  }

  encodeDetail(key: BatchKey, result: BatchResult): BatchResult {
    return { ...result, detail: this.#encode(key, `batch detail:${result.sagaId}`, result.detail) };
  }

  decodeDetail(key: BatchKey, item: BatchItem): BatchItem {
    return { ...item, detail: this.#decode(key, `batch detail:${item.sagaId}`, item.detail) };
  }

  #encode<Text extends string | null>({ tenant, id }: SagaKey, field: string, text: Text): Text {
    return text === null ? text : (this.#codec.encode(text, { tenant, id, field }) as Text);
  }

  #decode<Text extends string | null>({ tenant, id }: SagaKey, field: string, text: Text): Text {
    return text === null ? text : (this.#codec.decode(text, { tenant, id, field }) as Text);
  }
}
