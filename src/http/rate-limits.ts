import { HttpProblem } from './problem.ts';
import { StreamLimit, type StreamLimits } from './stream-limit.ts';
import { type Rate, type Taken, TokenBuckets } from './rate-limit.ts';

/** How much may be done by whom; what is left out has no limit. Each node counts for itself. */
export interface RateLimits {
  /** Requests of one caller: of a token or subject, or of an address where nobody is asked who they are. */
  readonly requests?: Rate;
  /** Sagas started by one caller. */
  readonly starts?: Rate;
  /** Requests of all callers of one tenant together. */
  readonly tenant?: Rate;
  /** Requests of one address with no token, or one that is no good. Default 5 a second, 50 at once. */
  readonly failures?: Rate;
  /** Streams that are open at once. Default 100 of one caller, 1,000 of all. */
  readonly streams?: StreamLimits;
}

/** Counts requests. */
export interface RateLimit {
  /** Counts a request; gives headers for its answer. Throws a problem (429) when it is one too many. */
  take(caller: string, tenant: string, bucket: 'starts' | undefined): Readonly<Record<string, string>>;
  /** Counts a request of somebody unknown. Throws a problem (429) when it is one too many: guessing is not worth it. */
  refused(address: string): void;
}

const defaultFailures: Rate = { perSecond: 5, burst: 50 };

const defaultStreams: StreamLimits = { caller: 100, all: 1_000 };

/** Counts streams; all may be open where there are no limits. */
export function createStreamLimit(limits: RateLimits | undefined): StreamLimit {
  return new StreamLimit(limits === undefined ? {} : { ...defaultStreams, ...limits.streams });
}

/** Counts in the memory of this process; nothing where there are no limits. `now` gives ms. */
export function createRateLimit(limits: RateLimits | undefined, now: () => number): RateLimit {
  const rates: RateLimits = limits === undefined ? {} : { failures: defaultFailures, ...limits };
  const toBuckets = (rate: Rate | undefined) =>
    rate === undefined ? undefined : new TokenBuckets(rate, now);
  const requests = toBuckets(rates.requests);
  const starts = toBuckets(rates.starts);
  const tenants = toBuckets(rates.tenant);
  const strangers = toBuckets(rates.failures);
  return {
    take: (caller, tenant, bucket) => {
      const taken: Counted[] = [];
      count(taken, { name: 'requests', buckets: requests, key: caller });
      if (bucket === 'starts') count(taken, { name: 'starts', buckets: starts, key: caller });
      // Last: what one caller may not do does not count against the others of the tenant.
      count(taken, { name: 'tenant', buckets: tenants, key: tenant });
      return toHeaders(taken);
    },
    refused: (address) => count([], { name: 'failures', buckets: strangers, key: address }),
  };
}

interface Counted extends Taken {
  readonly name: string;
  readonly policy: { readonly quota: number; readonly window: number };
}

/** Takes one from a bucket, and adds what became of it to what was taken before. Throws a problem when it is empty. */
function count(
  taken: Counted[],
  at: { readonly name: string; readonly buckets: TokenBuckets | undefined; readonly key: string },
): void {
  if (at.buckets === undefined) return;
  const one = { name: at.name, policy: at.buckets.policy, ...at.buckets.take(at.key) };
  taken.push(one);
  if (!one.isAllowed) throw tooMany(one, toHeaders(taken));
}

/** As draft-ietf-httpapi-ratelimit-headers has them. */
function toHeaders(taken: readonly Counted[]): Readonly<Record<string, string>> {
  if (taken.length === 0) return {};
  return {
    'RateLimit-Policy': taken
      .map(({ name, policy }) => `"${name}";q=${policy.quota};w=${policy.window}`)
      .join(', '),
    RateLimit: taken
      .map(({ name, remaining, seconds }) => `"${name}";r=${remaining};t=${seconds}`)
      .join(', '),
  };
}

function tooMany({ name, seconds }: Counted, headers: Readonly<Record<string, string>>): HttpProblem {
  return new HttpProblem({
    status: 429,
    code: 'too_many_requests',
    detail: `Too many requests (${name}): come back after ${seconds} s.`,
    headers: { ...headers, 'Retry-After': String(seconds) },
  });
}
