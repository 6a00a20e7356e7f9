export { type Broker, type BrokerOptions, startBroker } from './broker.ts';
export { createVirtualStores, type VirtualStores } from './virtual-stores.ts';
export { createEmbeddedStore, type EmbeddedStore, type EmbeddedStoreOptions } from './pglite-store.ts';
