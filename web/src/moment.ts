import type { Cause, Parked, StepRecord } from '../../src/core/context.ts';
import { commandName } from '../../src/core/steps.ts';
import type { Definition, Line, Snapshot, Status } from './api.ts';

/** A saga at one line of its journal: what it was, knew and waited for. */
export interface Moment {
  readonly seq: number;
  /** ms since the epoch. */
  readonly at: number;
  readonly status: Status;
  readonly state: string;
  readonly input: unknown;
  readonly results: Readonly<Record<string, unknown>>;
  readonly steps: Readonly<Record<string, StepRecord>>;
  readonly cause: Cause | null;
  readonly parked: Parked | null;
  readonly isPaused: boolean;
  /** The step or group that everything is undone back to, to go forward from there again. */
  readonly goesBackTo: string | null;
  /** When it moves by itself, by the event that does it; ms since the epoch. */
  readonly timers: Readonly<Record<string, number>>;
  readonly context: Readonly<Record<string, unknown>>;
}

/** A line with the snapshot after it. */
export function toMoment({ seq, at, status, state }: Line, { context, timers }: Snapshot): Moment {
  return {
    seq,
    at: Date.parse(at),
    status,
    state,
    input: context['input'],
    results: (context['results'] ?? {}) as Moment['results'],
    steps: (context['steps'] ?? {}) as Moment['steps'],
    cause: (context['cause'] ?? null) as Moment['cause'],
    parked: (context['parked'] ?? null) as Moment['parked'],
    isPaused: context['paused'] !== undefined,
    goesBackTo: typeof context['rewind'] === 'string' ? context['rewind'] : null,
    timers,
    context,
  };
}

/** A step as its lane shows it. */
export interface LaneStep {
  readonly name: string;
  readonly kind: string;
  readonly group: string | null;
  /** `participant.operation`; of a signal what it waits for. */
  readonly action: string;
  readonly compensation: string | null;
  readonly isSignal: boolean;
}

/** Steps and signals in the order of the definition; `order`: the names of the chart's states in `running`. */
export function toLaneSteps({ steps, signals }: Definition, order: readonly string[]): readonly LaneStep[] {
  const all = [
    ...steps.map(({ name, kind, group, action, compensation }) => ({
      name,
      kind,
      group,
      action,
      compensation,
      isSignal: false,
    })),
    ...signals.map(({ name }) => ({
      name,
      kind: 'signal',
      group: null,
      action: 'waits for a signal',
      compensation: null,
      isSignal: true,
    })),
  ];
  const place = (step: LaneStep) => {
    const found = order.indexOf(step.group ?? step.name);
    return found < 0 ? order.length : found;
  };
  return all.toSorted((a, b) => place(a) - place(b));
}

/** How a step's box looks. */
export type LaneLook = 'done' | 'active' | 'failed' | 'undone' | 'skipped' | 'idle';

/** How the way there looks, and the way back; `null`: there is no way back. */
export function looksOf(
  step: LaneStep,
  moment: Moment,
): { readonly action: LaneLook; readonly undo: LaneLook | null } {
  const record = moment.steps[step.name];
  const undo = step.compensation === null ? null : undoLook(step, moment);
  if (record === undefined) return { action: 'idle', undo };
  const isParked = moment.parked?.command === step.name;
  const isCause = moment.cause?.type === 'stepFailed' && moment.cause.step === step.name;
  if (isParked || isCause || record.status === 'failed') return { action: 'failed', undo };
  if (record.status === 'skipped') return { action: 'skipped', undo };
  if (record.status === 'running') return { action: moment.status === 'running' ? 'active' : 'failed', undo };
  return { action: 'done', undo };
}

function undoLook({ name }: LaneStep, { steps, parked, status }: Moment): LaneLook {
  const record = steps[name];
  if (parked?.command === commandName(name, 'undo')) return 'failed';
  if (record?.status === 'compensated') return 'undone';
  if (record?.status === 'compensating') return 'active';
  if (status === 'running') return 'idle';
  return owesUndo(record) && status !== 'completed' && status !== 'abandoned' ? 'idle' : 'skipped';
}

/** Whether a step has an effect, or may have one, that going back would have to undo. */
export function owesUndo(record: StepRecord | undefined): boolean {
  if (record === undefined) return false;
  const { status, inDoubt, inFlight } = record;
  return status === 'completed' || status === 'compensating' || inDoubt === true || inFlight === true;
}
