import { setImmediate as turn } from 'node:timers/promises';
import type { SagaStore } from '../core/store.ts';

/** A store of which it is known when nothing is asked of it: virtual time must not pass while it works. */
export class QuietStore {
  /** The store, as it was given. */
  readonly store: SagaStore;
  #underWay = 0;

  constructor(store: SagaStore) {
    this.store = new Proxy(store, {
      get: (target, name) => {
        const found: unknown = Reflect.get(target, name);
        if (typeof found !== 'function') return found;
        const method = found as (...given: readonly unknown[]) => unknown;
        return (...given: readonly unknown[]) => this.#counted(method.apply(target, [...given]));
      },
    });
  }

  /** Resolves once nothing is under way, and whatever waited for it has gone on. */
  async ended(): Promise<void> {
    do await turn();
    while (this.#underWay > 0);
  }

  #counted(answer: unknown): unknown {
    if (!(answer instanceof Promise)) return answer;
    this.#underWay += 1;
    return answer.finally(() => {
      this.#underWay -= 1;
    });
  }
}
