import { type Signal, signal } from '@preact/signals';
import { api, type SagaSummary, type Status } from './api.ts';
import { type Change, listen, onReturn, withStart } from './live.ts';
import { Newcomers } from './newcomers.ts';
import { isCheckable, matches, parseQuery, type SagaQuery } from './saga-query.ts';

/** A saga in the list. */
export interface Row extends SagaSummary {
  /** It moved since, and is no longer what was asked for. */
  readonly isStray: boolean;
}

/** What the list is about to do, or why it cannot. */
export type ListState = 'loading' | 'more' | 'ready' | Error;

/** The most rows that are kept: what lies further back is found by a narrower query, not by scrolling. */
const most = 1_000;
const pageSize = 100;
/** How long after a change the counts are asked for again, and how often stuck sagas are; ms. */
const recount = 1_000;
const lookForStuck = 15_000;

/** The sagas that match a query, kept up to date by the stream. */
export class SagaList {
  readonly rows: Signal<readonly Row[]> = signal([]);
  readonly counts: Signal<Readonly<Partial<Record<Status, number>>>> = signal({});
  readonly state: Signal<ListState> = signal('loading');
  readonly next: Signal<string | null> = signal(null);
  /** There are more than are kept. */
  readonly isCut = signal(false);
  /** While it is paused: how many sagas moved meanwhile. */
  readonly isPaused = signal(false);
  readonly missed = signal(0);
  /** Sagas that match now, but whose place in the list only the server knows. */
  readonly unseen = signal(0);
  readonly stuck: Signal<ReadonlySet<string>> = signal(new Set());
  readonly selected: Signal<ReadonlySet<string>> = signal(new Set());
  /** Where the keys are. */
  readonly cursor: Signal<string | undefined> = signal(undefined);
  readonly #ends: (() => void)[] = [];
  #query: SagaQuery = parseQuery('');
  /** What the rows are an answer to. */
  #answered: SagaQuery | undefined;
  #loading = new AbortController();
  #moved = new Set<string>();
  #newcomers = new Newcomers();
  /** What was told while the list was being read: the answer may be older. */
  #meanwhile: Map<string, Change> | undefined;
  #recount: ReturnType<typeof setTimeout> | undefined;

  /** Begins to listen. */
  open(): void {
    const timer = setInterval(() => void this.#findStuck(), lookForStuck);
    this.#ends.push(
      listen((changes, isReset) => (isReset ? void this.reload() : this.#take(changes))),
      onReturn(() => {
        if (this.state.value instanceof Error) void this.reload();
      }),
      () => clearInterval(timer),
    );
    void this.#findStuck();
  }

  /** Shows what matches a query, as it is typed. */
  async show(text: string): Promise<void> {
    this.#query = parseQuery(text);
    this.selected.value = new Set();
    await this.reload();
  }

  /** Asks the server again. */
  async reload(): Promise<void> {
    this.#loading.abort();
    this.#loading = new AbortController();
    const { signal: abort } = this.#loading;
    if (this.#answered !== this.#query || this.state.value instanceof Error) this.state.value = 'loading';
    this.#forget();
    this.#meanwhile = new Map();
    try {
      const page = await api.sagas(this.#parameters({}), abort);
      if (abort.aborted) return;
      this.#answered = this.#query;
      this.rows.value = page.sagas.map((saga) => ({ ...saga, isStray: false }));
      this.next.value = page.next;
      this.isCut.value = false;
      this.state.value = 'ready';
      this.#applyMeanwhile();
      if (page.counts !== undefined) this.counts.value = page.counts;
      else await this.#count();
    } catch (error) {
      if (abort.aborted) return;
      this.#meanwhile = undefined;
      // What is known of this query is better than nothing; of another one it is wrong.
      if (this.#answered !== this.#query) this.rows.value = [];
      this.state.value = error as Error;
    }
  }

  /** Fetches what comes after the last row. */
  async more(): Promise<void> {
    const cursor = this.next.value;
    if (cursor === null || this.state.value !== 'ready') return;
    this.state.value = 'more';
    const { signal: abort } = this.#loading;
    try {
      const page = await api.sagas(this.#parameters({ cursor }), abort);
      if (abort.aborted) return;
      const known = new Set(this.rows.value.map(({ id }) => id));
      const added = page.sagas
        .filter(({ id }) => !known.has(id))
        .map((saga) => ({ ...saga, isStray: false }));
      this.rows.value = [...this.rows.value, ...added].slice(0, most);
      this.#newcomers.found(added.map(({ id }) => id));
      this.unseen.value = this.#newcomers.size;
      const isFull = this.rows.value.length >= most;
      this.isCut.value = isFull && page.next !== null;
      this.next.value = isFull ? null : page.next;
      this.state.value = 'ready';
    } catch (error) {
      if (!abort.aborted) this.state.value = error as Error;
    }
  }

  /** Stops and starts the rows' moving. */
  setPaused(isPaused: boolean): void {
    this.isPaused.value = isPaused;
    if (!isPaused) void this.reload();
  }

  /** Selects a saga, or no longer. */
  toggle(id: string): void {
    const selected = new Set(this.selected.value);
    if (!selected.delete(id)) selected.add(id);
    this.selected.value = selected;
  }

  /** Selects all rows there are, or none. */
  toggleAll(): void {
    const isAll = this.selected.value.size >= this.rows.value.length;
    this.selected.value = new Set(isAll ? [] : this.rows.value.map(({ id }) => id));
  }

  /** Stops listening. */
  close(): void {
    this.#loading.abort();
    clearTimeout(this.#recount);
    for (const end of this.#ends) end();
  }

  #applyMeanwhile(): void {
    const changes = [...(this.#meanwhile?.values() ?? [])];
    this.#meanwhile = undefined;
    const known = new Set(this.rows.value.map(({ id }) => id));
    const isNews = ({ id, startedAt }: Change) => known.has(id) || startedAt !== undefined;
    if (changes.length > 0) this.#take(changes.filter(isNews));
  }

  #take(changes: readonly Change[]): void {
    const meanwhile = this.#meanwhile;
    if (meanwhile !== undefined) {
      for (const change of changes) meanwhile.set(change.id, withStart(change, meanwhile.get(change.id)));
      return;
    }
    this.#countSoon();
    if (this.isPaused.value) {
      for (const { id } of changes) if (this.#moved.size < 10_000) this.#moved.add(id);
      this.missed.value = this.#moved.size;
      return;
    }
    const byId = new Map(changes.map((change) => [change.id, change]));
    const { rows } = this;
    let hasMoved = false;
    const moved = rows.value.map((row) => {
      const change = byId.get(row.id);
      if (change === undefined) return row;
      byId.delete(row.id);
      if (change.seq <= row.version) return row;
      hasMoved = true;
      return this.#moveRow(row, change);
    });
    const begun = isCheckable(this.#query) ? this.#begun(byId) : [];
    if (begun.length > 0) rows.value = [...begun, ...moved].toSorted(byAge).slice(0, most);
    else if (hasMoved) rows.value = moved;
    this.unseen.value = this.#newcomers.size;
  }

  #moveRow(row: Row, { status, step, cause, seq, at }: Change): Row {
    const moved = {
      ...row,
      status,
      step,
      cause,
      version: seq,
      updatedAt: at,
      closedAt: isClosed(status) ? at : null,
    };
    return { ...moved, isStray: !matches(this.#query, moved) };
  }

  /** New sagas are put where they belong. Of others that came to match only the server knows where. */
  #begun(changes: ReadonlyMap<string, Change>): readonly Row[] {
    const begun: Row[] = [];
    const query = this.#query;
    const isWhole = this.next.value === null && !this.isCut.value;
    for (const change of changes.values()) {
      const row = toRow(change);
      if (change.startedAt !== undefined && matches(query, row)) begun.push(row);
      else this.#newcomers.see({ change, query, isWhole });
    }
    return begun;
  }

  #parameters(more: Readonly<Record<string, string>>): URLSearchParams {
    return new URLSearchParams({ ...this.#query.filters, limit: String(pageSize), ...more });
  }

  #forget(): void {
    this.#moved = new Set();
    this.#newcomers = new Newcomers();
    this.missed.value = 0;
    this.unseen.value = 0;
  }

  #countSoon(): void {
    this.#recount ??= setTimeout(() => {
      this.#recount = undefined;
      void this.#count();
    }, recount);
  }

  /** Counted by status, whichever is asked for: the chips are for choosing another. */
  async #count(): Promise<void> {
    const { status: _status, q: _q, ...filters } = this.#query.filters;
    const query = new URLSearchParams({ ...filters, limit: '1' });
    const page = await api.sagas(query, this.#loading.signal).catch(() => undefined);
    if (page?.counts !== undefined) this.counts.value = page.counts;
    else
      this.counts.value = await api
        .stats(this.#loading.signal)
        .then(({ counts }) => counts)
        .catch(() => this.counts.value);
  }

  async #findStuck(): Promise<void> {
    if (document.hidden) return;
    const page = await api.sagas(new URLSearchParams({ stuck: '5m', limit: '200' })).catch(() => undefined);
    if (page !== undefined) this.stuck.value = new Set(page.sagas.map(({ id }) => id));
  }
}

function toRow({ id, name, version, status, step, cause, seq, at, startedAt }: Change): Row {
  return {
    tenant: '',
    id,
    definition: { name, version, hash: '' },
    status,
    step,
    participant: null,
    cause,
    error: null,
    isOverridden: false,
    attributes: {},
    version: seq,
    createdAt: startedAt ?? at,
    updatedAt: at,
    closedAt: isClosed(status) ? at : null,
    deadlineAt: null,
    isStray: false,
  };
}

/** The newest first; times are ISO texts. */
function byAge(a: Row, b: Row): number {
  return a.createdAt === b.createdAt ? 0 : a.createdAt < b.createdAt ? 1 : -1;
}

function isClosed(status: Status): boolean {
  return status === 'completed' || status === 'compensated' || status === 'abandoned';
}
