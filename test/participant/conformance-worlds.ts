import type { Clock } from '../../src/core/clock.ts';
import type { Transport } from '../../src/core/transport.ts';
import { MemoryBarrier } from '../../src/memory/barrier.ts';
import type { MemoryTx } from '../../src/memory/barrier-table.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import {
  serveParticipant,
  TerminalError,
  type Command,
  type ConformanceReport,
} from '../../src/participant/index.ts';

/** What every participant here is asked for. */
export const stock = {
  participant: 'stock',
  action: 'reserve',
  compensation: 'release',
  input: { quantity: 1 },
  refusedInput: { quantity: -1 },
} as const;

/**
 * A clock that does not wait: time jumps to what is due next once everything that needs no time has been done.
 * For participants that answer without timers and I/O.
 */
export function createHurriedClock(): Clock {
  const clock = new ManualClock();
  let isJumping = false;
  const jump = () => {
    isJumping = clock.nextAt !== undefined;
    if (clock.nextAt === undefined) return;
    clock.advance(clock.nextAt - clock.now());
    setImmediate(jump);
  };
  return {
    now: () => clock.now(),
    schedule: (delay, task) => {
      if (!isJumping) setImmediate(jump);
      isJumping = true;
      return clock.schedule(delay, task);
    },
  };
}

/** Serves the kit's participant on a memory barrier; gives its probe. */
export async function serveStock(
  transport: Pick<Transport, 'serve'>,
  barrier = new MemoryBarrier(),
): Promise<() => Promise<number>> {
  await serveParticipant(transport, {
    name: 'stock',
    barrier,
    operations: {
      reserve: ({ input, saga, tx }: Command<MemoryTx>) => {
        requirePositive(input);
        tx.set('held', heldBy(tx) + 1);
        return { hold: holdOf(saga.idempotencyKey), of: saga.attempt };
      },
      release: ({ tx }: Command<MemoryTx>) => tx.set('held', heldBy(tx) - 1),
    },
  });
  return async () => Number(barrier.get('held') ?? 0);
}

/** Refuses what is less than one. */
export function requirePositive(input: unknown): void {
  const { quantity } = (input ?? {}) as { readonly quantity?: unknown };
  if (quantity !== 1) throw new TerminalError('none of that', { reason: 'quantity' });
}

/** What an action and its undo have in common: the key without the op. */
export function holdOf(idempotencyKey: string): string {
  return idempotencyKey.slice(0, idempotencyKey.lastIndexOf(':'));
}

/** The names of the checks with that status. */
export function namesOf(
  report: ConformanceReport,
  status: ConformanceReport['checks'][number]['status'],
): readonly string[] {
  return report.checks.filter((check) => check.status === status).map(({ name }) => name);
}

/** The checks that did not pass, with what they say: empty when all is well. */
export function complaintsOf({ checks }: ConformanceReport): readonly string[] {
  return checks.filter(({ status }) => status !== 'passed').map(({ name, why }) => `${name}: ${why}`);
}

function heldBy(tx: MemoryTx): number {
  return Number(tx.get('held') ?? 0);
}
