import type { Clock } from '../core/clock.ts';
import type { AnySagaDefinition } from '../core/definition.ts';
import type { DefinitionRef, JournalRow, SagaKey, SagaStore } from '../core/store.ts';
import type { SagaLogic } from '../core/transition.ts';
import { type Deviation, deviationOf } from './conformance.ts';

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
  readonly #logics: ReadonlyMap<string, SagaLogic>;
  #position = 0;
  #stop: (() => void) | undefined;
  #looking: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor({ store, sagas }: ConformanceOptions) {
    this.#store = store;
    this.#logics = new Map(
      sagas.map(({ ref, plan, machine }) => [
        nameOf(ref),
        { plan, machine: machine as SagaLogic['machine'] },
      ]),
    );
  }

  /** Looks at every saga that moved since the last time; at all of them the first time. */
  async look(): Promise<ConformanceReport> {
    const { moved, upTo } = await this.#movedSince(this.#position);
    const unknown: Record<string, number> = {};
    const deviations: Deviation[] = [];
    let checked = 0;
    for (const key of moved) {
      const found = await this.#check(key);
      if (found === undefined) continue;
      if ('unknown' in found) unknown[found.unknown] = (unknown[found.unknown] ?? 0) + 1;
      else {
        checked += 1;
        deviations.push(...found.deviations);
      }
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
  ): Promise<{ readonly moved: readonly SagaKey[]; readonly upTo: number }> {
    const moved = new Map<string, SagaKey>();
    let upTo = position;
    for (;;) {
      const entries = await this.#store.readJournal({ after: upTo, limit: pageSize });
      for (const { tenant, id, position: at } of entries) {
        moved.set(`${tenant}:${id}`, { tenant, id });
        upTo = at;
      }
      if (entries.length === 0) return { moved: [...moved.values()], upTo };
    }
  }

  /** `undefined`: it is gone. */
  async #check(
    key: SagaKey,
  ): Promise<{ readonly deviations: readonly Deviation[] } | { readonly unknown: string } | undefined> {
    const record = await this.#store.get(key);
    if (record === undefined) return undefined;
    const logic = this.#logics.get(nameOf(record.definition));
    if (logic === undefined) return { unknown: `${record.definition.name}@${record.definition.version}` };
    // Lines that were written since the row was read are left to the next look.
    const deviation = deviationOf(logic, record, await this.#lines(key, record.version));
    return { deviations: deviation === undefined ? [] : [deviation] };
  }

  async #lines(key: SagaKey, last: number): Promise<readonly JournalRow[]> {
    const rows: JournalRow[] = [];
    while (rows.length < last) {
      const limit = Math.min(pageSize, last - rows.length);
      const page = await this.#store.history(key, { after: rows.length, limit });
      if (page.length === 0) break;
      rows.push(...page);
    }
    return rows;
  }
}

function nameOf({ name, version, hash }: DefinitionRef): string {
  return `${name}@${version} ${hash}`;
}
