import { type ActiveCommand, activeCommands } from './active-commands.ts';
import type { Failure } from './errors.ts';
import { commandName, type SagaPlan } from './steps.ts';
import type { CauseType, JournalRow, SagaStatus } from './store.ts';
import type { Op } from './transport.ts';

/** What is known of a command from a saga's journal so far. Times in ms since the epoch. */
export interface TracedCommand {
  readonly step: string;
  readonly op: Op;
  /** How often it was sent: the number of its latest attempt. */
  readonly attempts: number;
  /** When it was first sent. */
  readonly since: number;
}

/** Why a saga turned back, as its journal tells. */
export interface TracedCause {
  readonly type: CauseType;
  readonly step?: string;
  readonly error?: Failure;
}

/** What a saga's journal up to one of its lines says; with it, the next line tells what happened. */
export interface SagaTrace {
  /** The line that it includes last. */
  readonly seq: number;
  readonly status: SagaStatus;
  readonly state: string;
  readonly startedAt: number;
  /** When the saga turned back. */
  readonly backwardSince: number | null;
  /** Why it turned back, or will, should a pivot in doubt prove not to have happened. */
  readonly cause: TracedCause | null;
  /** By command: `charge`, `undoCharge`. */
  readonly commands: Readonly<Record<string, TracedCommand>>;
  /** Steps that completed or were skipped. */
  readonly over: readonly string[];
}

/** What a line adds to a trace, besides the state. */
export interface TraceChange {
  /** Why the saga turns back, where it does. */
  readonly cause: TracedCause;
  /** The pivot in doubt had happened: there is no turning back. */
  readonly isAbsolved: boolean;
  readonly over: readonly string[];
}

/** The trace with one more line. */
export function traced(
  before: SagaTrace | undefined,
  row: JournalRow,
  change: TraceChange,
  plan: SagaPlan | undefined,
): SagaTrace {
  const { startedAt, backwardSince, cause, commands, over } = before ?? toEmpty(row);
  const turnedBack = isBackward(row.status) && backwardSince === null;
  const turns = turnedBack || isAsking(before, row, plan);
  return {
    seq: row.seq,
    status: row.status,
    state: row.state,
    startedAt,
    backwardSince: turnedBack ? row.at : backwardSince,
    cause: change.isAbsolved ? null : (cause ?? (turns ? change.cause : null)),
    commands: sent(commands, row, begunIn(before?.state, row.state, plan)),
    over: change.over.length === 0 ? over : [...over, ...change.over],
  };
}

/** Of a saga that only begins. */
function toEmpty({ at }: JournalRow): Omit<SagaTrace, 'seq' | 'status' | 'state'> {
  return { startedAt: at, backwardSince: null, cause: null, commands: {}, over: [] };
}

/** The commands that were sent between two states, each with the phase that it was in before. */
export function begunIn(
  before: string | undefined,
  after: string,
  plan: SagaPlan | undefined,
): readonly (ActiveCommand & { readonly from: ActiveCommand['phase'] | undefined })[] {
  const was = before === undefined ? [] : activeCommands(before, plan);
  return activeCommands(after, plan)
    .filter(({ phase }) => phase === 'executing')
    .map((command) => ({ ...command, from: was.find((other) => isSame(command, other))?.phase }))
    .filter(({ from }) => from !== 'executing');
}

/** Whether two are the same command, in whatever phase. */
export function isSame(
  one: Pick<ActiveCommand, 'step' | 'op'>,
  other: Pick<ActiveCommand, 'step' | 'op'>,
): boolean {
  return one.step === other.step && one.op === other.op;
}

/** Whether a saga of this status turned back; a parked one may have. */
export function isBackward(status: SagaStatus): boolean {
  return status === 'compensating' || status === 'compensated';
}

/** Whether the saga would turn back, were it not for a pivot in doubt that has to be asked first. */
function isAsking(before: SagaTrace | undefined, row: JournalRow, plan: SagaPlan | undefined): boolean {
  const isTurning = row.type === 'deadline' || row.type === 'compensate';
  return isTurning && begunIn(before?.state, row.state, plan).some(({ op }) => op === 'seal');
}

function sent(
  before: SagaTrace['commands'],
  row: JournalRow,
  begun: readonly ActiveCommand[],
): SagaTrace['commands'] {
  if (begun.length === 0) return before;
  const added = begun.map(({ step, op }) => {
    const name = commandName(step, op);
    const earlier = before[name];
    return [
      name,
      { step, op, attempts: (earlier?.attempts ?? 0) + 1, since: earlier?.since ?? row.at },
    ] as const;
  });
  return { ...before, ...Object.fromEntries(added) };
}
