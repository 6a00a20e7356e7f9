import type { Transport } from '../../src/core/transport.ts';
import { MemoryBarrier } from '../../src/memory/barrier.ts';
import { serveParticipant } from '../../src/participant/index.ts';

/** Serves `shop`, which does whatever it is asked. */
export const participants = (transport: Transport) => {
  const done = async () => ({ done: true });
  const operations = { reserve: done, release: done, charge: done, refund: done, ship: done, ping: done };
  return serveParticipant(transport, { name: 'shop', barrier: new MemoryBarrier(), operations });
};
