import type { AnySagaDefinition } from '../core/definition.ts';
import { DefinitionError, NotFoundError } from '../core/errors.ts';
import type { DefinitionRef } from '../core/store.ts';
import type { SagaLogic } from '../core/transition.ts';

/** A definition, ready to run. */
export interface RegisteredSaga {
  readonly definition: AnySagaDefinition;
  readonly ref: DefinitionRef;
  readonly logic: SagaLogic;
}

/** The definitions an orchestrator knows; several versions of one saga stand side by side. */
export class Registry {
  readonly #sagas: readonly RegisteredSaga[];

  /** Throws `DefinitionError` when a definition is not sound, or two share a name and version. */
  constructor(definitions: readonly AnySagaDefinition[]) {
    this.#sagas = definitions.map((definition) => ({
      definition,
      ref: definition.ref,
      logic: { plan: definition.plan, machine: definition.machine as SagaLogic['machine'] },
    }));
    const names = this.#sagas.map(({ ref }) => `${ref.name}@${ref.version}`);
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined)
      throw new DefinitionError(`saga '${twice}' is given twice: raise the version of one`);
  }

  /** All of them. */
  get all(): readonly RegisteredSaga[] {
    return this.#sagas;
  }

  /** One by name; the newest version when none is asked for. Throws `NotFoundError` naming what there is. */
  named(name: string, version?: number): RegisteredSaga {
    const found = this.#sagas
      .filter(({ ref }) => ref.name === name && (version === undefined || ref.version === version))
      .toSorted((a, b) => b.ref.version - a.ref.version)[0];
    if (found !== undefined) return found;
    const known = this.#sagas.map(({ ref }) => `${ref.name}@${ref.version}`).join(', ');
    throw new NotFoundError(
      `there is no saga '${name}'${version === undefined ? '' : ` version ${version}`}; known: ${known || 'none'}`,
    );
  }

  /** The one that a stored saga is pinned to. Throws `NotFoundError` when it is not here, or has another structure. */
  pinned(ref: DefinitionRef): RegisteredSaga {
    const found = this.#sagas.find(
      (saga) => saga.ref.name === ref.name && saga.ref.version === ref.version && saga.ref.hash === ref.hash,
    );
    if (found !== undefined) return found;
    throw new NotFoundError(
      `this node has no definition '${ref.name}' version ${ref.version} with structure ${ref.hash}`,
    );
  }
}
