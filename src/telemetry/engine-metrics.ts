import { collectDefaultMetrics, Registry } from 'prom-client';
import type {
  AttemptOutcome,
  AttemptWatch,
  EngineObserver,
  ObservedMove,
  StartRefusal,
} from '../core/observer.ts';
import { isSettled } from '../core/snapshot.ts';
import type { SagaRecord } from '../core/store.ts';
import type { CommandRequest } from '../core/transport.ts';
import { createMetricSet, type MetricSet } from './metric-set.ts';
import { interventionOf, retriesOf, turnsBack } from './move-facts.ts';
import { type GaugeSource, setGauges } from './node-gauges.ts';

/** Which metrics to collect. */
export interface EngineMetricsOptions {
  /** Also those of the process: CPU, memory, event loop, garbage collection. Default false. */
  readonly process?: boolean;
  /** Where to put them; a registry of its own when left out. */
  readonly registry?: Registry;
}

/** How stored sagas conform to their journals, as far as metrics show it; a `ConformanceStanding` is one. */
export interface ConformanceFigures {
  readonly isLooking: boolean;
  readonly checked: number;
  readonly deviations: readonly { readonly definition: { readonly name: string } }[];
}

/**
 * Metrics of an engine for Prometheus: give it to `createOrchestrator` as one of its `observers`, `watch` the orchestrator
 * that comes of it, and serve `text()` at `/metrics`.
 */
export class EngineMetrics implements EngineObserver {
  readonly #registry: Registry;
  readonly #set: MetricSet;
  #source: GaugeSource | undefined;

  constructor({ process = false, registry = new Registry() }: EngineMetricsOptions = {}) {
    this.#registry = registry;
    this.#set = createMetricSet(registry);
    if (process) collectDefaultMetrics({ register: registry });
    for (const outcome of ['renewed', 'failed']) this.#set.leaseRenewals.inc({ outcome }, 0);
    for (const reason of ['overloaded', 'failing', 'closing']) this.#set.refused.inc({ reason }, 0);
  }

  /** From now on the gauges show this orchestrator. */
  watch(source: GaugeSource): void {
    this.#source = source;
    for (const { name: saga } of source.definitions) this.#set.started.inc({ saga }, 0);
  }

  /** The media type of `text()`. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Everything, as Prometheus reads it. */
  text(): Promise<string> {
    if (this.#source !== undefined) setGauges(this.#set, this.#source, Date.now());
    return this.#registry.metrics();
  }

  /** What a look at stored sagas found; only the node that looks has a series for it. */
  conformed({ isLooking, checked, deviations }: ConformanceFigures): void {
    this.#set.nonconformant.reset();
    this.#set.conformanceChecked.reset();
    this.#set.conformanceChecked.inc(checked);
    if (!isLooking) return;
    for (const { name: saga } of this.#source?.definitions ?? []) this.#set.nonconformant.set({ saga }, 0);
    for (const { definition } of deviations) this.#set.nonconformant.inc({ saga: definition.name });
  }

  /** See `EngineObserver`. */
  refused(reason: StartRefusal): void {
    this.#set.refused.inc({ reason });
  }

  /** See `EngineObserver`. */
  moved(moved: ObservedMove): void {
    const { record, before } = moved;
    const saga = record.definition.name;
    if (before === null) this.#set.started.inc({ saga });
    for (const { step, op } of retriesOf(moved)) this.#set.retries.inc({ saga, step, op });
    if (turnsBack(moved)) this.#set.compensations.inc({ saga, cause: record.cause ?? 'none' });
    const action = interventionOf(moved);
    if (action !== undefined) this.#set.interventions.inc({ saga, action });
    if (isSettled(record.status) && before?.status !== record.status) this.#settled(record);
  }

  /** See `EngineObserver`. */
  sending({ sagaName: saga, step, op }: CommandRequest): AttemptWatch {
    const sentAt = performance.now();
    return {
      ended: (outcome: AttemptOutcome) =>
        this.#set.steps.observe({ saga, step, op, outcome }, (performance.now() - sentAt) / 1_000),
    };
  }

  /** See `EngineObserver`. */
  committing(sagas: number): () => void {
    const sentAt = performance.now();
    this.#set.batchSize.observe(sagas);
    return () => this.#set.commits.observe((performance.now() - sentAt) / 1_000);
  }

  /** See `EngineObserver`. */
  claimed(records: readonly SagaRecord[]): void {
    for (const { definition } of records) this.#set.claims.inc({ saga: definition.name });
  }

  /** See `EngineObserver`. */
  leaseRenewed(isRenewed: boolean): void {
    this.#set.leaseRenewals.inc({ outcome: isRenewed ? 'renewed' : 'failed' });
  }

  #settled({ definition, status, cause, createdAt, updatedAt }: SagaRecord): void {
    const saga = definition.name;
    this.#set.settled.inc({ saga, status, cause: cause ?? 'none' });
    this.#set.duration.observe({ saga, status }, Math.max(0, updatedAt - createdAt) / 1_000);
  }
}
