import { type ActiveCommand, activeCommands } from './active-commands.ts';
import type { Failure } from './errors.ts';
import { nodeWith } from './rewind.ts';
import { commandName, recordsOf, type SagaPlan } from './steps.ts';
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
  readonly isPaused: boolean;
  /** Commands that are sent once the saga is resumed. */
  readonly held: readonly string[];
  /** The step that it goes back to, to go forward again from there. */
  readonly rewind: string | null;
}

/** What a line adds to a trace, besides the state. */
export interface TraceChange {
  /** Why the saga turns back, where it does. */
  readonly cause: TracedCause;
  /** There is no turning back: the pivot in doubt had happened, or a person sends the saga forward. */
  readonly isAbsolved: boolean;
  /** The line asks the saga to turn back; with `to`, to that step only. */
  readonly turning: { readonly to: string | null } | null;
  readonly over: readonly string[];
}

/** The trace with one more line. */
export function traced(
  before: SagaTrace | undefined,
  row: JournalRow,
  change: TraceChange,
  plan: SagaPlan | undefined,
): SagaTrace {
  const earlier = before ?? toEmpty(row);
  const rewind = change.turning === null ? earlier.rewind : change.turning.to;
  const goesOn = isRewound(earlier, row, change, plan);
  const { startedAt, backwardSince, cause, commands, over } = goesOn
    ? afterRewind(earlier, rewind, plan)
    : earlier;
  const turnedBack = isBackward(row.status) && backwardSince === null;
  const turns = turnedBack || isAsking(before, row, { ...change, plan });
  const isTurnedFully = earlier.rewind !== null && change.turning !== null && rewind === null;
  const begun = begunIn(goesOn ? undefined : before?.state, row.state, plan);
  return {
    seq: row.seq,
    status: row.status,
    state: row.state,
    startedAt,
    backwardSince: turnedBack ? row.at : backwardSince,
    cause: change.isAbsolved
      ? null
      : ((isTurnedFully ? null : cause) ?? (turns || isTurnedFully ? change.cause : null)),
    commands: sent(commands, row, begun),
    over: change.over.length === 0 ? over : [...over, ...change.over],
    ...pausedBy(earlier, row, { begun, plan }),
    rewind: goesOn || change.isAbsolved ? null : rewind,
  };
}

/** Whether the saga, sent back to a step, goes forward again from there with this line. */
export function isRewound(
  before: Pick<SagaTrace, 'rewind'>,
  { status, state }: JournalRow,
  { turning, isAbsolved }: Pick<TraceChange, 'turning' | 'isAbsolved'>,
  plan: SagaPlan | undefined,
): boolean {
  const rewind = turning === null ? before.rewind : turning.to;
  const isForward = status === 'running' || status === 'completed';
  // A pivot in doubt is asked first.
  const asks = activeCommands(state, plan).some(({ op }) => op === 'seal');
  return rewind !== null && isForward && !asks && !isAbsolved;
}

/** As if the saga had never come farther than to the step that it goes on from. */
function afterRewind(
  before: SagaTraceParts,
  rewind: string | null,
  plan: SagaPlan | undefined,
): SagaTraceParts {
  const node = plan === undefined ? undefined : nodeWith(plan, rewind ?? '');
  const from = plan?.nodes.findIndex((one) => one === node) ?? -1;
  const again = new Set(plan?.nodes.slice(Math.max(0, from)).flatMap(recordsOf));
  return {
    startedAt: before.startedAt,
    backwardSince: null,
    cause: null,
    commands: Object.fromEntries(
      Object.entries(before.commands).filter(([, { step }]) => plan !== undefined && !again.has(step)),
    ),
    over: before.over.filter((step) => !again.has(step)),
  };
}

/** What of a trace a line adds to. */
type SagaTraceParts = Pick<SagaTrace, 'startedAt' | 'backwardSince' | 'cause' | 'commands' | 'over'>;

function pausedBy(
  { isPaused: wasPaused, held: before }: Pick<SagaTrace, 'isPaused' | 'held'>,
  { type, state }: JournalRow,
  { begun, plan }: { readonly begun: readonly ActiveCommand[]; readonly plan: SagaPlan | undefined },
): Pick<SagaTrace, 'isPaused' | 'held'> {
  const isPaused = type === 'pause' || (wasPaused && type !== 'resume');
  if (!isPaused) return { isPaused, held: [] };
  const awaited = activeCommands(state, plan).filter(({ phase }) => phase === 'executing');
  const names = new Set(awaited.map(({ step, op }) => commandName(step, op)));
  const held = [...before, ...begun.map(({ step, op }) => commandName(step, op))];
  return { isPaused, held: held.filter((name) => names.has(name)) };
}

/** Of a saga that only begins. */
function toEmpty({ at }: JournalRow): Omit<SagaTrace, 'seq' | 'status' | 'state'> {
  const forward = { backwardSince: null, cause: null, rewind: null };
  return { ...forward, startedAt: at, commands: {}, over: [], isPaused: false, held: [] };
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
function isAsking(
  before: SagaTrace | undefined,
  row: JournalRow,
  { turning, plan }: Pick<TraceChange, 'turning'> & { readonly plan: SagaPlan | undefined },
): boolean {
  return turning !== null && begunIn(before?.state, row.state, plan).some(({ op }) => op === 'seal');
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
