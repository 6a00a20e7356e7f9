/** What is open, to be closed in reverse order, whatever happens on the way. */
export class Closers {
  readonly #closers: (() => Promise<void>)[] = [];

  /** Remembers how to close something. */
  add(close: () => Promise<void>): void {
    this.#closers.push(close);
  }

  /** Closes everything, also when some of it fails; then throws the first error. */
  async close(): Promise<void> {
    const errors: unknown[] = [];
    for (const close of this.#closers.splice(0).toReversed()) {
      await close().catch((error: unknown) => errors.push(error));
    }
    if (errors.length > 0) throw errors[0];
  }
}
