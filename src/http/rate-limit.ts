/** How much may be done in which time. */
export interface Rate {
  /** In the long run. */
  readonly perSecond: number;
  /** At once, by somebody who was quiet before. Default: two seconds' worth. */
  readonly burst?: number;
}

/** What became of one request at a bucket. */
export interface Taken {
  readonly isAllowed: boolean;
  /** How many more may come at once. */
  readonly remaining: number;
  /** Until the next one may come, or, where it was allowed, until the bucket is full again; whole s, at least 1. */
  readonly seconds: number;
}

interface Bucket {
  level: number;
  at: number;
}

/** The most buckets that are kept; who was not seen for the longest time begins anew. */
const maxBuckets = 10_000;

/** Token buckets in the memory of this process, one for each key. `now` gives ms. */
export class TokenBuckets {
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #now: () => number;
  /** The one used last is last. */
  readonly #buckets = new Map<string, Bucket>();

  constructor({ perSecond, burst = perSecond * 2 }: Rate, now: () => number) {
    this.#perSecond = perSecond;
    this.#burst = Math.max(1, burst);
    this.#now = now;
  }

  /** What a full bucket holds, and in how many s it fills up. */
  get policy(): { readonly quota: number; readonly window: number } {
    return { quota: Math.floor(this.#burst), window: Math.ceil(this.#burst / this.#perSecond) };
  }

  /** Takes one from the bucket of `key`, if it holds one. */
  take(key: string): Taken {
    const bucket = this.#bucket(key);
    const isAllowed = bucket.level >= 1;
    if (isAllowed) bucket.level -= 1;
    const missing = isAllowed ? this.#burst - bucket.level : 1 - bucket.level;
    return {
      isAllowed,
      remaining: Math.floor(bucket.level),
      seconds: Math.max(1, Math.ceil(missing / this.#perSecond)),
    };
  }

  #bucket(key: string): Bucket {
    const now = this.#now();
    const before = this.#buckets.get(key) ?? { level: this.#burst, at: now };
    this.#buckets.delete(key);
    // A clock that goes back gives nothing, and takes nothing.
    const gained = (Math.max(0, now - before.at) / 1_000) * this.#perSecond;
    const bucket = { level: Math.min(this.#burst, before.level + gained), at: now };
    this.#buckets.set(key, bucket);
    if (this.#buckets.size > maxBuckets) this.#forgetOldest();
    return bucket;
  }

  #forgetOldest(): void {
    for (const key of this.#buckets.keys()) {
      this.#buckets.delete(key);
      return;
    }
  }
}
