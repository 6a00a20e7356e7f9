import type { PayloadCodec } from '../core/payload-codec.ts';
import { toFacets } from '../core/saga-facets.ts';
import { parseSnapshot, stateText, statusOf, type StoredSnapshot } from '../core/snapshot.ts';
import type { DefinitionRef, SagaFault, SagaFigures, SagaKey, SagaStatus } from '../core/store.ts';
import type { SagaLogic } from '../core/transition.ts';
import { type MigratedData, toMigratedData } from '../core/upgrade.ts';
import { toFigures } from './commit-statement.ts';
import type { Database } from './database.ts';
import { toStorageError } from './storage-error.ts';
import { LATEST_LINES, OPEN_SAGAS, REPIN } from './upgrade-statement.ts';

/** A saga that is not closed, as it is stored, and what it is counted by. */
export interface OpenSaga extends SagaKey, SagaFigures {
  readonly version: number;
  readonly epoch: number;
  readonly stored: StoredSnapshot;
}

/** A saga that is to be pinned to another version. */
export interface Repin {
  readonly saga: OpenSaga;
  readonly to: SagaLogic;
  /** What is journaled: `snapshot` is what the saga goes on with. */
  readonly data: MigratedData;
}

interface OpenRow extends SagaKey {
  readonly version: number;
  readonly epoch: number;
  readonly status: SagaStatus;
  readonly snapshot: string;
  readonly overridden: boolean;
  readonly error_step: string | null;
  readonly error_op: SagaFault['op'] | null;
  readonly error_code: string | null;
  readonly error_message: string | null;
  /** ms since the epoch. */
  readonly error_at: number | null;
}

/** Moves sagas between versions of their definition, in PostgreSQL. Throws `StorageUnavailableError`, `StorageRefusedError`. */
export class UpgradeStore {
  readonly #database: Pick<Database, 'query'>;
  readonly #codec: PayloadCodec | undefined;

  /** `codec`: what payloads are encoded with. */
  constructor(database: Pick<Database, 'query'>, codec?: PayloadCodec) {
    this.#database = database;
    this.#codec = codec;
  }

  /** Sagas of a definition version that are not closed, page by page. */
  async *open({ name, version, hash }: DefinitionRef, pageSize = 500): AsyncGenerator<readonly OpenSaga[]> {
    for (let after: SagaKey = { tenant: '', id: '' }; ;) {
      const given = [name, version, hash, after.tenant, after.id, pageSize];
      const rows = await this.#query<OpenRow>(OPEN_SAGAS, given);
      const last = rows.at(-1);
      if (last === undefined) return;
      yield rows.map((row) => this.#toOpenSaga(row));
      after = last;
    }
  }

  /** What an upgrade journaled last for these sagas; those that moved since are left out. */
  async migrations(sagas: readonly OpenSaga[]): Promise<ReadonlyMap<OpenSaga, MigratedData>> {
    const keys = sagas.map(({ tenant, id, version }) => ({ tenant, id, version }));
    const rows = await this.#query<
      SagaKey & { readonly seq: number; readonly type: string; readonly data: string }
    >(LATEST_LINES, [JSON.stringify(keys)]);
    const found = new Map<OpenSaga, MigratedData>();
    for (const row of rows) {
      const saga = sagas.find(({ tenant, id }) => tenant === row.tenant && id === row.id);
      const data = toMigratedData({ ...row, data: this.#decode(row, `data:${row.seq}`, row.data) });
      if (saga !== undefined && data !== undefined) found.set(saga, data);
    }
    return found;
  }

  /** Pins sagas to another version, in one statement; says of each whether it was. `now`: ms since the epoch. */
  async repin(txId: string, repins: readonly Repin[], now: number): Promise<readonly boolean[]> {
    if (repins.length === 0) return [];
    const input = repins.map((repin, n) => ({ n, ...this.#toInput(repin, now) }));
    const rows = await this.#query<{ readonly n: number }>(REPIN, [txId, JSON.stringify(input)]);
    const moved = new Set(rows.map(({ n }) => n));
    return repins.map((_, n) => moved.has(n));
  }

  #toOpenSaga(row: OpenRow): OpenSaga {
    const { tenant, id, version, epoch, status, overridden, snapshot } = row;
    const stored = JSON.parse(this.#decode(row, 'snapshot', snapshot)) as StoredSnapshot;
    return { tenant, id, version, epoch, status, isOverridden: overridden, error: toFault(row), stored };
  }

  #toInput({ saga, to, data }: Repin, now: number) {
    const { tenant, id, version } = saga;
    const text = JSON.stringify(data.snapshot);
    const snapshot = parseSnapshot(to.machine, text);
    const { step, participant, error, isOverridden } = toFacets(to.plan, snapshot, {
      now,
      before: saga.error,
    });
    return {
      tenant,
      id,
      expected_version: version,
      expected_epoch: saga.epoch,
      name: data.to.name,
      old_version: data.from.version,
      was: toFigures(saga),
      definition_version: data.to.version,
      hash: data.to.hash,
      status: statusOf(snapshot),
      snapshot: this.#encode(saga, 'snapshot', text),
      cause: snapshot.state.context.cause?.type ?? null,
      step,
      participant,
      // It is searched, and may quote what the participant was given.
      fault: error === null || this.#codec === undefined ? error : { ...error, message: '' },
      overridden: isOverridden,
      state: stateText(snapshot),
      data: this.#encode(saga, `data:${version + 1}`, JSON.stringify(data)),
      at: now,
    };
  }

  async #query<Row>(text: string, given: readonly (string | number)[]): Promise<readonly Row[]> {
    try {
      return await this.#database.query<Row>(text, given);
    } catch (error) {
      throw toStorageError(error);
    }
  }

  #decode({ tenant, id }: SagaKey, field: string, text: string): string {
    return this.#codec?.decode(text, { tenant, id, field }) ?? text;
  }

  #encode({ tenant, id }: SagaKey, field: string, text: string): string {
    return this.#codec?.encode(text, { tenant, id, field }) ?? text;
  }
}

function toFault(row: OpenRow): SagaFault | null {
  const { error_step: step, error_op: op, error_code: code, error_message: message, error_at: at } = row;
  if (step === null || op === null || code === null || at === null) return null;
  return { step, op, code, message: message ?? '', at };
}
