import { operationOf } from '../core/machine-parts.ts';
import { type SagaPlan, type Step, stepsOf } from '../core/steps.ts';
import type { Op } from '../core/transport.ts';
import { toArrowLabel, toIdentifiers, toLine } from './mermaid-text.ts';

/** One command of a saga's step. */
export interface StepCommand {
  readonly step: Step;
  readonly op: Op;
}

/** Writes the lines of a sequence diagram, in which the saga talks to participants. Nothing in a text can become syntax. */
export class SequenceLines {
  readonly #plan: SagaPlan;
  readonly #names: ReadonlyMap<string, string>;
  readonly #lines: string[] = [];
  #hasPerson = false;
  #depth = 1;

  constructor(plan: SagaPlan) {
    this.#plan = plan;
    const participants = new Set(
      stepsOf(plan).flatMap((step) =>
        (['do', 'undo'] as const).map((op) => operationOf(step, op).participant),
      ),
    );
    this.#names = toIdentifiers([...participants].map((name) => `p_${name}`));
  }

  /** The saga asks a participant. */
  send(command: StepCommand, words: string): void {
    this.#line(`saga->>${this.#participant(command)}: ${toMessage(`${operationText(command)}${words}`)}`);
  }

  /** The participant answers: as hoped, or not. */
  answer(command: StepCommand, words: string, isGood: boolean): void {
    this.#line(`${this.#participant(command)}${isGood ? '-->>' : '--x'}saga: ${toMessage(words)}`);
  }

  /** Something between the saga and a participant that is no message. */
  silence(command: StepCommand, words: string): void {
    this.#line(`Note over saga,${this.#participant(command)}: ${toMessage(words)}`);
  }

  /** Something about the saga itself. */
  note(words: string): void {
    this.#line(`Note over saga: ${toMessage(words)}`);
  }

  /** A person asks something of the saga. */
  ask(words: string): void {
    this.#hasPerson = true;
    this.#line(`person->>saga: ${toMessage(words)}`);
  }

  /** Begins a frame; `keyword` is Mermaid's: `opt`, `par`, `and`, `rect`. `and` goes on with the frame at hand. */
  open(keyword: 'opt' | 'par' | 'and' | 'rect', words: string): void {
    if (keyword === 'and') this.#depth -= 1;
    this.#line(`${keyword} ${keyword === 'rect' ? words : toMessage(words)}`);
    this.#depth += 1;
  }

  /** Ends the frame at hand. */
  close(): void {
    this.#depth -= 1;
    this.#line('end');
  }

  /** The whole diagram. */
  toString(): string {
    const title = toLine(`${this.#plan.name} version ${this.#plan.version}`);
    const participants = [...this.#names].map(
      ([name, id]) => `  participant ${id} as ${toMessage(name.slice('p_'.length))}`,
    );
    const head = ['---', `title: ${JSON.stringify(title)}`, '---', 'sequenceDiagram', '  autonumber'];
    const person = this.#hasPerson ? ['  actor person as a person'] : [];
    const saga = `  participant saga as ${toMessage(this.#plan.name)}`;
    return `${[...head, ...person, saga, ...participants, ...this.#lines].join('\n')}\n`;
  }

  #participant({ step, op }: StepCommand): string {
    const { participant } = operationOf(step, op);
    return this.#names.get(`p_${participant}`) ?? participant;
  }

  #line(text: string): void {
    this.#lines.push('  '.repeat(this.#depth) + text);
  }
}

function operationText({ step, op }: StepCommand): string {
  return op === 'seal' ? `seal ${step.action.operation}` : operationOf(step, op).operation;
}

/** A text as a message: `end` by itself would end a frame in some versions of Mermaid. */
function toMessage(text: string): string {
  return toArrowLabel(text).replaceAll(
    /\bend\b/gi,
    (word) => `#${word.codePointAt(0) ?? 0};${word.slice(1)}`,
  );
}
