import { commandName, type SagaPlan, type Step, stepsOf } from '../core/steps.ts';
import { operationOf } from '../core/machine-parts.ts';
import type { Happening } from './happenings.ts';
import type { CommandOf } from './command-of.ts';

/** A span of time as people read it: `90 ms`, `2 s`, `1 min 30 s`. `ms`: milliseconds. */
export function spanText(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const units = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['min', 60_000],
    ['s', 1_000],
  ] as const;
  let rest = ms;
  const parts = units.flatMap(([unit, size]) => {
    // Seconds keep their fractions; what is larger is whole.
    const count = unit === 's' ? Math.round((rest / size) * 10) / 10 : Math.floor(rest / size);
    rest -= count * size;
    return count === 0 ? [] : [`${count} ${unit}`];
  });
  return parts.join(' ');
}

/** What happens, as a sentence. */
export function happeningText(plan: SagaPlan, happening: Happening): string {
  const { command, name } = happening;
  if (command === undefined) return otherText(plan, name);
  const step = stepsOf(plan).find((one) => one.name === command.step) as Step;
  const ending = name.slice(commandName(command.step, command.op).length + 1);
  return commandText(step, command, ending) ?? otherText(plan, name);
}

/** An operation as people read it: `payment.charge`. */
export function operationText(step: Step, op: CommandOf['op']): string {
  const { participant, operation } = operationOf(step, op);
  return `${participant}.${operation}`;
}

function commandText(step: Step, { op }: CommandOf, ending: string): string | undefined {
  const asked = operationText(step, op);
  const timeout = spanText(operationOf(step, op).timeout);
  const doing = { do: `does ${step.name}`, undo: `undoes ${step.name}`, seal: `settles ${step.name}` }[op];
  const texts: Readonly<Record<string, string>> = {
    succeeded: `${asked} ${doing}, and answers.`,
    refused: `${asked} refuses.`,
    sealed: `${asked} answers that ${step.name} never will run.`,
    failed: `${asked} fails without an effect, and may be asked again.`,
    unreachable: `Nobody listens for ${asked}.`,
    timeout: `The command to ${asked} is lost on its way: no answer within ${timeout}.`,
    answerLost: `${asked} ${doing}, but its answer is lost: none within ${timeout}.`,
    late: `No answer from ${asked} within ${timeout}; the command is still on its way.`,
    arrives: `Late, the command arrives at ${asked}.`,
    unreadable: `${asked} ${doing}, but its answer cannot be read.`,
    inProgress: `${asked} is still at work, and says so.`,
  };
  return texts[ending];
}

function otherText(plan: SagaPlan, name: string): string {
  const texts: Readonly<Record<string, string>> = {
    deadline: `The saga’s deadline passes${plan.timeout === undefined ? '' : `: ${spanText(plan.timeout)}`}.`,
    'pause unsent': 'A person pauses it before the command at hand is sent.',
    park: 'The engine cannot store an answer, and gives the saga to a person.',
  };
  if (texts[name] !== undefined) return texts[name];
  const [, command, delay] = /^([\w-]+)\.(backoff|poll)$/.exec(name) ?? [];
  if (delay === 'backoff') return `After a while ${command} is tried again.`;
  if (delay === 'poll') return `After a while ${command} is asked about again.`;
  return name.includes('.') ? `Time passes: ${name}.` : `A person says: ${name}.`;
}
