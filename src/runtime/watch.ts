import type { AlertSink } from '../core/alert.ts';
import type { Logger } from '../core/logger.ts';
import type { SagaStore } from '../core/store.ts';
import { AlertRelay, type AlertStats } from './alert-relay.ts';
import { CensusLoop, type CensusOptions, type DatedCensus } from './census-loop.ts';
import type { Lease } from './lease.ts';

/** What watches over all sagas, not only over those of this node. */
export interface WatchOptions {
  readonly node: string;
  readonly store: SagaStore;
  readonly lease: Lease;
  readonly logger: Logger;
  /** Nothing is counted when left out, unless there are alerts. */
  readonly census: CensusOptions | undefined;
  readonly alerts: AlertsOptions | undefined;
}

/** Telling people of sagas that wait for them. */
export interface AlertsOptions {
  /** Each is told everything. The orchestrator does not close them. */
  readonly sinks: readonly AlertSink[];
}

/** The census and the alerts: both optional, and neither ever in the way of a saga. */
export class Watch {
  readonly #census: CensusLoop | undefined;
  readonly #relays: readonly AlertRelay[];

  /** Throws `DefinitionError` when the census' durations are none. */
  constructor({ node, store, lease, logger, census, alerts }: WatchOptions) {
    const parts = { store, clock: lease, logger };
    this.#relays = (alerts?.sinks ?? []).map(
      (sink) => new AlertRelay({ ...parts, node, sink, isHeld: () => lease.isHeld }),
    );
    const isCounting = census !== undefined || this.#relays.length > 0;
    const onCensus = ({ stuck }: Pick<DatedCensus, 'stuck'>) => {
      for (const relay of this.#relays) relay.see(stuck);
    };
    this.#census = isCounting ? new CensusLoop({ ...parts, ...census, onCensus }) : undefined;
  }

  /** Begins. */
  open(): void {
    this.#census?.open();
    for (const relay of this.#relays) relay.open();
  }

  /** The latest census; `undefined`: none was taken yet, or none is wanted. */
  get census(): DatedCensus | undefined {
    return this.#census?.latest;
  }

  /** What was told to each sink. */
  get alerts(): readonly AlertStats[] {
    return this.#relays.map(({ stats }) => stats);
  }

  /** Ends, once what is under way has ended. */
  async close(): Promise<void> {
    await Promise.all([this.#census?.close(), ...this.#relays.map((relay) => relay.close())]);
  }
}
