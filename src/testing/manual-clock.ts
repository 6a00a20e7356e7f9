import type { Clock } from '../core/clock.ts';

interface Task {
  readonly at: number;
  readonly run: () => void;
}

/** A clock that stands still until it is told to go on: for tests and simulation. */
export class ManualClock implements Clock {
  #now: number;
  #tasks: Task[] = [];

  /** `now`: what it shows first; ms since the epoch. */
  constructor({ now = 1_700_000_000_000 }: { readonly now?: number } = {}) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  schedule(delay: number, run: () => void): () => void {
    const task = { at: this.#now + Math.max(0, delay), run };
    this.#tasks.push(task);
    return () => {
      this.#tasks = this.#tasks.filter((other) => other !== task);
    };
  }

  /** Lets `ms` pass: runs what is due meanwhile, the earliest first, each at its own time. What these schedule counts, too. */
  advance(ms: number): void {
    const until = this.#now + ms;
    for (let task = this.#next(until); task !== undefined; task = this.#next(until)) {
      this.#tasks.splice(this.#tasks.indexOf(task), 1);
      this.#now = Math.max(this.#now, task.at);
      task.run();
    }
    this.#now = until;
  }

  /** When the next task is due, in ms since the epoch; `undefined`: nothing is scheduled. */
  get nextAt(): number | undefined {
    return this.#next(Number.POSITIVE_INFINITY)?.at;
  }

  /** The earliest task that is due until then; of those at one time, the one scheduled first. */
  #next(until: number): Task | undefined {
    return this.#tasks.filter(({ at }) => at <= until).toSorted((a, b) => a.at - b.at)[0];
  }
}
