import type { OrchestratorParts } from './orchestrator-parts.ts';
import { isClosed } from '../core/snapshot.ts';
import type { SagaRecord, SagaStatus } from '../core/store.ts';
import type { Move } from '../core/transition.ts';

/** What this process did since it started, and does now. */
export interface Metrics {
  readonly started: number;
  readonly transitions: number;
  /** Sagas that came to a rest here, by status. */
  readonly settled: Readonly<Partial<Record<SagaStatus, number>>>;
  readonly commands: number;
  /** Sagas this process drives now. */
  readonly active: number;
  /** Commands that wait to be sent: the transport is down, or their participant has enough to do. */
  readonly waitingCommands: number;
  readonly commit: {
    readonly statements: number;
    readonly writes: number;
    readonly waiting: number;
    readonly isFailing: boolean;
  };
}

/** Counts moves. */
export class MoveCounter {
  #started = 0;
  #transitions = 0;
  #commands = 0;
  readonly #settled: Partial<Record<SagaStatus, number>> = {};

  /** A move is durable. */
  count(record: SagaRecord, move: Move): void {
    this.#transitions += 1;
    this.#commands += move.commands.length;
    if (record.version === 1) this.#started += 1;
    if (isClosed(record.status) || record.status === 'failed')
      this.#settled[record.status] = (this.#settled[record.status] ?? 0) + 1;
  }

  /** The counts so far. */
  get counts(): Pick<Metrics, 'started' | 'transitions' | 'settled' | 'commands'> {
    return {
      started: this.#started,
      transitions: this.#transitions,
      settled: { ...this.#settled },
      commands: this.#commands,
    };
  }
}

/** What a process did and does. */
export function toMetrics(
  counter: MoveCounter,
  { host, gate, committer }: Pick<OrchestratorParts, 'host' | 'gate' | 'committer'>,
): Metrics {
  return {
    ...counter.counts,
    active: host.load.actors,
    waitingCommands: gate.waiting,
    commit: committer.stats,
  };
}
