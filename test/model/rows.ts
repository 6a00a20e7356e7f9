import { toCommand } from '../../src/core/command.ts';
import { owesUndo, type SagaContext } from '../../src/core/context.ts';
import {
  isClosed,
  isSettled,
  parseSnapshot,
  type SagaSnapshot,
  stateText,
  statusOf,
  toStored,
} from '../../src/core/snapshot.ts';
import { commandName, type SagaPlan, type Step, stepsOf } from '../../src/core/steps.ts';
import type { SagaStatus } from '../../src/core/store.ts';
import {
  advance,
  awaitedCommands,
  begin,
  type Move,
  type SagaEvent,
  type SagaLogic,
} from '../../src/core/transition.ts';
import type { Op } from '../../src/core/transport.ts';
import { toRuledMachine } from './machine.ts';
import type { Rules } from './rules.ts';
import type { Message } from './world.ts';

/** A command of the saga: `reserve`, `undoReserve`, `sealCharge`; known by its place in the list. */
export interface CommandKind {
  readonly name: string;
  /** Place of the step. */
  readonly step: number;
  readonly op: Op;
}

/** A timer of a row. `command` is the place of the command whose attempt it ends, if that is what it does. */
export interface RowTimer {
  readonly type: string;
  readonly command: number | undefined;
}

/** What the world needs to know of a saga's stored row; rows are known by number. */
export interface Row {
  readonly snapshot: SagaSnapshot;
  readonly status: SagaStatus;
  readonly state: string;
  readonly isClosed: boolean;
  /** Nothing happens any more by itself. */
  readonly isSettled: boolean;
  readonly timers: readonly RowTimer[];
  /** Places of the commands whose answers are awaited. */
  readonly awaited: readonly number[];
  /** By command: how often it was asked for. */
  readonly attempts: readonly number[];
  /** By step. */
  readonly generations: readonly number[];
  /** By step: when it completed, as the how-manieth; infinite where nobody knows whether it did. */
  readonly ordinals: readonly number[];
}

/** Where an event leads: the number of the row, and the places of the commands to send. */
export interface RowMove {
  readonly row: number;
  readonly commands: readonly number[];
}

/**
 * The decisions, made by the product's own statechart: every stored row that the saga can come to, and where each event
 * leads from it. Each decision is asked for once.
 */
export class Rows {
  readonly plan: SagaPlan;
  readonly steps: readonly Step[];
  readonly commands: readonly CommandKind[];
  readonly #logic: SagaLogic;
  readonly #keepsGeneration: boolean;
  readonly #rows: Row[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #moves: Map<string, RowMove | undefined>[] = [];
  /** Where the saga starts. */
  readonly first: RowMove;

  constructor(plan: SagaPlan, rules: Rules) {
    this.plan = plan;
    this.steps = stepsOf(plan);
    this.commands = this.steps.flatMap((step, index) =>
      opsOf(step).map((op) => ({ name: commandName(step.name, op), step: index, op })),
    );
    this.#logic = { plan, machine: toRuledMachine(plan, rules) };
    this.#keepsGeneration = !rules.newGeneration;
    this.first = this.#intern(begin(this.#logic, { id: 'saga', input: {}, now: 0 }));
  }

  get size(): number {
    return this.#rows.length;
  }

  get(number: number): Row {
    return this.#rows[number] as Row;
  }

  /** Where an event leads from a row; `undefined`: nowhere. `key` names the event. */
  move(
    number: number,
    key: string,
    toEvent: () => SagaEvent,
    deadline: number | undefined,
  ): RowMove | undefined {
    const moves = this.#moves[number] as Map<string, RowMove | undefined>;
    const known = `${key} ${deadline ?? 'past'}`;
    if (moves.has(known)) return moves.get(known);
    const move = advance(this.#logic, this.get(number).snapshot, toEvent(), { now: 0, deadline });
    const found = move === undefined ? undefined : this.#intern(move);
    moves.set(known, found);
    return found;
  }

  /** The message that carries a command out, as a node that has this row in memory sends it. */
  message(row: number, command: number, node: number): Message {
    const { attempts, generations } = this.get(row);
    const { step } = this.commands[command] as CommandKind;
    return { command, generation: generations[step] ?? 1, attempt: attempts[command] ?? 1, node };
  }

  /** A command's name. */
  nameOf(command: number): string {
    return this.commands[command]?.name ?? '';
  }

  #intern({ snapshot, commands }: Move): RowMove {
    const text = JSON.stringify(this.#plain(snapshot));
    const number = this.#numbers.get(text) ?? this.#add(text);
    return { row: number, commands: commands.map(({ name }) => this.#placeOf(name)) };
  }

  #add(text: string): number {
    const snapshot = parseSnapshot(this.#logic.machine, text);
    this.#numbers.set(text, this.#rows.length);
    this.#moves.push(new Map());
    return this.#rows.push(this.#toRow(snapshot)) - 1;
  }

  /** Without what no decision looks at: rows that behave alike are one. When timers are due is for the world to say. */
  #plain(snapshot: SagaSnapshot): object {
    const stored = toStored(snapshot);
    const { context } = stored;
    const steps = Object.entries(context.steps).map(([name, { error: _error, ...record }]) => {
      return [name, this.#keepsGeneration ? { ...record, generation: 1 } : record] as const;
    });
    const cause = context.cause === null ? null : { type: context.cause.type };
    return {
      ...stored,
      context: { ...context, results: {}, steps: sorted(steps), cause, parked: null },
      timers: sorted(Object.keys(snapshot.timers).map((type) => [type, 1] as const)),
    };
  }

  #toRow(snapshot: SagaSnapshot): Row {
    const { context } = snapshot.state;
    const status = statusOf(snapshot);
    return {
      snapshot,
      status,
      state: stateText(snapshot),
      isClosed: isClosed(status),
      isSettled: isSettled(status),
      timers: Object.keys(snapshot.timers).map((type) => ({ type, command: this.#timedOutBy(type) })),
      awaited: awaitedCommands(snapshot).map(({ name }) => this.#placeOf(name)),
      attempts: this.commands.map(
        ({ step, op }) => toCommand(context, { step: this.steps[step]?.name ?? '', op }).attempt,
      ),
      generations: this.steps.map(({ name }) => context.steps[name]?.generation ?? 1),
      ordinals: this.steps.map(({ name }) => rank(context, name)),
    };
  }

  #timedOutBy(timer: string): number | undefined {
    const name = /^xstate\.after\.([^.]+)\.timeout\./.exec(timer)?.[1];
    return name === undefined ? undefined : this.#placeOf(name);
  }

  #placeOf(name: string): number {
    return this.commands.findIndex((command) => command.name === name);
  }
}

function opsOf(step: Step): readonly Op[] {
  return ['do', ...(step.compensation === undefined ? [] : ['undo' as const]), 'seal'];
}

/** Steps that are undone early rank high. */
function rank(context: SagaContext, step: string): number {
  const ordinal = context.steps[step]?.ordinal;
  if (ordinal !== undefined) return ordinal;
  return owesUndo(context, step) ? Number.POSITIVE_INFINITY : 0;
}

function sorted<Value>(entries: readonly (readonly [string, Value])[]): Readonly<Record<string, Value>> {
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
