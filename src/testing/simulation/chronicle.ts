/** Writes down what happens in a simulated world, in order: for the judge, for people, and as a fingerprint of the run. */
export class Chronicle {
  readonly #time: () => number;
  readonly #onLine: ((line: string) => void) | undefined;
  #lines = 0;
  #hash = 0x811c9dc5;

  /** `time`: ms since the world began. `onLine` is told each line. */
  constructor({
    time,
    onLine,
  }: {
    readonly time: () => number;
    readonly onLine?: ((line: string) => void) | undefined;
  }) {
    this.#time = time;
    this.#onLine = onLine;
  }

  /** `who` does `what`. Gives the line's number, which tells what came before what. */
  tell(who: string, what: string): number {
    const at = this.#time();
    this.#absorb(`${at} ${who} ${what}`);
    this.#onLine?.(`${(at / 1000).toFixed(3).padStart(9)} s  ${who.padEnd(10)}  ${what}`);
    return (this.#lines += 1);
  }

  /** How many lines there are. */
  get length(): number {
    return this.#lines;
  }

  /** A fingerprint of all lines: runs that have it in common went the same way. */
  get hash(): string {
    return this.#hash.toString(16).padStart(8, '0');
  }

  #absorb(text: string): void {
    let hash = this.#hash;
    for (let index = 0; index < text.length; index += 1)
      hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
    this.#hash = hash >>> 0;
  }
}
