import type { Command } from '../core/command.ts';
import type { AnySagaDefinition } from '../core/definition.ts';
import type { SagaMachine } from '../core/machine.ts';
import { operationOf } from '../core/machine-parts.ts';
import { type ReplayedMove, type ReplayedSaga, replayed } from '../core/replayed.ts';
import { commandName, type SagaPlan, stepsOf } from '../core/steps.ts';
import type { JournalRow } from '../core/store.ts';
import { type InspectionMessage, type InspectedSnapshot, inspectVersion } from './inspection-message.ts';
import { toMachineJson } from './machine-json.ts';

/** Whose journal is told to an inspector. */
export interface InspectionOptions {
  readonly definition: Pick<AnySagaDefinition, 'plan' | 'machine'>;
  readonly saga: ReplayedSaga;
  /** The journal, from its first line on. */
  readonly rows: readonly JournalRow[];
  /** Only what came after this position; 0, the default: all. */
  readonly after?: number;
}

/**
 * A saga's journal as the messages of `@statelyai/inspect` 0.7: the saga is an actor under its own id, its participants
 * are actors too, commands and replies are events between them. Pure: computed anew by the machine, so the same journal gives
 * the same messages, also of a saga that runs, or ran, elsewhere. Throws `NotFoundError` for a journal of another definition.
 */
export function toInspection({
  definition: { plan, machine },
  saga,
  rows,
  after = 0,
}: InspectionOptions): readonly InspectionMessage[] {
  const logic = { plan, machine: machine as SagaMachine };
  const messages = new Messages(plan, saga.id);
  return [...replayed(logic, saga, rows)]
    .filter(({ row }) => row.seq > after)
    .flatMap((line) => messages.of(line));
}

class Messages {
  readonly #plan: SagaPlan;
  readonly #sagaId: string;
  /** Which participant answers a command, by the name of the command. */
  readonly #participants: ReadonlyMap<string, string>;

  constructor(plan: SagaPlan, sagaId: string) {
    this.#plan = plan;
    this.#sagaId = sagaId;
    this.#participants = participantsOf(plan);
  }

  /** What a line of the journal is to an inspector: its event, the state it led to, the commands sent then. */
  of({ row, event, move }: ReplayedMove): readonly InspectionMessage[] {
    const snapshot = toSnapshot(move);
    const isStart = event.type === 'start';
    const told = { ...event, type: isStart ? 'xstate.init' : event.type };
    const participant = this.#participants.get(row.type.split('.')[0] ?? '');
    const source = isStart || participant === undefined ? {} : { sourceId: this.#session(participant) };
    const messages: InspectionMessage[] = [
      ...(isStart ? this.#actors(row, snapshot) : []),
      { type: '@xstate.event', ...source, event: told, ...this.#about(row, 'event') },
      { type: '@xstate.snapshot', event: told, snapshot, ...this.#about(row, 'snapshot') },
      ...move.commands.map((command) => this.#sent(row, command)),
    ];
    return messages;
  }

  #actors(row: JournalRow, snapshot: InspectedSnapshot): readonly InspectionMessage[] {
    const parentId = this.#sagaId;
    return [
      {
        type: '@xstate.actor',
        name: `${this.#plan.name} ${this.#sagaId}`,
        definition: JSON.stringify(toMachineJson(this.#plan)),
        snapshot,
        ...this.#about(row, 'actor'),
      },
      ...[...new Set(this.#participants.values())].map((participant): InspectionMessage => ({
        type: '@xstate.actor',
        name: participant,
        parentId,
        definition: JSON.stringify({ id: participant }),
        snapshot: { status: 'active' },
        ...this.#about(row, 'actor', this.#session(participant)),
      })),
    ];
  }

  #sent(row: JournalRow, { name, step, op, attempt }: Command): InspectionMessage {
    const found = stepsOf(this.#plan).find((one) => one.name === step);
    const operation = found === undefined ? undefined : operationOf(found, op);
    const session = this.#session(operation?.participant ?? step);
    const event = { type: operation?.operation ?? name, step, op, attempt };
    return { type: '@xstate.event', sourceId: this.#sagaId, event, ...this.#about(row, name, session) };
  }

  #about({ seq, at }: JournalRow, what: string, sessionId: string = this.#sagaId) {
    return {
      sessionId,
      rootId: this.#sagaId,
      id: `${sessionId}:${seq}:${what}`,
      createdAt: String(at),
      _version: inspectVersion,
    };
  }

  #session(participant: string): string {
    return `${this.#sagaId}/${participant}`;
  }
}

function toSnapshot({ snapshot: { state } }: ReplayedMove['move']): InspectedSnapshot {
  return {
    status: state.status === 'done' ? 'done' : 'active',
    value: state.value,
    context: state.context,
    tags: [...state.tags],
  };
}

function participantsOf(plan: SagaPlan): ReadonlyMap<string, string> {
  const ops = ['do', 'undo', 'seal'] as const;
  return new Map(
    stepsOf(plan).flatMap((step) =>
      ops
        .filter((op) => op !== 'undo' || step.compensation !== undefined)
        .map((op) => [commandName(step.name, op), operationOf(step, op).participant] as const),
    ),
  );
}
