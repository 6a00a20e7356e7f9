import type { Alert, AlertSink } from '../core/alert.ts';
import type { ParkedLine, StuckSaga } from '../core/census.ts';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import type { SagaStore } from '../core/store.ts';
import { toParkedAlert, toStuckAlert } from './alerts.ts';

/** What an alert relay needs. */
export interface AlertRelayOptions {
  readonly sink: AlertSink;
  readonly node: string;
  readonly store: SagaStore;
  /** The store's time. */
  readonly clock: Clock;
  readonly logger: Logger;
  /** Whether the node's lease is held: without it another node may send alerts, too. */
  readonly isHeld: () => boolean;
}

/** What an alert relay did and does. */
export interface AlertStats {
  readonly sink: string;
  /** This node sends; one does at a time. */
  readonly isDriving: boolean;
  readonly accepted: number;
  /** Taken by nobody, ever: whoever got them refused them. */
  readonly refused: number;
  /** Tries that failed so far, and were or will be repeated. */
  readonly retries: number;
  /** The last try failed. */
  readonly isFailing: boolean;
}

/** Parked lines that are looked at together. */
const pageSize = 100;
/** How many alerts are on their way at once. */
const width = 8;
/** How often to look when there was nothing; for a dead node's alerts; ms. */
const idle = { driving: 1_000, standingBy: 2_000 } as const;
/** The longest wait after a failure; ms. */
const longestWait = 60_000;
/** After how many failures in a row another node may try. */
const patience = 3;
/** What parked longer ago is told of only if it still waits: a sink that is new is not told the past. ms. */
const pastAfter = 3_600_000;

/**
 * Tells one sink of every saga that parks and of those that are stuck. Parkings are read from the journal past a durable
 * position, which moves on once the sink took them: none is lost, whichever node dies. Nothing of it is in the way of a
 * saga: a sink that is away is tried again for ever, with growing waits.
 */
export class AlertRelay {
  readonly #options: AlertRelayOptions;
  readonly #name: string;
  #position: number | undefined;
  #stuck: readonly StuckSaga[] = [];
  /** Ids of alerts that were sent of sagas that are stuck still. */
  #told = new Set<string>();
  /** Ids of alerts that were sent of the lines at hand, should one of them fail. */
  readonly #sent = new Set<string>();
  #accepted = 0;
  #refused = 0;
  #retries = 0;
  #failures = 0;
  #isClosed = false;
  #forget: () => void = () => {};
  #round: Promise<void> = Promise.resolve();

  constructor(options: AlertRelayOptions) {
    this.#options = options;
    this.#name = `alerts.${options.sink.name}`;
  }

  /** Sends alerts until `close`, as long as no other node does. */
  open(): void {
    this.#round = this.#sendNext().then(
      (wait) => this.#again(wait),
      (error: unknown) => this.#failed(error),
    );
  }

  /** What is stuck now, all of it. */
  see(stuck: readonly StuckSaga[]): void {
    this.#stuck = stuck;
  }

  /** What it did and does. */
  get stats(): AlertStats {
    return {
      sink: this.#options.sink.name,
      isDriving: this.#position !== undefined,
      accepted: this.#accepted,
      refused: this.#refused,
      retries: this.#retries,
      isFailing: this.#failures > 0,
    };
  }

  /** Stops, once the alert at hand has been sent or given up for now. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#forget();
    await this.#round;
  }

  #again(wait: number): void {
    this.#failures = 0;
    this.#schedule(wait);
  }

  #failed(error: unknown): void {
    this.#failures += 1;
    this.#retries += 1;
    const wait = Math.min(longestWait, 500 * 2 ** Math.min(this.#failures, 10));
    const { sink, logger } = this.#options;
    logger.warn(
      { err: error, sink: sink.name, failures: this.#failures, wait },
      'an alert could not be sent; trying again',
    );
    this.#schedule(wait);
  }

  #schedule(wait: number): void {
    if (this.#isClosed) return;
    this.#forget = this.#options.clock.schedule(wait, () => this.open());
  }

  /** Gives how long to wait before the next look; ms. */
  async #sendNext(): Promise<number> {
    const { store, node, isHeld } = this.#options;
    if (!isHeld()) return this.#standBy();
    this.#position ??= await store.claimRelay(this.#name, node);
    if (this.#position === undefined) return this.#standBy();
    const from = this.#position;
    const { lines, upTo } = await store.readParked({ after: from, limit: pageSize });
    await this.#inParallel(lines, (line) => this.#tell(line));
    const isMoved = upTo === from || (await store.advanceRelay(this.#name, { node, from, to: upTo }));
    this.#position = isMoved ? upTo : undefined;
    this.#sent.clear();
    await this.#tellOfStuck();
    return lines.length === 0 ? idle.driving : 0;
  }

  #standBy(): number {
    this.#position = undefined;
    this.#told.clear();
    return idle.standingBy;
  }

  async #tell(line: ParkedLine): Promise<void> {
    const { store, clock } = this.#options;
    const record = await store.get(line);
    const isParked = record?.status === 'failed' && record.version === line.seq;
    if (!isParked && clock.now() - line.at > pastAfter) return;
    await this.#once(toParkedAlert(line, isParked ? record : undefined), this.#sent);
  }

  /** Each once, for as long as it is stuck where it is. */
  async #tellOfStuck(): Promise<void> {
    const alerts = this.#stuck.map((saga) => toStuckAlert(saga));
    this.#told = new Set(alerts.map(({ id }) => id).filter((id) => this.#told.has(id)));
    await this.#inParallel(alerts, (alert) => this.#once(alert, this.#told));
  }

  async #once(alert: Alert, told: Set<string>): Promise<void> {
    if (told.has(alert.id)) return;
    await this.#send(alert);
    told.add(alert.id);
  }

  /** Rejects with the first failure, once those on their way have ended. */
  async #inParallel<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
    for (let from = 0; from < items.length; from += width) {
      const ended = await Promise.allSettled(items.slice(from, from + width).map((item) => work(item)));
      const failed = ended.find((one) => one.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
    }
  }

  /** A node that cannot reach the sink lets go in the end: another one may. */
  async #send(alert: Alert): Promise<void> {
    const { sink, logger, store, node } = this.#options;
    try {
      const answer = await sink.send(alert);
      if (answer === 'accepted') this.#accepted += 1;
      else this.#refused += 1;
      if (answer === 'refused')
        logger.error({ sink: sink.name, alert: alert.id, sagaId: alert.sagaId }, 'an alert was refused');
    } catch (error) {
      if (this.#failures + 1 >= patience) {
        await store.releaseRelay(this.#name, node);
        this.#position = undefined;
      }
      throw error;
    }
  }
}
