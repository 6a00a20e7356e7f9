import type { SagaStore } from '../core/store.ts';

/** How far a relay has published, and who drives it. */
interface Relay {
  readonly position: number;
  readonly owner: string;
}

/** The part of a store that is about relays. */
type RelayStore = Pick<SagaStore, 'claimRelay' | 'advanceRelay' | 'releaseRelay' | 'rewindRelay'>;

/** What the table needs. */
export interface RelayTableOptions {
  /** Whether a node has a living lease. */
  readonly lives: (node: string) => boolean;
  /** Throws when the store is closed. */
  readonly check: () => void;
}

/** The relays that publish from the journal. */
export class RelayTable implements RelayStore {
  readonly #relays = new Map<string, Relay>();
  readonly #options: RelayTableOptions;

  constructor(options: RelayTableOptions) {
    this.#options = options;
  }

  async claimRelay(name: string, node: string): Promise<number | undefined> {
    this.#options.check();
    const { position = 0, owner = node } = this.#relays.get(name) ?? {};
    if (owner !== node && this.#options.lives(owner)) return undefined;
    this.#relays.set(name, { position, owner: node });
    return position;
  }

  async advanceRelay(
    name: string,
    { node, from, to }: { readonly node: string; readonly from: number; readonly to: number },
  ): Promise<boolean> {
    this.#options.check();
    const relay = this.#relays.get(name);
    if (relay?.owner !== node || relay.position !== from) return false;
    this.#relays.set(name, { position: to, owner: node });
    return true;
  }

  async releaseRelay(name: string, node: string): Promise<void> {
    this.#options.check();
    const relay = this.#relays.get(name);
    if (relay?.owner === node) this.#relays.set(name, { ...relay, owner: '' });
  }

  async rewindRelay(name: string, to: number): Promise<boolean> {
    this.#options.check();
    const relay = this.#relays.get(name);
    if (relay !== undefined) this.#relays.set(name, { ...relay, position: Math.min(relay.position, to) });
    return relay !== undefined;
  }

  /** Whether a relay, where there is one, is past a position. */
  hasPublished(name: string, position: number): boolean {
    return (this.#relays.get(name)?.position ?? Infinity) >= position;
  }
}
