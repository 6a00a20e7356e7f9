import { OverloadedError } from '../core/errors.ts';
import type { CommandGate } from './command-gate.ts';

/** How much may wait before starts are refused. */
export interface AdmissionOptions {
  readonly gate: Pick<CommandGate, 'isBacklogged'>;
  /** The most starts that are being made durable at once. */
  readonly maxStarting: number;
}

/**
 * Keeps what this node cannot do from piling up: a start is refused while too many others are on their way, or while too
 * many commands wait for a participant that it would ask first. What runs already goes on: only new work is refused.
 */
export class Admission {
  readonly #options: AdmissionOptions;
  #starting = 0;

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  /** Lets a start in. Whoever is let in must `leave`. Throws `OverloadedError`. */
  enter(): void {
    const { maxStarting } = this.#options;
    if (this.#starting >= maxStarting)
      throw new OverloadedError(`this node starts ${maxStarting} sagas just now, as many as it may`);
    this.#starting += 1;
  }

  /** The start has come to its end. */
  leave(): void {
    this.#starting -= 1;
  }

  /** Throws `OverloadedError` while too many commands wait for one of these participants. */
  checkParticipants(participants: readonly string[]): void {
    const full = participants.find((participant) => this.#options.gate.isBacklogged(participant));
    if (full !== undefined)
      throw new OverloadedError(`too many commands wait for the participant '${full}' already`);
  }
}
