import type { AlertSink } from '../core/alert.ts';
import type { AnySagaDefinition } from '../core/definition.ts';
import type { Logger } from '../core/logger.ts';
import type { SagaStore } from '../core/store.ts';
import { ConformanceWalker } from '../proof/conformance-walker.ts';
import { systemClock } from '../runtime/system.ts';
import type { EngineMetrics } from '../telemetry/engine-metrics.ts';
import type { Settings } from './settings.ts';

/** What a node's check of stored sagas works with. */
export interface ConformanceParts {
  readonly store: SagaStore;
  readonly sagas: readonly AnySagaDefinition[];
  readonly log: Logger;
  readonly metrics: EngineMetrics;
  /** Who is told of a saga that does not conform. */
  readonly sinks: readonly AlertSink[];
}

/** Checks stored sagas as the settings say; `undefined`: not at all. */
export function toConformanceWalker(
  { conformance: { watch, interval, sagas: most } }: Settings,
  { store, sagas, log, metrics, sinks }: ConformanceParts,
): ConformanceWalker | undefined {
  if (watch === 'off') return undefined;
  return new ConformanceWalker({
    store,
    sagas,
    clock: systemClock,
    logger: log,
    interval,
    most,
    alert: async (alert) => {
      for (const sink of sinks) await sink.send(alert);
    },
    onLook: (standing) => metrics.conformed(standing),
  });
}
