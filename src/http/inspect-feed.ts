import { type InspectionV4Message, toInspectionV4 } from '../chart/index.ts';
import type { Redact } from '../core/redaction.ts';
import type { Api } from './api.ts';
import { readJournal } from './inspection.ts';

/** Which sagas, and as whom. */
export interface InspectFeedOptions {
  readonly tenant: string;
  readonly sagaId?: string;
  readonly name?: string;
  /** Leaves out of states and events what must not be seen. */
  readonly see: Redact;
}

/** How many sagas are shown from the beginning, and how many at all: an inspector draws a chart for each. */
const limit = { first: 10, all: 100 } as const;

/** What an inspector of XState 4 is told: sagas there are, from their first move on, then whatever they do. */
export class InspectFeed {
  readonly #api: Api;
  readonly #options: InspectFeedOptions;
  readonly #gone = new AbortController();
  /** How far each saga's journal was told. */
  readonly #told = new Map<string, number>();

  constructor(api: Api, options: InspectFeedOptions) {
    this.#api = api;
    this.#options = options;
  }

  /** Messages, until the feed or the node is closed. Throws `NotFoundError` without the saga. */
  async *messages(): AsyncGenerator<InspectionV4Message, void> {
    const { tenant, sagaId, name } = this.#options;
    const pages = this.#api.orchestrator.changes.follow({ signal: this.#gone.signal });
    // Opened first: what happens while journals are read is then in a later page.
    await pages.next();
    for (const id of await this.#firstIds()) yield* this.#tell(id);
    for await (const { changes } of pages) {
      const wanted = changes.filter(
        (change) =>
          change.tenant === tenant &&
          (sagaId === undefined || change.id === sagaId) &&
          (name === undefined || change.name === name) &&
          change.seq > (this.#told.get(change.id) ?? 0),
      );
      for (const id of new Set(wanted.map((change) => change.id))) yield* this.#tell(id);
    }
  }

  /** Ends it. */
  close(): void {
    this.#gone.abort();
  }

  async #firstIds(): Promise<readonly string[]> {
    const { tenant, sagaId, name } = this.#options;
    if (sagaId !== undefined) return [sagaId];
    const filter = { tenant, ...(name === undefined ? {} : { name }) };
    const { items } = await this.#api.orchestrator.list(filter, { limit: limit.first });
    return items.map(({ id }) => id).toReversed();
  }

  async *#tell(id: string): AsyncGenerator<InspectionV4Message, void> {
    if (!this.#told.has(id) && this.#told.size >= limit.all) return;
    const { tenant, see } = this.#options;
    const journal = await readJournal(this.#api.orchestrator, { tenant, id });
    const after = this.#told.get(id) ?? 0;
    this.#told.set(id, journal.rows.at(-1)?.seq ?? after);
    yield* toInspectionV4({ ...journal, after }, see);
  }
}
