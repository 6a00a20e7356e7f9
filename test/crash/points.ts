import type { Clock } from '../../src/core/clock.ts';
import type { SagaStore } from '../../src/core/store.ts';
import type { Transport } from '../../src/core/transport.ts';

/** A moment at which a process may die so that it makes a difference. */
export type PointKind = (typeof pointKinds)[number];

/** All moments: around everything that is made durable or leaves the process, and when an answer comes in. */
export const pointKinds = [
  'before commit',
  'after commit',
  'before send',
  'after send',
  'reply',
  'before claim',
  'after claim',
  'before release',
  'after release',
  'before lease',
  'after lease',
] as const;

/** A point that was reached; both counts begin at 1. */
export interface Point {
  readonly kind: PointKind;
  readonly index: number;
  readonly indexOfKind: number;
}

/** What a mortal process needs. */
export interface MortalOptions {
  /** Whether it dies at this point. */
  readonly diesAt: (point: Point) => boolean;
  /** Told of its death, once. */
  readonly onDeath?: () => void;
}

const durable: Readonly<Record<string, 'commit' | 'claim' | 'release' | 'lease'>> = {
  commit: 'commit',
  claim: 'claim',
  claimOne: 'claim',
  release: 'release',
  renewLease: 'lease',
};

/**
 * The ports of one process that counts its durable points and dies at one of them: from then on no promise settles, no
 * answer comes in, no timer rings and nothing leaves, whatever its code still does.
 */
export class Mortal {
  readonly #options: MortalOptions;
  readonly #counts = new Map<PointKind, number>();
  #reached = 0;
  #isDead = false;

  constructor(options: MortalOptions) {
    this.#options = options;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  /** How many points it came to. */
  get reached(): number {
    return this.#reached;
  }

  /** How many points of each kind it came to. */
  get counts(): ReadonlyMap<PointKind, number> {
    return this.#counts;
  }

  clock(clock: Clock): Clock {
    return {
      now: () => clock.now(),
      schedule: (delay, task) => clock.schedule(delay, () => (this.#isDead ? undefined : task())),
    };
  }

  store(store: SagaStore): SagaStore {
    return new Proxy(store, {
      get: (target, name) => {
        const method = Reflect.get(target, name) as (...given: readonly unknown[]) => Promise<unknown>;
        return (...given: readonly unknown[]) =>
          this.#call(durable[String(name)], () => method.apply(target, [...given]));
      },
    });
  }

  transport(transport: Transport): Transport {
    return {
      request: (request, settle) => {
        if (this.#dies('before send')) return () => {};
        const abandon = transport.request(request, (reply) => {
          if (!this.#dies('reply')) settle(reply);
        });
        this.#dies('after send');
        return () => (this.#isDead ? undefined : abandon());
      },
      serve: (service) => transport.serve(service),
      isConnected: () => transport.isConnected(),
      close: () => transport.close(),
    };
  }

  async #call(kind: 'commit' | 'claim' | 'release' | 'lease' | undefined, work: () => Promise<unknown>) {
    if (kind === undefined ? this.#isDead : this.#dies(`before ${kind}`)) return never();
    try {
      const answer = await work();
      return (kind === undefined ? this.#isDead : this.#dies(`after ${kind}`)) ? never() : answer;
    } catch (error) {
      if (this.#isDead) return never();
      throw error;
    }
  }

  /** Comes to a point; `true`: it is dead. */
  #dies(kind: PointKind): boolean {
    if (this.#isDead) return true;
    const indexOfKind = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, indexOfKind);
    this.#reached += 1;
    this.#isDead = this.#options.diesAt({ kind, index: this.#reached, indexOfKind });
    if (this.#isDead) this.#options.onDeath?.();
    return this.#isDead;
  }
}

function never(): Promise<never> {
  return new Promise(() => {});
}
