import type { Clock } from '../core/clock.ts';
import type { SagaStore } from '../core/store.ts';
import type { Transport } from '../core/transport.ts';

/** A moment around something that is made durable or leaves the process, or at which an answer comes in. */
export type PointAround<Deed extends string> =
  | `before ${Deed}`
  | `after ${Deed}`
  | 'before send'
  | 'after send'
  | 'reply';

/** A moment at which it makes a difference that a process dies. */
export type CrashPoint = PointAround<(typeof drivingDeeds)[keyof typeof drivingDeeds]>;

/** What a process makes durable while it drives sagas, by the store's methods. */
export const drivingDeeds = {
  commit: 'commit',
  claim: 'claim',
  claimOne: 'claim',
  release: 'release',
} as const;

/** A point that was reached; both counts begin at 1. */
export interface ReachedPoint<Deed extends string> {
  readonly kind: PointAround<Deed>;
  readonly index: number;
  readonly indexOfKind: number;
}

/** What mortal ports need. */
export interface MortalOptions<Deed extends string> {
  /** Around which of the store's methods there are points, and what these are called. */
  readonly deeds: Readonly<Record<string, Deed>>;
  /** Whether the process dies at this point. */
  readonly diesAt: (point: ReachedPoint<Deed>) => boolean;
  /** Told of its death, once. */
  readonly onDeath?: () => void;
}

/**
 * The ports of a process that dies at one of its points: from then on none of its promises settles, no answer and no timer
 * reaches it, and nothing of what it still does leaves it.
 */
export class MortalPorts<Deed extends string> {
  readonly #options: MortalOptions<Deed>;
  readonly #counts = new Map<PointAround<Deed>, number>();
  #reached = 0;
  #isDead = false;

  constructor(options: MortalOptions<Deed>) {
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
  get counts(): ReadonlyMap<PointAround<Deed>, number> {
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
        const found: unknown = Reflect.get(target, name);
        if (typeof found !== 'function') return found;
        const method = found as (...given: readonly unknown[]) => Promise<unknown>;
        return (...given: readonly unknown[]) =>
          this.#call(this.#options.deeds[String(name)], () => method.apply(target, [...given]));
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

  async #call(deed: Deed | undefined, work: () => Promise<unknown>): Promise<unknown> {
    if (deed === undefined ? this.#isDead : this.#dies(`before ${deed}`)) return never();
    try {
      const answer = await work();
      return (deed === undefined ? this.#isDead : this.#dies(`after ${deed}`)) ? await never() : answer;
    } catch (error) {
      if (this.#isDead) return never();
      throw error;
    }
  }

  /** Comes to a point; `true`: it is dead. */
  #dies(kind: PointAround<Deed>): boolean {
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
