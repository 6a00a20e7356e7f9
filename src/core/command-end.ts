import { type ActiveCommand, activeCommands, parkedCommand } from './active-commands.ts';
import type { Failure } from './errors.ts';
import { isSame, type SagaTrace } from './saga-trace.ts';
import { commandName, type SagaPlan, type Step, stepsOf } from './steps.ts';
import type { Op } from './transport.ts';

/** What a journaled event may carry. */
export interface JournaledData {
  readonly step?: string;
  readonly op?: Op;
  readonly attempt?: number;
  readonly result?: unknown;
  readonly error?: Failure;
  readonly retryable?: boolean;
  readonly input?: unknown;
  readonly actor?: string;
  readonly reason?: string;
  readonly as?: string;
  readonly choice?: string;
  /** Of compensate: the step to go back to. */
  readonly to?: string;
  /** Of a signal. */
  readonly name?: string;
  readonly data?: unknown;
}

/** A step's action, undo or seal. */
export interface CommandOf {
  readonly step: string;
  readonly op: Op;
}

/** How an attempt ended, and what that meant for its command. */
export interface CommandEnd extends CommandOf {
  readonly ending: string;
  readonly error: Failure | undefined;
  /** No further attempt follows. */
  readonly isOver: boolean;
  /** It is over because the attempts are used up, or because another one could not help. */
  readonly isGivenUp: boolean;
}

/** A line of the journal, as far as the end of an attempt is concerned. */
interface EndLine {
  readonly type: string;
  readonly state: string;
}

const uncertain = ['failed', 'lost', 'unreachable', 'timedOut'];
const timeout: Failure = { code: 'timeout', message: 'no answer within the step’s timeout' };
const sealed: Failure = { code: 'sealed', message: 'the action never will run' };

/** The attempt that a line of the journal ends; `undefined`: it ends none. */
export function toCommandEnd(
  line: EndLine,
  data: JournaledData,
  before: SagaTrace | undefined,
  plan: SagaPlan | undefined,
): CommandEnd | undefined {
  const was = before === undefined ? [] : activeCommands(before.state, plan);
  const ended = endedIn(line, data, was);
  if (ended === undefined) return undefined;
  const { command, ending } = ended;
  const is = activeCommands(line.state, plan);
  const settles = was.some((other) => isSame(other, command) && other.phase === 'settling');
  const isLeft = !is.some((other) => isSame(other, command) && other.phase !== 'settling');
  const isSealedNext =
    is.some(({ step, op }) => step === command.step && op === 'seal') && command.op === 'do';
  const retried =
    ending === 'refused' && command.op === 'do' && stepOf(plan, command.step)?.onFailure === 'retry';
  return {
    ...command,
    ending,
    error: data.error ?? (ending === 'timedOut' ? timeout : ending === 'sealed' ? sealed : undefined),
    isOver: isLeft && !isSealedNext,
    isGivenUp: isLeft && !settles && ((retried && !isSealedNext) || uncertain.includes(ending)),
  };
}

/** The command that a saga is parked with, `undoCharge`, as its step and op; `undefined`: it is not parked. */
export function toParked(
  state: string,
  before: SagaTrace | undefined,
  plan: SagaPlan | undefined,
): CommandOf | undefined {
  const name = parkedCommand(state);
  if (name === undefined) return undefined;
  const known = before?.commands[name];
  if (known !== undefined) return { step: known.step, op: known.op };
  const ops = ['do', 'undo', 'seal'] as const;
  const found = (plan === undefined ? [] : stepsOf(plan))
    .flatMap((step) => ops.map((op) => ({ step: step.name, op })))
    .find(({ step, op }) => commandName(step, op) === name);
  return found ?? { step: name, op: 'do' };
}

const indexes = new WeakMap<SagaPlan, ReadonlyMap<string, Step>>();

/** A step by its name, where the plan is known and has it. */
export function stepOf(plan: SagaPlan | undefined, name: string): Step | undefined {
  if (plan === undefined) return undefined;
  const index = indexes.get(plan) ?? new Map(stepsOf(plan).map((step) => [step.name, step]));
  indexes.set(plan, index);
  return index.get(name);
}

function endedIn(
  { type }: EndLine,
  { step, op, attempt }: JournaledData,
  was: readonly ActiveCommand[],
): { readonly command: CommandOf; readonly ending: string } | undefined {
  if (step !== undefined && op !== undefined && attempt !== undefined)
    return { command: { step, op }, ending: type.slice(type.lastIndexOf('.') + 1) };
  const timedOut = /^xstate\.after\.([^.]+)\.timeout\./.exec(type)?.[1];
  const command = was.find((active) => commandName(active.step, active.op) === timedOut);
  return command === undefined
    ? undefined
    : { command: { step: command.step, op: command.op }, ending: 'timedOut' };
}
