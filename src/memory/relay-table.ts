/** How far a relay has published, and who drives it. */
interface Relay {
  readonly position: number;
  readonly owner: string;
}

/** The relays that publish from the journal. `lives` says whether a node has a living lease. */
export class RelayTable {
  readonly #relays = new Map<string, Relay>();
  readonly #lives: (node: string) => boolean;

  constructor(lives: (node: string) => boolean) {
    this.#lives = lives;
  }

  /** See `SagaStore.claimRelay`. */
  claim(name: string, node: string): number | undefined {
    const { position = 0, owner = node } = this.#relays.get(name) ?? {};
    if (owner !== node && this.#lives(owner)) return undefined;
    this.#relays.set(name, { position, owner: node });
    return position;
  }

  /** See `SagaStore.advanceRelay`. */
  advance(
    name: string,
    { node, from, to }: { readonly node: string; readonly from: number; readonly to: number },
  ): boolean {
    const relay = this.#relays.get(name);
    if (relay?.owner !== node || relay.position !== from) return false;
    this.#relays.set(name, { position: to, owner: node });
    return true;
  }

  /** See `SagaStore.releaseRelay`. */
  release(name: string, node: string): void {
    const relay = this.#relays.get(name);
    if (relay?.owner === node) this.#relays.set(name, { ...relay, owner: '' });
  }

  /** See `SagaStore.rewindRelay`. */
  rewind(name: string, to: number): boolean {
    const relay = this.#relays.get(name);
    if (relay !== undefined) this.#relays.set(name, { ...relay, position: Math.min(relay.position, to) });
    return relay !== undefined;
  }

  /** Whether a relay, where there is one, is past a position. */
  hasPublished(name: string, position: number): boolean {
    return (this.#relays.get(name)?.position ?? Infinity) >= position;
  }
}
