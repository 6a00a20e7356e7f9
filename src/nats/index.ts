export { createNatsAlerts, NatsAlerts, type NatsAlertsOptions } from './alerts.ts';
export type { NatsConnectOptions } from './connection.ts';
export {
  createNatsEventPublisher,
  NatsEventPublisher,
  type NatsEventPublisherOptions,
} from './event-publisher.ts';
export type { EventStreamOptions } from './event-stream.ts';
export { createNatsTransport, NatsTransport, type NatsTransportOptions } from './transport.ts';
export { DEFAULT_PREFIX } from './wire.ts';
