import { setTimeout as delay } from 'node:timers/promises';

/** How often to look; ms. */
const interval = 200;

/** How long a request waits for something to happen, and what ends it earlier. */
export interface LongPollOptions<Found> {
  /** ms; 0: only one look. */
  readonly timeout: number;
  /** Whoever asked went away. */
  readonly signal: AbortSignal;
  readonly isEnough: (found: Found) => boolean;
}

/** What `look` finds once that is enough, or as it is after `timeout`. Looks again and again: any node may have moved it. */
export async function longPoll<Found>(
  look: () => Promise<Found>,
  { timeout, signal, isEnough }: LongPollOptions<Found>,
): Promise<Found> {
  const end = performance.now() + timeout;
  for (;;) {
    const found = await look();
    const left = end - performance.now();
    if (isEnough(found) || left <= 0 || signal.aborted) return found;
    await delay(Math.min(interval, left), undefined, { signal }).catch(() => undefined);
  }
}
