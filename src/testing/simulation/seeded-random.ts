import { hash32 } from '../../core/hash.ts';

/** Random numbers that follow from a seed: the same seed gives the same ones on every machine. */
export class SeededRandom {
  readonly #seed: number;
  #state: number;

  constructor(seed: number) {
    this.#seed = seed;
    this.#state = hash32(`seed ${seed}`);
  }

  /** From 0 up to, but not including, 1 (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** Whether something of this probability happens. Asks for a number only where there is a choice. */
  chance(probability: number): boolean {
    return probability > 0 && this.next() < probability;
  }

  /** A number in the range, fractions included. */
  between(from: number, to: number): number {
    return from + (to - from) * this.next();
  }

  /** A whole number in the range, both ends included. */
  integer(from: number, to: number): number {
    return Math.floor(this.between(from, to + 1));
  }

  /** One of the items, of which there is at least one. */
  pick<Item>(items: readonly Item[]): Item {
    return items[Math.floor(this.next() * items.length)] as Item;
  }

  /** Numbers of their own for one purpose: how many are drawn here does not change those drawn elsewhere. */
  fork(purpose: string): SeededRandom {
    return new SeededRandom(hash32(`${this.#seed} ${purpose}`));
  }
}
