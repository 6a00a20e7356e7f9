/** What became of a wish to pass a gate. */
export type Entrance = 'entered' | 'full' | 'tooLate';

/** Undos and seals go before actions: overload must not keep sagas from going back. */
export type Urgency = 'undo' | 'action';

interface Waiting {
  readonly deadline: number;
  readonly enter: (entrance: Entrance) => void;
}

/** How many may be inside at a time, and how many of each urgency may wait. */
export interface GateOptions {
  readonly limit: number;
  readonly queue: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Lets a limited number in at a time, in order of urgency and arrival, out of limited queues. */
export class Gate {
  readonly #options: GateOptions;
  readonly #queues: Readonly<Record<Urgency, Waiting[]>> = { undo: [], action: [] };
  #inside = 0;

  constructor(options: GateOptions) {
    this.#options = options;
  }

  /** Waits for a place. `tooLate`: `deadline` (ms since the epoch) passed while waiting. Who entered must leave. */
  enter(deadline = Infinity, urgency: Urgency = 'action'): Promise<Entrance> {
    if (this.#inside < this.#options.limit) {
      this.#inside += 1;
      return Promise.resolve('entered');
    }
    const queue = this.#queues[urgency];
    if (queue.length >= this.#options.queue) return Promise.resolve('full');
    // One that came after its deadline tells of clocks that differ; it is no reason to never serve it.
    const isLate = deadline <= this.#options.now();
    return new Promise((enter) => queue.push({ deadline: isLate ? Infinity : deadline, enter }));
  }

  /** Gives the place to the next who still has time. */
  leave(): void {
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      const isInTime = this.#options.now() < next.deadline;
      next.enter(isInTime ? 'entered' : 'tooLate');
      if (isInTime) return;
    }
    this.#inside -= 1;
  }

  #next(): Waiting | undefined {
    return this.#queues.undo.shift() ?? this.#queues.action.shift();
  }
}
