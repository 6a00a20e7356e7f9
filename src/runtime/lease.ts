import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import type { EngineObserver } from '../core/observer.ts';
import type { DefinitionRef, SagaStore } from '../core/store.ts';

/** What a lease needs. */
export interface LeaseOptions {
  readonly node: string;
  readonly store: SagaStore;
  readonly clock: Clock;
  readonly logger: Logger;
  /** ms; renewed at a third of it. */
  readonly ttl: number;
  /** What the node can run: the others say of it what nobody can. */
  readonly definitions: readonly DefinitionRef[];
  readonly observers: Pick<Required<EngineObserver>, 'leaseRenewed'>;
}

/**
 * One process's claim to be alive, in the store's time, and that time as a clock: the node's monotonic clock, shifted
 * to the store's. What keeps a zombie harmless is not the lease but the epoch that every write carries.
 */
export class Lease implements Clock {
  readonly #options: LeaseOptions;
  #offset = 0;
  #latest = 0;
  #renewedAt = Number.NEGATIVE_INFINITY;
  #forget: () => void = () => {};
  #isClosed = false;
  #claimant: string | undefined;
  #claimants = 0;
  #naming: Promise<string> | undefined;

  constructor(options: LeaseOptions) {
    this.#options = options;
  }

  /** Takes the lease and keeps it until `close`. Rejects when the first renewal fails. */
  async open(): Promise<void> {
    await this.#renew();
    this.#keep();
  }

  /** The store's time as far as known; ms since the epoch, never goes back. */
  now(): number {
    this.#latest = Math.max(this.#latest, this.#options.clock.now() + this.#offset);
    return this.#latest;
  }

  schedule(delay: number, task: () => void): () => void {
    return this.#options.clock.schedule(delay, task);
  }

  /** Whether the node may still drive sagas: two thirds of the lease have not passed since it was last renewed. */
  get isHeld(): boolean {
    return !this.#isClosed && this.#options.clock.now() - this.#renewedAt < (this.#options.ttl * 2) / 3;
  }

  /**
   * Takes sagas over, under a name that has a lease of its own. When the answer is lost, nobody knows what was taken: the
   * name is given up, its lease lapses, and the sagas that are still under it are found by the next who looks.
   */
  async claiming<Claimed>(claim: (node: string) => Promise<Claimed>): Promise<Claimed> {
    const name = this.#claimant ?? (await this.#named());
    try {
      return await claim(name);
    } catch (error) {
      if (this.#claimant === name) this.#claimant = undefined;
      throw error;
    }
  }

  /** Ends the lease; others may take over at once. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#forget();
    const { store, node } = this.#options;
    await Promise.all([node, ...this.#otherNames()].map((name) => store.endLease(name)));
  }

  /** Whether a saga's owner is this node, under whichever of its names. */
  isName(owner: string): boolean {
    return owner === this.#options.node || owner.startsWith(`${this.#options.node}-c`);
  }

  /** One name for all who ask at once. */
  #named(): Promise<string> {
    this.#naming ??= this.#newClaimant().finally(() => {
      this.#naming = undefined;
    });
    return this.#naming;
  }

  async #newClaimant(): Promise<string> {
    const { node, store, ttl } = this.#options;
    this.#claimants += 1;
    const name = `${node}-c${this.#claimants}`;
    await store.renewLease(name, ttl);
    this.#claimant = name;
    return name;
  }

  #otherNames(): readonly string[] {
    return this.#claimant === undefined ? [] : [this.#claimant];
  }

  #keep(): void {
    if (this.#isClosed) return;
    this.#forget = this.#options.clock.schedule(this.#options.ttl / 3, () => {
      void this.#renew()
        .then(() => this.#options.observers.leaseRenewed(true))
        .catch((error: unknown) => {
          this.#options.observers.leaseRenewed(false);
          this.#options.logger.warn({ err: error }, 'the lease could not be renewed');
        })
        .then(() => this.#keep());
    });
  }

  async #renew(): Promise<void> {
    const { node, store, clock, ttl, definitions } = this.#options;
    const asked = clock.now();
    const { now } = await store.renewLease(node, ttl, definitions);
    this.#renewedAt = asked;
    this.#offset = now - clock.now();
    await Promise.all(this.#otherNames().map((name) => store.renewLease(name, ttl)));
  }
}
