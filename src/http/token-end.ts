import type { Caller } from './auth-identity.ts';

/** What a timer can wait for at most; ms. */
const farAway = 2 ** 31 - 1;

/**
 * Calls `end` when the caller's token ends, for what goes on after the answer: whoever wants more must show a new one. `now`: ms
 * since the epoch. The returned function forgets it.
 */
export function atTokenEnd({ until }: Caller, now: number, end: () => void): () => void {
  if (until === undefined || until - now > farAway) return () => undefined;
  const timer = setTimeout(end, Math.max(0, until - now));
  return () => clearTimeout(timer);
}
