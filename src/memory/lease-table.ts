import type { Clock } from '../core/clock.ts';
import type { DefinitionRef } from '../core/store.ts';

interface Lease {
  /** ms since the epoch. */
  readonly until: number;
  readonly definitions: readonly DefinitionRef[];
}

/** Until when each node lives, and what it can run. */
export class LeaseTable {
  readonly #clock: Clock;
  readonly #leases = new Map<string, Lease>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** See `SagaStore.renewLease`. */
  renew(node: string, ttl: number, definitions?: readonly DefinitionRef[]): { readonly now: number } {
    const now = this.#clock.now();
    const known = definitions ?? this.#leases.get(node)?.definitions ?? [];
    this.#leases.set(node, { until: now + ttl, definitions: known });
    return { now };
  }

  /** A node's lease is over. */
  end(node: string): void {
    this.#leases.delete(node);
  }

  /** Whether a node lives. */
  lives(node: string): boolean {
    return (this.#leases.get(node)?.until ?? -Infinity) > this.#clock.now();
  }

  /** What the nodes that live can run. */
  get runnable(): readonly DefinitionRef[] {
    const living = [...this.#leases].filter(([node]) => this.lives(node));
    return living.flatMap(([, { definitions }]) => definitions);
  }
}
