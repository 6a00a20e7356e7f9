import type { Clock } from '../core/clock.ts';
import type { AnySagaDefinition } from '../core/definition.ts';
import type { DefinitionRef, SagaKey, SagaStore } from '../core/store.ts';
import type { Deviation } from './conformance.ts';
import { StoredCheck } from './stored-check.ts';

/** What a watch works with. */
export interface ConformanceOptions {
  readonly store: Pick<SagaStore, 'readJournal' | 'get' | 'history'>;
  /** The definitions that sagas may be pinned to; those of others are only counted. */
  readonly sagas: readonly AnySagaDefinition[];
}

/** What one look found. */
export interface ConformanceReport {
  /** Sagas whose journals were replayed. */
  readonly checked: number;
  readonly deviations: readonly Deviation[];
  /** Sagas of definitions that are not known here, by definition. */
  readonly unknown: Readonly<Record<string, number>>;
  /** Lines of the journal up to this position were looked at. */
  readonly upTo: number;
}

/** How a watch is repeated. */
export interface ConformanceSchedule {
  readonly clock: Pick<Clock, 'schedule'>;
  /** Between the end of one look and the next; ms. */
  readonly every: number;
  readonly onReport: (report: ConformanceReport) => void;
  /** Told when a look failed; the next one begins where it began. */
  readonly onError: (error: unknown) => void;
}

const pageSize = 1_000;

/** Replays the journals of sagas that moved since it last looked, and compares them with what is stored. Reads only. */
export class ConformanceWatch {
  readonly #store: ConformanceOptions['store'];
  readonly #check: StoredCheck;
  #position = 0;
  #stop: (() => void) | undefined;
  #looking: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor({ store, sagas }: ConformanceOptions) {
    this.#store = store;
    this.#check = new StoredCheck({ store, sagas });
  }

  /** Looks at every saga that moved since the last time; at all of them the first time. */
  async look(): Promise<ConformanceReport> {
    const { moved, upTo } = await this.#movedSince(this.#position);
    const unknown: Record<string, number> = {};
    const deviations: Deviation[] = [];
    let checked = 0;
    for (const { definition, ...key } of moved) {
      const found = await this.#check.check(key, definition);
      if (found.type === 'unknown') {
        const name = `${found.definition.name}@${found.definition.version}`;
        unknown[name] = (unknown[name] ?? 0) + 1;
      } else if (found.type !== 'gone') checked += 1;
      if (found.type === 'deviates') deviations.push(found.deviation);
    }
    this.#position = upTo;
    return { checked, deviations, unknown, upTo };
  }

  /** Looks now, and again and again, until `close`. */
  open(schedule: ConformanceSchedule): void {
    this.#looking = this.look()
      .then(schedule.onReport, schedule.onError)
      .then(() => {
        if (!this.#isClosed) this.#stop = schedule.clock.schedule(schedule.every, () => this.open(schedule));
      });
  }

  /** Looks no more; resolves when the look under way is over. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stop?.();
    await this.#looking;
  }

  async #movedSince(
    position: number,
  ): Promise<{ readonly moved: readonly MovedSaga[]; readonly upTo: number }> {
    const moved = new Map<string, MovedSaga>();
    let upTo = position;
    for (;;) {
      const entries = await this.#store.readJournal({ after: upTo, limit: pageSize });
      for (const { tenant, id, definition, position: at } of entries) {
        moved.set(`${tenant}:${id}`, { tenant, id, definition });
        upTo = at;
      }
      if (entries.length === 0) return { moved: [...moved.values()], upTo };
    }
  }
}

interface MovedSaga extends SagaKey {
  readonly definition: DefinitionRef;
}
