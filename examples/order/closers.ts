/** Remembers how to close what was opened, and closes it in reverse order. */
export class Closers {
  readonly #closers: (() => unknown)[] = [];

  /** Opens something; when that fails, everything opened before is closed first. */
  async open<Opened>(opening: Promise<Opened>, close: (opened: Opened) => unknown): Promise<Opened> {
    try {
      const opened = await opening;
      this.#closers.push(() => close(opened));
      return opened;
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** Closes everything, also when something cannot be closed; that is thrown at the end. */
  async close(): Promise<void> {
    const errors: unknown[] = [];
    for (const close of this.#closers.splice(0).toReversed()) {
      try {
        await close();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw new AggregateError(errors, 'not everything could be closed');
  }
}
