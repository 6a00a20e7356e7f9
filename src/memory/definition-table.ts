import { isClosed } from '../core/snapshot.ts';
import type { PinnedDefinition, SagaRecord, SagaStore } from '../core/store.ts';
import { isSame } from './saga-order.ts';

/** What the table needs. */
export interface DefinitionTableOptions {
  /** All sagas. */
  readonly records: () => readonly SagaRecord[];
  /** Throws when the store is closed. */
  readonly check: () => void;
}

/** What the name and version of each definition stand for. */
export class DefinitionTable {
  readonly #definitions = new Map<string, PinnedDefinition>();
  readonly #options: DefinitionTableOptions;

  constructor(options: DefinitionTableOptions) {
    this.#options = options;
  }

  /** See `SagaStore.pinDefinitions`. */
  readonly pin: SagaStore['pinDefinitions'] = async (given) => {
    this.#options.check();
    return given.map((definition) => this.#pinOne(definition));
  };

  #pinOne({ name, version, hash, structure }: PinnedDefinition): PinnedDefinition {
    const key = JSON.stringify([name, version]);
    const kept = this.#definitions.get(key);
    if (kept !== undefined && (kept.hash === hash || this.#isInUse(kept))) return kept;
    const pinned = { name, version, hash, structure };
    this.#definitions.set(key, pinned);
    return pinned;
  }

  #isInUse(kept: PinnedDefinition): boolean {
    return this.#options
      .records()
      .some(({ definition, status }) => !isClosed(status) && isSame(definition, kept));
  }
}
