import type { AnySagaDefinition } from '../../core/definition.ts';
import { RetryableError, TerminalError } from '../../core/errors.ts';
import { operationOf } from '../../core/machine-parts.ts';
import { stepsOf } from '../../core/steps.ts';
import type { Op, Serving, Transport } from '../../core/transport.ts';
import type { Agenda } from './agenda.ts';
import type { Chronicle } from './chronicle.ts';
import type { Faults } from './faults.ts';
import type { LedgerCommand, LedgerLine } from './history.ts';
import type { SeededRandom } from './seeded-random.ts';

/** A command as a simulated participant is given it; what the participant kit gives its handlers fits. */
export interface SimulatedCommand {
  readonly saga: {
    readonly id: string;
    readonly step: string;
    readonly op: Op;
    readonly attempt: number;
    readonly idempotencyKey: string;
  };
}

/** How a command ended at a participant; what the participant kit reports fits. */
export interface SimulatedOutcome {
  readonly sagaId: string;
  readonly step: string;
  readonly op: Op;
  readonly generation: number;
  readonly outcome: {
    readonly type: Exclude<LedgerLine['type'], 'effect'>;
    readonly reply?: unknown;
    readonly replayed?: boolean;
  };
}

/** What a handler comes to: a reply, or the wish to be asked again in `inProgress` ms. */
export type SimulatedResult = { readonly reply: unknown } | { readonly inProgress: number };

/** A participant of the simulated world, to be served by the kit that is to be tried. */
export interface SimulatedParticipant {
  readonly name: string;
  /** Throw `TerminalError` to refuse, `RetryableError` when something failed. The effect is real once they resolve with a reply. */
  readonly operations: Readonly<Record<string, (command: SimulatedCommand) => Promise<SimulatedResult>>>;
  /** To be told of every command that passed the barrier. */
  readonly onOutcome: (outcome: SimulatedOutcome) => void;
  /** ms since the epoch. */
  readonly now: () => number;
}

/** Serves a participant with a barrier of its own. */
export type ServeParticipant = (
  transport: Pick<Transport, 'serve'>,
  participant: SimulatedParticipant,
) => Promise<Serving>;

/** What the participants are made of. */
export interface SimulatedParticipantsOptions {
  readonly agenda: Agenda;
  readonly random: SeededRandom;
  readonly chronicle: Chronicle;
  /** What goes wrong now. */
  readonly faults: () => Faults;
}

/** All participants of a world, and what they wrote into their ledgers. */
export class SimulatedParticipants {
  readonly #options: SimulatedParticipantsOptions;
  readonly #ledger: LedgerLine[] = [];
  #effects = 0;

  constructor(options: SimulatedParticipantsOptions) {
    this.#options = options;
  }

  /** What became real, and what was answered, in order. */
  get ledger(): readonly LedgerLine[] {
    return this.#ledger;
  }

  /** Every participant that the definitions ask. */
  of(definitions: readonly AnySagaDefinition[]): readonly SimulatedParticipant[] {
    const operations = new Map<string, Set<string>>();
    for (const step of definitions.flatMap(({ plan }) => stepsOf(plan))) {
      for (const { participant, operation } of [operationOf(step, 'do'), operationOf(step, 'undo')]) {
        operations.set(participant, (operations.get(participant) ?? new Set()).add(operation));
      }
    }
    return [...operations].map(([name, names]) => this.#participant(name, [...names]));
  }

  #participant(name: string, operations: readonly string[]): SimulatedParticipant {
    const handle = (command: SimulatedCommand) => this.#handle(name, command);
    return {
      name,
      operations: Object.fromEntries(operations.map((operation) => [operation, handle])),
      onOutcome: (outcome) => this.#answered(name, outcome),
      now: () => Math.floor(this.#options.agenda.now),
    };
  }

  async #handle(participant: string, { saga }: SimulatedCommand): Promise<SimulatedResult> {
    const { agenda, random, chronicle, faults } = this.#options;
    const duration = random.chance(faults().slow) ? random.between(100, 4_000) : random.between(0, 10);
    await new Promise<void>((resolve) => void agenda.after(duration, resolve, 'message'));
    const { inProgress, failed, refused, undoRefused } = faults();
    if (random.chance(inProgress))
      return {
        inProgress: Math.round(random.chance(0.2) ? random.between(2_000, 6_000) : random.between(10, 500)),
      };
    if (random.chance(failed)) throw new RetryableError('it failed', { reason: 'failed' });
    if (random.chance(saga.op === 'undo' ? undoRefused : refused))
      throw new TerminalError('it will not', { reason: 'refused' });
    this.#effects += 1;
    const line = chronicle.tell(
      participant,
      `${saga.op === 'undo' ? 'undoes' : 'does'} ${saga.step} of ${saga.id}`,
    );
    this.#ledger.push({ ...toCommand(participant, saga), line, type: 'effect', isRepeated: false });
    return { reply: { effect: this.#effects } };
  }

  #answered(participant: string, { sagaId, step, op, generation, outcome }: SimulatedOutcome): void {
    const { type, reply, replayed } = outcome;
    const line = this.#options.chronicle.tell(participant, `answers ${op} ${step} of ${sagaId}: ${type}`);
    this.#ledger.push({
      line,
      participant,
      sagaId,
      step,
      op,
      generation,
      type,
      isRepeated: type === 'replayed' || replayed === true,
      ...(reply === undefined ? {} : { reply: JSON.stringify(reply) }),
    });
  }
}

function toCommand(
  participant: string,
  { id, step, op, idempotencyKey }: SimulatedCommand['saga'],
): LedgerCommand {
  return { participant, sagaId: id, step, op, generation: Number(idempotencyKey.split(':').at(-2)) };
}
