import type { Alert } from '../core/alert.ts';
import type { Clock } from '../core/clock.ts';
import type { AnySagaDefinition } from '../core/definition.ts';
import type { JournalWalker } from '../core/journal-walker.ts';
import type { Logger } from '../core/logger.ts';
import type { DefinitionRef, SagaKey, SagaRecord, SagaStore } from '../core/store.ts';
import type { Deviation } from './conformance.ts';
import { StoredCheck } from './stored-check.ts';

/** What a node needs to check stored sagas beside driving others. */
export interface ConformanceWalkerOptions {
  readonly store: Pick<SagaStore, 'readJournal' | 'get' | 'history'>;
  /** The definitions that sagas may be pinned to; those of others are passed over. */
  readonly sagas: readonly AnySagaDefinition[];
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Logger;
  /** From the end of one look to the next; ms. */
  readonly interval: number;
  /** The most sagas that one look checks. */
  readonly most: number;
  /** Tells people of a saga that does not conform; when it rejects they are told with the next look. */
  readonly alert: (alert: Alert) => Promise<void>;
  /** Told after each look. */
  readonly onLook?: (standing: ConformanceStanding) => void;
}

/** What is known of how stored sagas conform. */
export interface ConformanceStanding {
  /** This node looks; one does at a time, and only that one knows what was found. */
  readonly isLooking: boolean;
  /** Sagas that this process checked so far, counted each time. */
  readonly checked: number;
  /** When it last looked; ms since the epoch. `null`: never. */
  readonly lookedAt: number | null;
  /** Sagas that were found not to be what their journals make of them, and were not mended since. */
  readonly deviations: readonly Deviation[];
}

interface Found {
  readonly deviation: Deviation;
  readonly alert: Alert;
  readonly isTold: boolean;
}

/** Lines of the journal that are read at once. */
const pageSize = 500;
/** More than that need no list any more. */
const mostKnown = 1_000;

/**
 * Replays the journals of stored sagas, a bounded number at each look, through all of the journal and then again from its
 * beginning. What it finds is logged as an error, alerted, and kept until the saga conforms again. Reads only.
 */
export class ConformanceWalker implements JournalWalker {
  readonly name = 'conformance';
  readonly #options: ConformanceWalkerOptions;
  readonly #check: StoredCheck;
  readonly #found = new Map<string, Found>();
  #checked = 0;
  #lookedAt: number | null = null;
  #isLooking = false;

  constructor(options: ConformanceWalkerOptions) {
    this.#options = options;
    this.#check = new StoredCheck(options);
  }

  get interval(): number {
    return this.#options.interval;
  }

  get standing(): ConformanceStanding {
    return {
      isLooking: this.#isLooking,
      checked: this.#checked,
      lookedAt: this.#lookedAt,
      deviations: [...this.#found.values()].map(({ deviation }) => deviation),
    };
  }

  /** See `JournalWalker`. Those that did not conform are checked each time. */
  async look(after: number, isOver: () => boolean): Promise<number> {
    this.#isLooking = true;
    const { keys, upTo } = await this.#next(after);
    const known = [...this.#found.values()].map(({ deviation }) => deviation);
    for (const { tenant, id, definition } of [...known, ...keys]) {
      if (isOver()) return after;
      await this.#checkOne({ tenant, id }, definition);
    }
    this.#lookedAt = this.#options.clock.now();
    await this.#tell();
    this.#options.onLook?.(this.standing);
    return upTo;
  }

  /** See `JournalWalker`. */
  rest(): void {
    this.#isLooking = false;
    this.#found.clear();
    this.#options.onLook?.(this.standing);
  }

  /** The sagas of the next lines, each once; `upTo` is 0 where there are no more lines. */
  async #next(after: number): Promise<{
    readonly keys: readonly (SagaKey & { readonly definition: DefinitionRef })[];
    readonly upTo: number;
  }> {
    const { store, most } = this.#options;
    const keys = new Map<string, SagaKey & { readonly definition: DefinitionRef }>();
    let upTo = after;
    for (;;) {
      const entries = await store.readJournal({ after: upTo, limit: pageSize });
      if (entries.length === 0) return { keys: [...keys.values()], upTo: 0 };
      for (const { tenant, id, definition, position } of entries) {
        const key = keyOf({ tenant, id });
        if (!keys.has(key) && keys.size >= most) return { keys: [...keys.values()], upTo };
        keys.set(key, { tenant, id, definition });
        upTo = position;
      }
    }
  }

  async #checkOne({ tenant, id }: SagaKey, definition: DefinitionRef): Promise<void> {
    const key = keyOf({ tenant, id });
    const checked = await this.#check.check({ tenant, id }, definition);
    if (checked.type === 'conforms' || checked.type === 'deviates') this.#checked += 1;
    if (checked.type === 'deviates') this.#note(key, checked.deviation, checked.record);
    else if (this.#found.delete(key) && checked.type === 'conforms')
      this.#options.logger.info({ tenant, sagaId: id }, 'a saga conforms to its journal again');
  }

  #note(key: string, deviation: Deviation, record: SagaRecord | undefined): void {
    const { tenant, id: sagaId, definition, kind, seq, what } = deviation;
    const isTold = this.#found.get(key)?.isTold === true;
    if (!this.#found.has(key)) {
      const { name: saga, version } = definition;
      this.#options.logger.error(
        { tenant, sagaId, saga, definitionVersion: version, kind, seq, what },
        'a saga is not what its journal makes of it',
      );
      if (this.#found.size >= mostKnown) return;
    }
    const at = this.#options.clock.now();
    this.#found.set(key, { deviation, alert: toAlert(deviation, record, at), isTold });
  }

  async #tell(): Promise<void> {
    const { alert: send, logger } = this.#options;
    for (const [key, found] of this.#found) {
      if (found.isTold) continue;
      try {
        await send(found.alert);
        this.#found.set(key, { ...found, isTold: true });
      } catch (error) {
        logger.warn(
          { err: error, alert: found.alert.id },
          'an alert could not be sent; with the next look again',
        );
      }
    }
  }
}

/** Without a saga's own texts. */
const words: Readonly<Record<Deviation['kind'], string>> = {
  differs: 'its stored state is not what its journal makes of it',
  noArrow: 'its machine has no arrow for a line of its journal',
  broken: 'its journal and its stored state do not fit together, or cannot be read',
};

/** As it was when it was found; `at`: ms since the epoch. */
function toAlert(
  { tenant, id, definition, seq, kind }: Deviation,
  record: SagaRecord | undefined,
  at: number,
): Alert {
  const version = record?.version ?? seq;
  return {
    id: `${tenant}:${id}:${version}:nonconformant`,
    kind: 'nonconformant',
    text: `Saga ${definition.name} ${id} does not conform: ${words[kind]} (line ${seq}).`,
    tenant,
    sagaId: id,
    saga: definition.name,
    definitionVersion: definition.version,
    version,
    // What cannot be read nobody can drive: it is as good as parked.
    status: record?.status ?? 'failed',
    since: new Date(at).toISOString(),
  };
}

function keyOf({ tenant, id }: SagaKey): string {
  return `${tenant}:${id}`;
}
