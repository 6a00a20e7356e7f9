import { setTimeout as wait } from 'node:timers/promises';
import { CliError } from './exit-code.ts';
import type { Io } from './io.ts';

/** How often to look, and for how long at most; ms. */
export interface PollOptions {
  readonly interval: number;
  readonly timeout: number | undefined;
}

/** How often in a row nobody may answer: a node that restarts is no reason to give up. */
const patience = 10;

/** Calls `look` again and again until it gives something. Throws `CliError` when that took too long, or nobody answers. */
export async function poll<Found>(
  io: Io,
  { interval, timeout }: PollOptions,
  look: () => Promise<Found | undefined>,
): Promise<Found> {
  const deadline = timeout === undefined ? Number.POSITIVE_INFINITY : performance.now() + timeout;
  for (let misses = 0; ;) {
    try {
      const found = await look();
      misses = 0;
      if (found !== undefined) return found;
    } catch (error) {
      misses += 1;
      if (!(error instanceof CliError && error.reason === 'unreachable') || misses === patience) throw error;
      if (misses === 1) io.note(`${error.message}; trying again`);
    }
    const left = deadline - performance.now();
    if (left <= 0)
      throw new CliError('timeout', `not settled after ${timeout} ms`, { advice: ['The saga goes on.'] });
    await wait(Math.min(interval, left));
  }
}
