import { MemoryBarrier } from '../../src/memory/barrier.ts';
import type { MemoryTx } from '../../src/memory/barrier-table.ts';
import { type Command, inProgress } from '../../src/participant/operation.ts';
import { serveParticipant } from '../../src/participant/serve.ts';
import { createOrchestrator } from '../../src/runtime/orchestrator.ts';
import { simulate } from '../../src/testing/simulation/simulate.ts';
import type { SimulationOptions, SimulationReport } from '../../src/testing/simulation/simulation-options.ts';
import type { ServeParticipant } from '../../src/testing/simulation/simulated-participants.ts';
import { sagaPool } from './saga-pool.ts';

/** One world of the real engine and the real participant kit. */
export function simulateSeed(
  seed: number,
  options: Pick<SimulationOptions, 'onLine'> = {},
): Promise<SimulationReport> {
  return simulate({
    seed,
    sagas: sagaPool,
    input: (random) => ({ coin: random.chance(0.5) }),
    createNode: createOrchestrator,
    serve,
    ...options,
  });
}

/** The participant kit over a barrier in memory. */
export const serve: ServeParticipant = (transport, { operations, ...participant }) => {
  const handlers = Object.entries(operations).map(([name, handle]) => {
    const handler = async (command: Command<MemoryTx>) => {
      const result = await handle(command);
      return 'inProgress' in result ? inProgress({ retryAfter: result.inProgress }) : result.reply;
    };
    return [name, handler] as const;
  });
  return serveParticipant(transport, {
    ...participant,
    barrier: new MemoryBarrier(),
    operations: Object.fromEntries(handlers),
  });
};
