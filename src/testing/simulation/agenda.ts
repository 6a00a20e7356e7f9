import type { SeededRandom } from './seeded-random.ts';

/** What an event is: a message on its way still arrives after everything else stopped. */
export type EventKind = 'timer' | 'message';

interface Event {
  readonly at: number;
  /** Of events at the same time any may come first; the seed decides. */
  readonly tie: number;
  readonly kind: EventKind;
  readonly run: () => void;
  isForgotten: boolean;
}

/** Everything that is going to happen in a simulated world, and its time, which jumps from one event to the next. */
export class Agenda {
  readonly #random: SeededRandom;
  readonly #heap: Event[] = [];
  #now: number;

  /** `now`: when the world begins; ms since the epoch. */
  constructor({ random, now = 1_700_000_000_000 }: { readonly random: SeededRandom; readonly now?: number }) {
    this.#random = random;
    this.#now = now;
  }

  /** ms since the epoch, with fractions. */
  get now(): number {
    return this.#now;
  }

  /** Lets something happen in `delay` ms; the returned function forgets it. */
  after(delay: number, run: () => void, kind: EventKind = 'timer'): () => void {
    const event: Event = {
      at: this.#now + Math.max(0, delay),
      tie: this.#random.next(),
      kind,
      run,
      isForgotten: false,
    };
    this.#push(event);
    return () => {
      event.isForgotten = true;
    };
  }

  /** When the next event is; ms since the epoch. */
  get nextAt(): number | undefined {
    while (this.#heap[0]?.isForgotten === true) this.#pop();
    return this.#heap[0]?.at;
  }

  /** Goes on to the next event and gives what happens; `undefined`: nothing is going to happen any more. */
  next(): (() => void) | undefined {
    for (;;) {
      const event = this.#pop();
      if (event === undefined) return undefined;
      if (event.isForgotten) continue;
      this.#now = Math.max(this.#now, event.at);
      return event.run;
    }
  }

  /** Goes on to the next message, whatever else were due before it. */
  nextMessage(): (() => void) | undefined {
    const messages = this.#heap.filter(({ kind, isForgotten }) => kind === 'message' && !isForgotten);
    const [event] = messages.toSorted((a, b) => (comesFirst(a, b) ? -1 : 1));
    if (event === undefined) return undefined;
    event.isForgotten = true;
    this.#now = Math.max(this.#now, event.at);
    return event.run;
  }

  /** Lets time pass up to `at` (ms since the epoch) without anything happening; nothing may be due before. */
  passUntil(at: number): void {
    this.#now = Math.max(this.#now, at);
  }

  #push(event: Event): void {
    const heap = this.#heap;
    let index = heap.push(event) - 1;
    while (index > 0) {
      const above = (index - 1) >> 1;
      if (!comesFirst(event, heap[above] as Event)) break;
      heap[index] = heap[above] as Event;
      index = above;
    }
    heap[index] = event;
  }

  #pop(): Event | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first;
    let index = 0;
    for (;;) {
      let below = 2 * index + 1;
      const right = heap[below + 1];
      if (right !== undefined && comesFirst(right, heap[below] as Event)) below += 1;
      const child = heap[below];
      if (child === undefined || !comesFirst(child, last)) break;
      heap[index] = child;
      index = below;
    }
    heap[index] = last;
    return first;
  }
}

function comesFirst(a: Event, b: Event): boolean {
  return a.at === b.at ? a.tie < b.tie : a.at < b.at;
}
