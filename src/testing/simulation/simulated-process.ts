import type { Clock, Ids } from '../../core/clock.ts';
import type { Agenda, EventKind } from './agenda.ts';
import type { SeededRandom } from './seeded-random.ts';

/** What a process is made of. */
export interface SimulatedProcessOptions {
  /** Also the first id it draws: a node names itself by it. */
  readonly name: string;
  readonly agenda: Agenda;
  readonly random: SeededRandom;
  /** By how much its clock is wrong; ms. */
  readonly skew?: number;
  /** How fast its clock goes; 1 is right. */
  readonly rate?: number;
}

/**
 * A process of the simulated world. What reaches it goes through `run`: once it is killed nothing does, so that its
 * promises never settle and its timers never ring; while it is stopped, all of it waits.
 */
export class SimulatedProcess {
  readonly name: string;
  readonly #agenda: Agenda;
  #isAlive = true;
  #isStopped = false;
  #backlog: (() => void)[] = [];
  /** Its own idea of time and ids. */
  readonly clock: Clock;
  readonly ids: Ids;

  constructor(options: SimulatedProcessOptions) {
    this.name = options.name;
    this.#agenda = options.agenda;
    this.clock = toClock(this, options);
    let drawn = 0;
    this.ids = { next: () => ((drawn += 1) === 1 ? this.name : `${this.name}-${drawn}`) };
  }

  /** Whether it was not killed. */
  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** Whether it is stopped, as by SIGSTOP. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Something reaches the process. */
  run(task: () => void): void {
    if (!this.#isAlive) return;
    if (this.#isStopped) this.#backlog.push(task);
    else task();
  }

  /** Something reaches the process in `delay` ms of the world; the returned function forgets it. */
  after(delay: number, task: () => void, kind?: EventKind): () => void {
    let isForgotten = false;
    const forget = this.#agenda.after(delay, () => this.run(() => (isForgotten ? undefined : task())), kind);
    return () => {
      isForgotten = true;
      forget();
    };
  }

  /** Ends it in the middle of whatever it does. */
  kill(): void {
    this.#isAlive = false;
    this.#backlog = [];
  }

  /** Stops it until `resume`; it will not know that time passed but by its clock. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Lets it go on: everything that reached it meanwhile does so now, in any order. */
  resume(): void {
    this.#isStopped = false;
    for (const task of this.#backlog.splice(0)) this.#agenda.after(0, () => this.run(task));
  }
}

/** How often a clock is read just when it turns to the next millisecond. */
const turning = 0.05;

/** A monotonic clock that is wrong, goes too fast or too slow, and may have moved on between two readings. */
function toClock(
  process: SimulatedProcess,
  { agenda, random, skew = 0, rate = 1 }: SimulatedProcessOptions,
): Clock {
  const born = agenda.now;
  let latest = 0;
  return {
    now() {
      const here = Math.floor(born + skew + (agenda.now - born) * rate);
      latest = Math.max(latest, random.chance(turning) ? here + 1 : here);
      return latest;
    },
    schedule: (delay, task) => process.after(Math.max(1, delay) / rate, task),
  };
}
