/** What a handler reads and writes its effect with: nothing shows before the passage commits. */
export interface MemoryTx {
  get(key: string): unknown;
  set(key: string, value: unknown): void;
  delete(key: string): void;
}

interface Cell {
  readonly value: unknown;
  readonly version: number;
}

const EMPTY: Cell = { value: undefined, version: 0 };

/** A key-value table with serializable transactions: one that read what another changed meanwhile runs again. */
export class MemoryTable {
  readonly #cells = new Map<string, Cell>();

  /** A committed value; `undefined` when there is none. */
  get(key: string): unknown {
    return this.#cell(key).value;
  }

  /** Runs `work` until nothing it read was changed by another; an error from it discards its writes. */
  async transaction<Result>(work: (tx: MemoryTx) => Promise<Result>): Promise<Result> {
    for (;;) {
      const reads = new Map<string, number>();
      const writes = new Map<string, unknown>();
      const result = await work(this.#open(reads, writes));
      if ([...reads].every(([key, version]) => this.#cell(key).version === version)) {
        this.#commit(writes);
        return result;
      }
    }
  }

  #open(reads: Map<string, number>, writes: Map<string, unknown>): MemoryTx {
    return {
      get: (key) => {
        if (writes.has(key)) return writes.get(key);
        const cell = this.#cell(key);
        if (!reads.has(key)) reads.set(key, cell.version);
        return cell.value;
      },
      set: (key, value) => void writes.set(key, value),
      delete: (key) => void writes.set(key, undefined),
    };
  }

  #commit(writes: ReadonlyMap<string, unknown>): void {
    for (const [key, value] of writes) this.#cells.set(key, { value, version: this.#cell(key).version + 1 });
  }

  #cell(key: string): Cell {
    return this.#cells.get(key) ?? EMPTY;
  }
}
