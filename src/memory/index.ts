export { MemoryBarrier } from './barrier.ts';
export type { MemoryTx } from './barrier-table.ts';
export { MemoryEventPublisher } from './event-publisher.ts';
export { MemoryStore } from './store.ts';
export { InProcessTransport, type InProcessTransportOptions } from './transport.ts';
