import type { AlertSink } from '../core/alert.ts';
import type { Logger } from '../core/logger.ts';
import { createNatsAlerts } from '../nats/alerts.ts';
import type { OrchestratorOptions } from '../runtime/orchestrator-options.ts';
import { createTracing } from '../telemetry/engine-tracing.ts';
import type { EngineMetrics } from '../telemetry/engine-metrics.ts';
import { createWebhookAlerts } from '../telemetry/webhook-alerts.ts';
import type { Closers } from './closers.ts';
import type { Settings } from './settings.ts';
import { createTakeoverLog } from './takeover-log.ts';

/** What watches over a node's sagas, as its orchestrator takes it. */
export type Watching = Pick<OrchestratorOptions, 'observers' | 'census' | 'alerts'>;

/** Metrics, traces and alerts as the settings say. Throws where NATS does not answer. `natsUrl`: where the node's NATS is. */
export async function openWatching(
  { alerts, nats }: Settings,
  {
    metrics,
    log,
    natsUrl,
    closers,
  }: {
    readonly metrics: EngineMetrics;
    readonly log: Logger;
    readonly natsUrl: string;
    readonly closers: Closers;
  },
): Promise<Watching> {
  const sinks: AlertSink[] = [];
  if (alerts.webhookUrl !== undefined)
    sinks.push(createWebhookAlerts({ url: alerts.webhookUrl, secret: alerts.webhookSecret }));
  if (alerts.nats === 'on') {
    const { prefix, inboxPrefix } = nats;
    const sink = await createNatsAlerts({ url: natsUrl, prefix, inboxPrefix, name: 'sagachart alerts' });
    closers.add(() => sink.close());
    sinks.push(sink);
  }
  return {
    observers: [metrics, createTracing(), createTakeoverLog(log)],
    census: { stuckAfter: alerts.stuckAfter },
    ...(sinks.length === 0 ? {} : { alerts: { sinks } }),
  };
}
