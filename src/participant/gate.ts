/** What became of a wish to pass a gate. */
export type Entrance = 'entered' | 'full' | 'tooLate';

interface Waiting {
  readonly deadline: number;
  readonly enter: (entrance: Entrance) => void;
}

/** How many may be inside at a time, and how many may wait. */
export interface GateOptions {
  readonly limit: number;
  readonly queue: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Lets a limited number in at a time, in order of arrival, out of a limited queue. */
export class Gate {
  readonly #options: GateOptions;
  readonly #queue: Waiting[] = [];
  #inside = 0;

  constructor(options: GateOptions) {
    this.#options = options;
  }

  /** Waits for a place. `tooLate`: `deadline` (ms since the epoch) passed while waiting. Who entered must leave. */
  enter(deadline = Infinity): Promise<Entrance> {
    if (this.#inside < this.#options.limit) {
      this.#inside += 1;
      return Promise.resolve('entered');
    }
    if (this.#queue.length >= this.#options.queue) return Promise.resolve('full');
    // One that came after its deadline tells of clocks that differ; it is no reason to never serve it.
    const isLate = deadline <= this.#options.now();
    return new Promise((enter) => this.#queue.push({ deadline: isLate ? Infinity : deadline, enter }));
  }

  /** Gives the place to the next who still has time. */
  leave(): void {
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      const isInTime = this.#options.now() < next.deadline;
      next.enter(isInTime ? 'entered' : 'tooLate');
      if (isInTime) return;
    }
    this.#inside -= 1;
  }
}
