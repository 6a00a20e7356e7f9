import { TerminalError } from '../core/errors.ts';
import { operationOf } from '../core/machine-parts.ts';
import { commandName, type SagaPlan, stepsOf } from '../core/steps.ts';
import type { CommandRequest, Op, Reply, Service } from '../core/transport.ts';
import { MemoryBarrier } from '../memory/barrier.ts';

/** An effect that became real. */
export interface LedgerEntry {
  readonly step: string;
  readonly op: Op;
}

/** What participants answer, besides doing what they are asked. */
export interface LedgerOptions {
  readonly plan: SagaPlan;
  /** Results of steps; `{ of: step }` when left out. */
  readonly results: Readonly<Record<string, unknown>>;
  /** Whether a command is refused, behind the barrier: `charge`, with its attempt. */
  readonly isRefused: (name: string, attempt: number) => boolean;
}

/** The participants of a saga, each behind a barrier, writing down what became real. */
export class Ledger {
  readonly #options: LedgerOptions;
  readonly #entries: LedgerEntry[] = [];

  constructor(options: LedgerOptions) {
    this.#options = options;
  }

  /** In the order in which it happened. */
  get entries(): readonly LedgerEntry[] {
    return this.#entries;
  }

  /** Every participant that the saga asks, to be served. */
  services(): readonly Service[] {
    const operations = new Map<string, Set<string>>();
    for (const step of stepsOf(this.#options.plan))
      for (const { participant, operation } of [operationOf(step, 'do'), operationOf(step, 'undo')])
        operations.set(participant, (operations.get(participant) ?? new Set()).add(operation));
    return [...operations].map(([participant, names]) => {
      const barrier = new MemoryBarrier();
      return {
        participant,
        version: '0.0.0',
        description: '',
        operations: [...names],
        handle: (request) => this.#answer(barrier, request),
      };
    });
  }

  async #answer(barrier: MemoryBarrier, request: CommandRequest): Promise<Reply> {
    const { tenant, sagaId, step, op, idempotencyKey, participant, attempt } = request;
    const [iteration = 1, generation = 1] = idempotencyKey.split(':').slice(-3, -1).map(Number);
    const isRefused = this.#options.isRefused(commandName(step, op), attempt);
    const outcome = await barrier.pass(
      { participant, tenant, sagaId, step, iteration, generation, op },
      async () => {
        if (isRefused) throw new TerminalError('refused by the test', { reason: 'refused' });
        this.#entries.push({ step, op });
        return op === 'undo' ? null : (this.#options.results[step] ?? { of: step });
      },
    );
    switch (outcome.type) {
      case 'applied':
      case 'replayed':
        return { type: 'succeeded', result: outcome.reply };
      case 'nullUndo':
        return { type: 'succeeded', result: null };
      case 'sealed':
        return { type: 'sealed' };
      case 'refused':
        return { type: 'refused', error: outcome.error };
    }
  }
}
