import type { AnySagaDefinition } from '../core/definition.ts';
import { UnreadablePayloadError } from '../core/errors.ts';
import type { DefinitionRef, JournalRow, SagaKey, SagaRecord, SagaStore } from '../core/store.ts';
import type { SagaLogic } from '../core/transition.ts';
import { type Deviation, deviationOf } from './conformance.ts';

/** What stored sagas are checked with. */
export interface StoredCheckOptions {
  readonly store: Pick<SagaStore, 'get' | 'history'>;
  /** The definitions that sagas may be pinned to. */
  readonly sagas: readonly AnySagaDefinition[];
}

/** What became of checking one saga. */
export type Checked =
  | { readonly type: 'conforms' }
  | {
      readonly type: 'deviates';
      readonly deviation: Deviation;
      /** Its row; `undefined`: it cannot be read. */
      readonly record: SagaRecord | undefined;
    }
  /** Its definition is not known here. */
  | { readonly type: 'unknown'; readonly definition: DefinitionRef }
  | { readonly type: 'gone' };

/** Lines that are read at once. */
const pageSize = 1_000;

/** Replays stored sagas' journals through their pinned machines, and compares. Reads only. */
export class StoredCheck {
  readonly #store: StoredCheckOptions['store'];
  readonly #logics: ReadonlyMap<string, SagaLogic>;

  constructor({ store, sagas }: StoredCheckOptions) {
    this.#store = store;
    this.#logics = new Map(
      sagas.map(({ ref, plan, machine }) => [
        nameOf(ref),
        { plan, machine: machine as SagaLogic['machine'] },
      ]),
    );
  }

  /** Checks one saga. `definition`: as which it is told of where its row cannot be read. */
  async check(key: SagaKey, definition: DefinitionRef): Promise<Checked> {
    try {
      return await this.#check(key);
    } catch (error) {
      // A key that is missing here may be there elsewhere; what was tampered with nobody can read.
      if (!(error instanceof UnreadablePayloadError) || error.why !== 'damaged') throw error;
      const { tenant, id } = key;
      const what = 'its journal or its snapshot was tampered with, and cannot be read';
      return {
        type: 'deviates',
        deviation: { tenant, id, definition, kind: 'broken', seq: 0, what },
        record: undefined,
      };
    }
  }

  async #check(key: SagaKey): Promise<Checked> {
    const record = await this.#store.get(key);
    if (record === undefined) return { type: 'gone' };
    const { definition } = record;
    const logic = this.#logics.get(nameOf(definition));
    if (logic === undefined) return { type: 'unknown', definition };
    // Lines that were written since the row was read are left to the next look.
    const deviation = deviationOf(logic, record, await this.#lines(key, record.version));
    if (deviation === undefined) return { type: 'conforms' };
    // Deleted meanwhile, with its journal.
    return (await this.#store.get(key)) === undefined
      ? { type: 'gone' }
      : { type: 'deviates', deviation, record };
  }

  async #lines(key: SagaKey, last: number): Promise<readonly JournalRow[]> {
    const rows: JournalRow[] = [];
    while (rows.length < last) {
      const limit = Math.min(pageSize, last - rows.length);
      const page = await this.#store.history(key, { after: rows.length, limit });
      if (page.length === 0) break;
      rows.push(...page);
    }
    return rows;
  }
}

function nameOf({ name, version, hash }: DefinitionRef): string {
  return `${name}@${version} ${hash}`;
}
