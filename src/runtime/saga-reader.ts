import { NotFoundError } from '../core/errors.ts';
import { type Inspect, toActor, toReplayingActor } from '../core/live.ts';
import { type StoredSnapshot, toStored } from '../core/snapshot.ts';
import type { JournalRow, SagaCursor, SagaFilter, SagaKey, SagaRecord, SagaStore } from '../core/store.ts';
import type { SagaLogic } from '../core/transition.ts';
import { migratedType, toMigratedData } from '../core/upgrade.ts';
import { defaultTenant, type SagaPage } from './orchestrator-options.ts';
import type { Registry } from './registry.ts';
import { replay } from './replay.ts';
import { type Saga, toSaga, toSummary } from './saga.ts';

/** Which part of a saga's journal. */
export interface HistoryOptions {
  readonly tenant?: string;
  /** After this position. */
  readonly after?: number;
  /** Default 1,000. */
  readonly limit?: number;
}

/** Which moment of a saga: after journal position `seq`; now, when left out. */
export interface MomentOptions {
  readonly tenant?: string;
  readonly seq?: number;
}

/** Up to which moment of a saga, and who looks on. */
export interface ReplayOptions extends MomentOptions {
  /** Told of each event and state; an inspector's `inspect` is one. */
  readonly inspect: Inspect;
}

/** Reads sagas: as they are, and as they were. */
export class SagaReader {
  readonly #store: SagaStore;
  readonly #registry: Registry;

  constructor({ store, registry }: { readonly store: SagaStore; readonly registry: Registry }) {
    this.#store = store;
    this.#registry = registry;
  }

  /** A saga's row. Throws `NotFoundError`. */
  async record(key: SagaKey): Promise<SagaRecord> {
    const record = await this.#store.get(key);
    if (record === undefined) throw new NotFoundError(`there is no saga '${key.id}'`);
    return record;
  }

  /** A row, read with its definition. Throws `NotFoundError` when that is not here. */
  toSaga(record: SagaRecord): Saga {
    return toSaga(record, this.#registry.pinned(record.definition).logic);
  }

  /** See `Orchestrator.list`. */
  async list(
    filter: Partial<SagaFilter>,
    page: { readonly after?: SagaCursor; readonly limit?: number },
  ): Promise<SagaPage> {
    const { records, next } = await this.#store.list(
      { tenant: defaultTenant, ...filter },
      { limit: 50, ...page },
    );
    return { items: records.map(toSummary), next };
  }

  /** See `Orchestrator.history`. */
  async history(
    id: string,
    { tenant = defaultTenant, after = 0, limit = 1_000 }: HistoryOptions,
  ): Promise<readonly JournalRow[]> {
    await this.record({ tenant, id });
    return this.#store.history({ tenant, id }, { after, limit });
  }

  /** See `Orchestrator.snapshot`. */
  async snapshot(id: string, { tenant = defaultTenant, seq }: MomentOptions): Promise<StoredSnapshot> {
    const record = await this.record({ tenant, id });
    if (seq === undefined) return JSON.parse(record.snapshot) as StoredSnapshot;
    const { logic, rows } = await this.#past(record, seq);
    return toStored(replay(logic, record, rows));
  }

  /** See `Orchestrator.restore`. */
  async restore(
    id: string,
    { tenant = defaultTenant, seq }: MomentOptions,
  ): Promise<ReturnType<typeof toActor>> {
    const record = await this.record({ tenant, id });
    const { logic, rows } = await this.#past(record, seq ?? record.version);
    return toActor(logic.machine, replay(logic, record, rows));
  }

  /** See `Orchestrator.replay`. */
  async replay(
    id: string,
    { tenant = defaultTenant, seq, inspect }: ReplayOptions,
  ): Promise<ReturnType<typeof toActor>> {
    const record = await this.record({ tenant, id });
    const { logic, rows } = await this.#past(record, seq ?? record.version);
    return toReplayingActor(logic.machine, { id, rows, inspect });
  }

  /** The journal up to position `seq`, and the definition that the saga had then: an upgrade gave it another one. */
  async #past(
    record: SagaRecord,
    seq: number,
  ): Promise<{ readonly logic: SagaLogic; readonly rows: readonly JournalRow[] }> {
    if (!(Number.isInteger(seq) && seq >= 1 && seq <= record.version)) {
      throw new NotFoundError(`saga '${record.id}' has journal positions 1 to ${record.version}, not ${seq}`);
    }
    const all = await this.#store.history(record, { limit: record.version });
    const upgrade = all.slice(seq).find(({ type }) => type === migratedType);
    const definition = (upgrade && toMigratedData(upgrade))?.from ?? record.definition;
    return { logic: this.#registry.pinned(definition).logic, rows: all.slice(0, seq) };
  }
}
