import type { Clock } from '../core/clock.ts';
import type { EventMessage, EventPublisher } from '../core/event-publisher.ts';
import type { PublishedEventType } from '../core/cloud-event.ts';
import type { Logger } from '../core/logger.ts';
import { toPublishedEvents } from '../core/published-event.ts';
import type { SagaTrace } from '../core/saga-trace.ts';
import type { JournalEntry, SagaStore } from '../core/store.ts';
import { type PlanOf, toKey, TraceCache } from './trace-cache.ts';

/** Publishing events: an orchestrator publishes what its store's journal holds, whichever node wrote it. */
export interface EventsOptions {
  /** Where they go. The orchestrator does not close it. */
  readonly publisher: EventPublisher;
  /** Only events of these types; all when left out. */
  readonly types?: readonly PublishedEventType[];
  /** The CloudEvents source, a URI reference. Default `/sagachart`. */
  readonly source?: string;
}

/** What the relay needs. */
export interface RelayOptions extends EventsOptions {
  readonly node: string;
  readonly store: SagaStore;
  /** The store's time. */
  readonly clock: Clock;
  readonly logger: Logger;
  /** Whether the node's lease is held: without it another node may publish, too. */
  readonly isHeld: () => boolean;
  /** A definition as this node has it. */
  readonly planOf: PlanOf;
}

/** What the relay does. */
export interface RelayStats {
  /** This node publishes; one does at a time. */
  readonly isDriving: boolean;
  /** Published up to here; `undefined`: another node knows. */
  readonly position: number | undefined;
  /** Events this node published. */
  readonly published: number;
  /** How old the oldest line is that is not published yet, in s; 0 when all are. `undefined`: another node knows. */
  readonly lagSeconds: number | undefined;
  /** The last try failed: the store or the broker does not answer. */
  readonly isFailing: boolean;
}

/** The name of the relay in the store, and with it of its position. */
export const relayName = 'events';

/** Lines of the journal published at once. */
const pageSize = 500;
/** How often to look for new lines when there were none, and for a dead node's relay; ms. */
const idle = { driving: 100, standingBy: 1_000 } as const;
/** After how many failures in a row another node may try. */
const patience = 3;
/** The longest wait after a failure; ms. */
const longestWait = 5_000;

/**
 * Publishes the journal as events: reads past a durable position, publishes, and moves the position on only once all of it
 * is acknowledged. Each saga's events come in their order, at least once. One node does it, as long as its lease lives;
 * what fails is tried again for ever, for nothing that a broker says is final.
 */
export class Relay {
  readonly #options: RelayOptions;
  readonly #traces: TraceCache;
  #position: number | undefined;
  #published = 0;
  #pendingSince: number | undefined;
  #failures = 0;
  #isClosed = false;
  #forget: () => void = () => {};
  #round: Promise<void> = Promise.resolve();

  constructor(options: RelayOptions) {
    this.#options = options;
    this.#traces = new TraceCache(options.store, options.planOf);
  }

  /** Takes the relay, unless another node has it, and publishes until `close`. Rejects when the store does not answer. */
  async open(): Promise<void> {
    this.#position = await this.#claim();
    this.#run();
  }

  /** What it does now. */
  get stats(): RelayStats {
    const since = this.#pendingSince;
    const isDriving = this.#position !== undefined;
    const lag = since === undefined ? 0 : Math.max(0, this.#options.clock.now() - since) / 1_000;
    const isFailing = this.#failures > 0;
    return {
      isDriving,
      position: this.#position,
      published: this.#published,
      lagSeconds: isDriving || isFailing ? lag : undefined,
      isFailing,
    };
  }

  /** Stops, once what is under way has ended. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#forget();
    await this.#round;
  }

  #run(): void {
    this.#round = this.#publishNext().then(
      (wait) => this.#again(wait),
      (error: unknown) => this.#failed(error),
    );
  }

  #again(wait: number): void {
    this.#failures = 0;
    this.#schedule(wait);
  }

  #failed(error: unknown): void {
    this.#failures += 1;
    this.#pendingSince ??= this.#options.clock.now();
    const wait = Math.min(longestWait, 100 * 2 ** Math.min(this.#failures, 10));
    this.#options.logger.warn(
      { err: error, failures: this.#failures, wait, ...this.stats },
      'events could not be published; trying again',
    );
    this.#schedule(wait);
  }

  #schedule(wait: number): void {
    if (this.#isClosed) return;
    this.#forget = this.#options.clock.schedule(wait, () => this.#run());
  }

  /** Publishes a page of the journal; gives how long to wait before the next, in ms. */
  async #publishNext(): Promise<number> {
    const { store, isHeld, node } = this.#options;
    if (!isHeld()) return this.#standBy();
    this.#position ??= await this.#claim();
    if (this.#position === undefined) return this.#standBy();
    const from = this.#position;
    const page = await store.readJournal({ after: from, limit: pageSize });
    const last = page.at(-1);
    this.#pendingSince = page[0]?.at;
    if (last === undefined) {
      // It may have been put back meanwhile.
      this.#position = await this.#claim();
      return idle.driving;
    }
    const { messages, traces } = await this.#toMessages(page);
    if (!isHeld()) return this.#standBy();
    if (messages.length > 0) await this.#publish(messages);
    this.#published += messages.length;
    const isMoved = await store.advanceRelay(relayName, { node, from, to: last.position });
    // Put back, or taken over by another node: the store knows where it goes on.
    this.#position = isMoved ? last.position : undefined;
    if (isMoved) this.#traces.keep(traces);
    return 0;
  }

  /** A node that cannot reach the broker lets go of the relay in the end: another one may. */
  async #publish(messages: readonly EventMessage[]): Promise<void> {
    const { publisher, store, node } = this.#options;
    try {
      await publisher.publish(messages);
    } catch (error) {
      if (this.#failures + 1 >= patience) {
        await store.releaseRelay(relayName, node);
        this.#position = undefined;
      }
      throw error;
    }
  }

  #standBy(): number {
    this.#position = undefined;
    this.#pendingSince = undefined;
    return idle.standingBy;
  }

  #claim(): Promise<number | undefined> {
    return this.#options.store.claimRelay(relayName, this.#options.node);
  }

  async #toMessages(
    page: readonly JournalEntry[],
  ): Promise<{ readonly messages: readonly EventMessage[]; readonly traces: Map<string, SagaTrace> }> {
    const traces = await this.#traces.before(page);
    const messages = page.flatMap((entry) => this.#tell(entry, traces));
    return { traces, messages };
  }

  /** A line that cannot be read must not keep all others from being published. */
  #tell(entry: JournalEntry, traces: Map<string, SagaTrace>): readonly EventMessage[] {
    const { planOf, source = '/sagachart', types, logger } = this.#options;
    try {
      const told = toPublishedEvents(entry, traces.get(toKey(entry)), {
        source,
        plan: planOf(entry.definition),
        types,
      });
      traces.set(toKey(entry), told.trace);
      return told.messages;
    } catch (error) {
      logger.error(
        { err: error, sagaId: entry.id, seq: entry.seq },
        'a line of the journal cannot be published: it is left out',
      );
      return [];
    }
  }
}

/** Publishes again what comes at or after a journal position, whichever node does it; 0: all there still is. `false`: there is no relay. */
export function republish(store: SagaStore, from: number): Promise<boolean> {
  return store.rewindRelay(relayName, Math.max(0, from - 1));
}
