import { personalEvents } from '../../src/core/audit.ts';
import type { Status } from './api.ts';
import type { Change } from './live.ts';
import { matches, type SagaQuery } from './saga-query.ts';

/** So many are remembered; what comes to more is no number that anybody reads. */
const most = 10_000;

/** What happened to a saga that is not in the list, and how the list is. */
export interface Sighting {
  readonly change: Change;
  readonly query: SagaQuery;
  /** The list holds all that matched when it was read: whatever else matches now came to. */
  readonly isWhole: boolean;
}

/**
 * Sagas that came to match a query since its list was read, and whose place in the list only the server knows. One that may
 * have matched all the time, further down than the list was read, is none.
 */
export class Newcomers {
  readonly #ids = new Set<string>();
  /** Seen, and not matching then. */
  readonly #others = new Set<string>();

  /** How many there are. */
  get size(): number {
    return this.#ids.size;
  }

  /** Takes note of a saga that is not in the list. */
  see({ change, query, isWhole }: Sighting): void {
    const { id } = change;
    if (!matches(query, { ...change, definition: change })) {
      this.#ids.delete(id);
      if (this.#others.size < most) this.#others.add(id);
    } else if (isWhole || this.#others.has(id) || isEntry(change, query)) {
      // What does not change may be all that is asked for: then it matched before, too.
      if (isOfMoves(query) && this.#ids.size < most) this.#ids.add(id);
    }
  }

  /** These are in the list now. */
  found(ids: Iterable<string>): void {
    for (const id of ids) this.#ids.delete(id);
  }
}

/** Whether a query asks for what changes while a saga lives. */
function isOfMoves({ filters }: SagaQuery): boolean {
  return ['status', 'step', 'cause'].some((name) => filters[name] !== undefined);
}

const underWay: readonly Status[] = ['running', 'compensating'];
const ended: readonly Status[] = ['completed', 'compensated', 'abandoned'];
/** What also happens to parked sagas. */
const personal: ReadonlySet<string> = new Set(personalEvents);

/** Whether a saga has just come to a status, from one that was not asked for: it has ended, or it parked. */
function isEntry({ status, type }: Change, { filters }: SagaQuery): boolean {
  const wanted = filters['status']?.split(',') ?? [];
  const isAnyOf = (before: readonly Status[]) => before.some((one) => wanted.includes(one));
  if (ended.includes(status)) return wanted.length > 0 && !isAnyOf([...underWay, 'failed']);
  return status === 'failed' && !personal.has(type) && wanted.length > 0 && !isAnyOf(underWay);
}
