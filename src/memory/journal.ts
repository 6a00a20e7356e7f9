import { type AuditEntry, type AuditFilter, personalEvents } from '../core/audit.ts';
import type { JournalRow, SagaKey } from '../core/store.ts';

/** A line in the journal of all sagas. */
export interface JournalLine {
  readonly position: number;
  readonly key: SagaKey;
  readonly row: JournalRow;
}

/** The lines of all sagas in the order in which they were written. */
export class Journal {
  #lines: JournalLine[] = [];
  #position = 0;
  readonly #positions = new WeakMap<JournalRow, number>();

  /** Adds a line. */
  append({ tenant, id }: SagaKey, row: JournalRow): void {
    this.#position += 1;
    this.#positions.set(row, this.#position);
    this.#lines.push({ position: this.#position, key: { tenant, id }, row });
  }

  /** The position of the last line that was written. */
  get end(): number {
    return this.#position;
  }

  /** Up to `limit` lines past `position`. */
  after(position: number, limit: number): readonly JournalLine[] {
    const from = this.#firstAfter(position);
    return this.#lines.slice(from, from + limit);
  }

  /** What people did, newest first. */
  audit({ tenant, sagaId, action, before = Infinity, limit }: AuditFilter): readonly AuditEntry[] {
    const isWanted = ({ key, row: { type }, position }: JournalLine) =>
      personalEvents.some((event) => event === type) &&
      key.tenant === tenant &&
      (action ?? type) === type &&
      (sagaId ?? key.id) === key.id &&
      position < before;
    return this.#lines
      .filter(isWanted)
      .toReversed()
      .slice(0, limit)
      .map(({ key, row: { type, data, status, state, seq, at }, position }) => {
        return { ...key, action: type, data, status, state, seq, at, position };
      });
  }

  /** Where a line stands. */
  positionOf(row: JournalRow): number {
    return this.#positions.get(row) ?? 0;
  }

  /** Forgets lines of sagas that are no longer there. */
  retain(isThere: (key: SagaKey) => boolean): void {
    this.#lines = this.#lines.filter(({ key }) => isThere(key));
  }

  #firstAfter(position: number): number {
    let [low, high] = [0, this.#lines.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#lines[middle]?.position ?? Infinity) > position) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
