import type { Clock } from '../core/clock.ts';
import type { SagaStore } from '../core/store.ts';
import type { Transport } from '../core/transport.ts';

/** A moment at which it makes a difference that a process dies. */
export type CrashPoint =
  | 'before commit'
  | 'after commit'
  | 'before send'
  | 'after send'
  | 'reply'
  | 'before claim'
  | 'after claim'
  | 'before release'
  | 'after release';

const durable: Readonly<Record<string, 'commit' | 'claim' | 'release'>> = {
  commit: 'commit',
  claim: 'claim',
  claimOne: 'claim',
  release: 'release',
};

/**
 * The ports of a process that dies at one of its points: from then on none of its promises settles, no answer and no timer
 * reaches it, and nothing of what it still does leaves it.
 */
export class MortalPorts {
  readonly #diesAt: (point: CrashPoint, index: number) => boolean;
  #reached = 0;
  #isDead = false;

  /** `index` counts the points from 1. */
  constructor(diesAt: (point: CrashPoint, index: number) => boolean) {
    this.#diesAt = diesAt;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  /** How many points it came to. */
  get reached(): number {
    return this.#reached;
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

  async #call(
    kind: 'commit' | 'claim' | 'release' | undefined,
    work: () => Promise<unknown>,
  ): Promise<unknown> {
    if (kind === undefined ? this.#isDead : this.#dies(`before ${kind}`)) return never();
    try {
      const answer = await work();
      return (kind === undefined ? this.#isDead : this.#dies(`after ${kind}`)) ? await never() : answer;
    } catch (error) {
      if (this.#isDead) return never();
      throw error;
    }
  }

  #dies(point: CrashPoint): boolean {
    if (this.#isDead) return true;
    this.#reached += 1;
    this.#isDead = this.#diesAt(point, this.#reached);
    return this.#isDead;
  }
}

function never(): Promise<never> {
  return new Promise(() => {});
}
