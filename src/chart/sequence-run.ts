import type { AnySagaDefinition } from '../core/definition.ts';
import type { SagaMachine } from '../core/machine.ts';
import { operationOf } from '../core/machine-parts.ts';
import { commandName, membersOf, type SagaPlan } from '../core/steps.ts';
import type { JournalRow } from '../core/store.ts';
import { durationText } from './captions.ts';
import { GraphLookup } from './graph-lookup.ts';
import { walk } from './chart-walk.ts';
import { toGraph } from './graph.ts';
import { backwardFrame } from './sequence.ts';
import { SequenceLines, type StepCommand } from './sequence-lines.ts';

/**
 * What a saga really did, as a Mermaid sequence diagram: each attempt with its answer and how long that took, silence
 * where there was none, waits, what people did, and what was undone. From its journal, first line first.
 */
export function toRunSequence(
  { plan, machine }: Pick<AnySagaDefinition, 'plan' | 'machine'>,
  rows: readonly JournalRow[],
): string {
  const run = new Run(plan);
  const steps = walk(new GraphLookup(toGraph(machine as SagaMachine)), rows);
  for (const [position, row] of rows.entries()) run.tell(row, steps[position]?.entered ?? []);
  return run.end();
}

const replies: Readonly<Record<string, string>> = {
  succeeded: 'done',
  inProgress: 'in progress',
  refused: 'refused',
  failed: 'failed',
  unreachable: 'nobody there',
  lost: 'lost',
  sealed: 'sealed',
};

class Run {
  readonly #lines: SequenceLines;
  /** By the name of events: `charge`, `undoCharge`. */
  readonly #commands: ReadonlyMap<string, StepCommand>;
  /** By the state in which a command is under way. */
  readonly #executing: ReadonlyMap<string, string>;
  readonly #sent = new Map<string, { readonly attempt: number; readonly at: number }>();
  #status = 'running';
  #isFramed = false;

  constructor(plan: SagaPlan) {
    this.#lines = new SequenceLines(plan);
    const all = commandsOf(plan);
    this.#commands = new Map(all.map(({ command }) => [nameOf(command), command]));
    this.#executing = new Map(all.map(({ command, state }) => [state, nameOf(command)]));
  }

  /** One line of the journal: what happened, and what the saga did then. */
  tell(row: JournalRow, entered: readonly string[]): void {
    this.#happen(row);
    if (row.status !== this.#status) this.#turn(row.status);
    for (const state of entered) this.#enter(state, row.at);
  }

  end(): string {
    if (this.#isFramed) this.#lines.close();
    return String(this.#lines);
  }

  #happen({ type, data, at }: JournalRow): void {
    const [name = '', end = ''] = type.replace('xstate.after.', '').split('.');
    const command = this.#commands.get(name);
    const isTimer = type.startsWith('xstate.after.');
    if (command !== undefined && isTimer && end === 'timeout') this.#timeOut(command);
    else if (command !== undefined && !isTimer) this.#answer(command, end, parse(data), at);
    else if (type === 'deadline') this.#lines.note('the deadline passed');
    else if (type === 'park') this.#lines.note(`the engine gives up${codeOf(parse(data))}`);
    else if (!isTimer && type !== 'start') this.#lines.ask(askText(type, parse(data)));
  }

  #answer(command: StepCommand, end: string, data: RowData, at: number): void {
    const sent = this.#sent.get(nameOf(command));
    const took = sent === undefined ? '' : ` after ${durationText(at - sent.at)}`;
    const isGood = end === 'succeeded' || end === 'inProgress';
    const word = end === 'succeeded' && command.op === 'undo' ? 'undone' : (replies[end] ?? end);
    this.#lines.answer(command, `${word}${codeOf(data)}${took}`, isGood);
  }

  #timeOut(command: StepCommand): void {
    this.#lines.silence(
      command,
      `no answer in ${durationText(operationOf(command.step, command.op).timeout)}`,
    );
  }

  #enter(state: string, at: number): void {
    const name = this.#executing.get(state);
    const command = this.#commands.get(name ?? '');
    if (name !== undefined && command !== undefined) {
      const attempt = (this.#sent.get(name)?.attempt ?? 0) + 1;
      this.#sent.set(name, { attempt, at });
      const undo = command.op === 'undo' ? 'undo ' : '';
      this.#lines.send(
        command,
        ` (${undo}${command.step.name}${attempt === 1 ? '' : `, attempt ${attempt}`})`,
      );
    } else if (state.endsWith('.backoff')) this.#lines.note('waits, then tries again');
    else if (state.endsWith('.polling')) this.#lines.note('waits, then asks again');
  }

  #turn(status: string): void {
    if (this.#isFramed) this.#lines.close();
    this.#isFramed = status === 'compensating';
    if (this.#isFramed) this.#lines.open('rect', backwardFrame);
    this.#lines.note(status === 'failed' ? 'waits for a person' : status);
    this.#status = status;
  }
}

interface RowData {
  readonly error?: { readonly code?: string };
  readonly actor?: string;
  readonly reason?: string;
  readonly as?: string;
}

function parse(data: string): RowData {
  return JSON.parse(data) as RowData;
}

function codeOf({ error }: RowData): string {
  return error?.code === undefined ? '' : ` (${error.code})`;
}

function askText(type: string, { as, actor, reason }: RowData): string {
  const words = [
    type,
    as === undefined ? '' : `as ${as}`,
    actor === undefined ? '' : `(${actor})`,
    reason ?? '',
  ];
  return words.filter((word) => word !== '').join(' ');
}

function nameOf({ step, op }: StepCommand): string {
  return commandName(step.name, op);
}

function commandsOf(plan: SagaPlan): readonly { readonly command: StepCommand; readonly state: string }[] {
  return plan.nodes.flatMap((node) =>
    membersOf(node).flatMap((step) => {
      const path = node.type === 'group' ? `${node.name}.${step.name}` : step.name;
      return [
        { command: { step, op: 'do' }, state: `running.${path}.executing` },
        { command: { step, op: 'seal' }, state: `running.${path}.sealing.executing` },
        { command: { step, op: 'undo' }, state: `compensating.${path}.executing` },
      ] as const;
    }),
  );
}
