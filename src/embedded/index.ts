export { type Broker, type BrokerOptions, startBroker } from './broker.ts';
export { createEmbeddedStore, type EmbeddedStore, type EmbeddedStoreOptions } from './pglite-store.ts';
