export type { Alert, AlertKind, AlertSink } from '../core/alert.ts';
export type { EngineObserver } from '../core/observer.ts';
export { EngineMetrics, type EngineMetricsOptions } from './engine-metrics.ts';
export { createTracing } from './engine-tracing.ts';
export type { GaugeSource } from './node-gauges.ts';
export { createWebhookAlerts, type WebhookAlertsOptions } from './webhook-alerts.ts';
