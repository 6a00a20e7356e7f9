import { toFacts } from '../core/journal-facts.ts';
import type { SagaTrace } from '../core/saga-trace.ts';
import { isClosed } from '../core/snapshot.ts';
import type { SagaPlan } from '../core/steps.ts';
import type { DefinitionRef, JournalEntry, SagaStore } from '../core/store.ts';

/** How many sagas' traces are kept. */
const KEPT = 20_000;
/** How many journals are read at the same time. */
const READERS = 4;
/** Lines of one journal read at once. */
const PAGE = 1_000;

/** A definition as this node has it. */
export type PlanOf = (ref: DefinitionRef) => SagaPlan | undefined;

/** What the journals said of the sagas that were published last. What it has forgotten is read again. */
export class TraceCache {
  readonly #store: SagaStore;
  readonly #planOf: PlanOf;
  /** By `toKey`; the one used last is last. */
  readonly #traces = new Map<string, SagaTrace>();

  constructor(store: SagaStore, planOf: PlanOf) {
    this.#store = store;
    this.#planOf = planOf;
  }

  /** The traces of a page's sagas as they were before it. A saga that begins in it has none. */
  async before(page: readonly JournalEntry[]): Promise<Map<string, SagaTrace>> {
    const firsts = new Map<string, JournalEntry>();
    for (const entry of page) if (!firsts.has(toKey(entry))) firsts.set(toKey(entry), entry);
    const found = new Map<string, SagaTrace>();
    const missing: JournalEntry[] = [];
    for (const [key, first] of firsts) {
      const trace = this.#traces.get(key);
      if (trace?.seq === first.seq - 1) found.set(key, trace);
      else if (first.seq > 1) missing.push(first);
    }
    await Promise.all(Array.from({ length: READERS }, () => this.#fill(found, missing)));
    return found;
  }

  /** Keeps the traces after a page. A closed saga’s is of no more use. */
  keep(traces: ReadonlyMap<string, SagaTrace>): void {
    for (const [key, trace] of traces) {
      this.#traces.delete(key);
      if (!isClosed(trace.status)) this.#traces.set(key, trace);
    }
    for (const key of this.#traces.keys()) {
      if (this.#traces.size <= KEPT) return;
      this.#traces.delete(key);
    }
  }

  async #fill(found: Map<string, SagaTrace>, missing: JournalEntry[]): Promise<void> {
    for (let first = missing.pop(); first !== undefined; first = missing.pop()) {
      const trace = await this.#read(first);
      if (trace !== undefined) found.set(toKey(first), trace);
    }
  }

  /** What the journal said before an entry. */
  async #read(first: JournalEntry): Promise<SagaTrace | undefined> {
    const plan = this.#planOf(first.definition);
    let trace: SagaTrace | undefined;
    for (let after = 0; after < first.seq - 1;) {
      const rows = await this.#store.history(first, { after, limit: Math.min(PAGE, first.seq - 1 - after) });
      if (rows.length === 0) return trace;
      for (const row of rows) ({ trace } = toFacts(row, trace, plan));
      after = rows.at(-1)?.seq ?? first.seq;
    }
    return trace;
  }
}

/** A saga, as a key of maps. */
export function toKey({ tenant, id }: JournalEntry): string {
  return `${tenant}:${id}`;
}
