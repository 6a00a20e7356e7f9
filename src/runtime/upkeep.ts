import type { JournalWalker } from '../core/journal-walker.ts';
import type { Logger } from '../core/logger.ts';
import type { SagaKey, SagaStore } from '../core/store.ts';
import { JournalRounds } from './journal-rounds.ts';
import type { Lease } from './lease.ts';
import type { Registry } from './registry.ts';
import { type EventsOptions, Relay, type RelayStats, republish } from './relay.ts';
import { deleteSaga, Retention, type RetentionOptions } from './retention.ts';

/** What goes on beside the sagas. */
export interface UpkeepOptions {
  readonly node: string;
  readonly store: SagaStore;
  readonly lease: Lease;
  readonly logger: Logger;
  readonly registry: Registry;
  readonly events: EventsOptions | undefined;
  readonly retention: RetentionOptions | undefined;
  readonly walkers?: readonly JournalWalker[] | undefined;
}

/** What the upkeep did and does. */
export interface UpkeepStats {
  /** `undefined`: this node publishes no events. */
  readonly relay: RelayStats | undefined;
  /** How many sagas this process deleted because they were old. */
  readonly deleted: number;
}

/** Publishing events, deleting old sagas, looking through journals: all optional, and none ever in the way of a saga. */
export class Upkeep {
  readonly #store: SagaStore;
  readonly #relay: Relay | undefined;
  readonly #retention: Retention | undefined;
  readonly #rounds: readonly JournalRounds[];

  /** Throws `DefinitionError` when the retention's durations are none. */
  constructor(options: UpkeepOptions) {
    const { node, store, lease, logger, registry, events, retention, walkers = [] } = options;
    this.#store = store;
    const plans = new Map(registry.all.map(({ ref, logic }) => [`${ref.name}@${ref.version}`, logic.plan]));
    const parts = { store, clock: lease, logger };
    const publishing = { node, isHeld: () => lease.isHeld };
    const planOf = ({ name, version }: { readonly name: string; readonly version: number }) =>
      plans.get(`${name}@${version}`);
    this.#relay = events && new Relay({ ...events, ...parts, ...publishing, planOf });
    this.#retention = retention && new Retention(parts, retention);
    this.#rounds = walkers.map((walker) => new JournalRounds({ ...parts, ...publishing, walker }));
  }

  /** Begins, in this order: nothing may be deleted before it is known that it has to be published first. */
  async open(): Promise<void> {
    await this.#relay?.open();
    this.#retention?.open();
    for (const rounds of this.#rounds) rounds.open();
  }

  /** Publishes again what comes at or after a journal position; `false`: nobody has published anything yet. */
  republish(from: number): Promise<boolean> {
    return republish(this.#store, from);
  }

  /** Deletes one closed saga. Throws `NotFoundError`, and `NotAllowedError` while anybody still needs it. */
  delete(key: SagaKey): Promise<void> {
    return deleteSaga(this.#store, key);
  }

  /** What it did and does. */
  get stats(): UpkeepStats {
    return { relay: this.#relay?.stats, deleted: this.#retention?.deleted ?? 0 };
  }

  /** Ends, once what is under way has ended. */
  async close(): Promise<void> {
    const rounds = this.#rounds.map((one) => one.close());
    await Promise.all([this.#relay?.close(), this.#retention?.close(), ...rounds]);
  }
}
