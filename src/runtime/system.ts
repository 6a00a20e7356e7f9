import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type { Clock, Ids } from '../core/clock.ts';

/** The machine's time, from its monotonic clock: setting the wall clock does not move it. */
export const systemClock: Clock = {
  now: () => Math.floor(performance.timeOrigin + performance.now()),
  schedule(delay, task) {
    // Node runs longer timers at once; such a wait is looked at again when it is up.
    const timer = setTimeout(task, Math.min(delay, 2 ** 31 - 1));
    return () => clearTimeout(timer);
  },
};

/** Random UUIDs. */
export const systemIds: Ids = { next: () => randomUUID() };
