export type { NatsConnectOptions } from './connection.ts';
export { createNatsTransport, NatsTransport, type NatsTransportOptions } from './transport.ts';
export { DEFAULT_PREFIX } from './wire.ts';
