/** States that were seen, each kept once, in the order in which they were found. */
export class Visited {
  readonly #size: number;
  #bytes: Uint8Array;
  #parents: Int32Array;
  #slots: Int32Array;
  #count = 0;

  /** `size` is that of a state, in bytes. */
  constructor(size: number) {
    this.#size = size;
    this.#bytes = new Uint8Array(size * 1024);
    this.#parents = new Int32Array(1024);
    this.#slots = new Int32Array(4096);
  }

  get count(): number {
    return this.#count;
  }

  /** The state with this number; a view, valid until the next `add`. */
  at(number: number): Uint8Array {
    return this.#bytes.subarray(number * this.#size, (number + 1) * this.#size);
  }

  /** The state that a state was first reached from; -1 for the first. */
  parentOf(number: number): number {
    return this.#parents[number] as number;
  }

  /** The number of a state, which is added when it was not seen before. */
  add(state: Uint8Array, parent: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = hash(state) & mask; ; slot = (slot + 1) & mask) {
      const number = (this.#slots[slot] as number) - 1;
      if (number < 0) {
        this.#slots[slot] = this.#count + 1;
        return this.#append(state, parent);
      }
      if (this.#equals(number, state)) return number;
    }
  }

  #append(state: Uint8Array, parent: number): number {
    const number = this.#count;
    if ((number + 1) * this.#size > this.#bytes.length) this.#grow();
    this.#bytes.set(state, number * this.#size);
    this.#parents[number] = parent;
    this.#count += 1;
    if (this.#count * 2 > this.#slots.length) this.#rehash();
    return number;
  }

  #equals(number: number, state: Uint8Array): boolean {
    const start = number * this.#size;
    for (let index = 0; index < this.#size; index += 1)
      if (this.#bytes[start + index] !== state[index]) return false;
    return true;
  }

  #grow(): void {
    const bytes = new Uint8Array(this.#bytes.length * 2);
    bytes.set(this.#bytes);
    this.#bytes = bytes;
    const parents = new Int32Array(this.#parents.length * 2);
    parents.set(this.#parents);
    this.#parents = parents;
  }

  #rehash(): void {
    this.#slots = new Int32Array(this.#slots.length * 2);
    const mask = this.#slots.length - 1;
    for (let number = 0; number < this.#count; number += 1) {
      let slot = hash(this.at(number)) & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = number + 1;
    }
  }
}

function hash(state: Uint8Array): number {
  let sum = 0x811c9dc5;
  for (let index = 0; index < state.length; index += 1)
    sum = Math.imul(sum ^ (state[index] as number), 0x01000193);
  sum = Math.imul(sum ^ (sum >>> 15), 0x2c1b3c6d);
  return (sum ^ (sum >>> 13)) >>> 0;
}
