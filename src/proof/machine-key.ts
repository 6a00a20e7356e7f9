import { stepNamed } from '../core/command.ts';
import { attemptsUsed, owesUndo, type SagaContext, type StepRecord } from '../core/context.ts';
import { operationOf } from '../core/machine-parts.ts';
import { type SagaSnapshot, statusOf } from '../core/snapshot.ts';
import { commandName, type SagaPlan, stepsOf } from '../core/steps.ts';
import type { Op } from '../core/transport.ts';

/** A step's action, undo or seal. */
export interface CommandOf {
  readonly step: string;
  readonly op: Op;
}

const ops: readonly Op[] = ['do', 'undo', 'seal'];

/** The commands of a plan by their names. */
export function commandsOf(plan: SagaPlan): ReadonlyMap<string, CommandOf> {
  return new Map(
    stepsOf(plan).flatMap(({ name }) =>
      ops.map((op) => [commandName(name, op), { step: name, op }] as const),
    ),
  );
}

/** A timer's name without the state it is armed in: `charge.backoff`, `deadline`. */
export function timerName(type: string, saga: string): string {
  if (!type.startsWith('xstate.after.')) return type;
  return type.slice('xstate.after.'.length).split(`.${saga}.`)[0] ?? type;
}

/** What of a context is for people to read, and no guard looks at. */
const unread: ReadonlySet<string> = new Set([
  'id',
  'input',
  'results',
  'cause',
  'late',
  'parked',
  'paused',
  'generations',
  'inputs',
  'traceparent',
  'steps',
]);
const unreadOfStep: ReadonlySet<string> = new Set([
  'attempts',
  'forgiven',
  'generation',
  'error',
  'pollAfter',
  'ordinal',
]);

/**
 * A saga's state as text, equal for states in which its machine behaves the same: attempts count where a command is
 * under way, of ordinals only the order. What is not known to be unread is taken in, so that a new field is not missed.
 */
export function machineKey(
  plan: SagaPlan,
  snapshot: SagaSnapshot,
  commands: ReadonlyMap<string, CommandOf>,
): string {
  const { value, context } = snapshot.state;
  const status = statusOf(snapshot);
  const active = new Map<string, Op>();
  for (const type of Object.keys(snapshot.timers)) {
    const name = timerName(type, plan.name);
    const command = commands.get(name.slice(0, name.lastIndexOf('.')));
    if (command !== undefined) active.set(command.step, command.op);
  }
  const counted = (step: string, record: StepRecord): readonly Op[] => {
    if (active.has(step)) return status === 'running' ? ['do', 'seal'] : [active.get(step) as Op];
    // Members of a group that parked go on where they were.
    return status === 'failed' && record.status === 'running' && commands.has(step) ? ['do'] : [];
  };
  const isOver = isBackward(snapshot, commands)
    ? (step: string) => !owesUndo(context, step) && context.steps[step]?.inFlight !== true
    : () => false;
  const remembered = Object.entries(context.steps).filter(([step]) => active.has(step) || !isOver(step));
  const steps = remembered.map(([step, record]) => [
    step,
    plainly(record, unreadOfStep),
    counted(step, record).map((op) => attemptsCounted(plan, context, { step, op })),
  ]);
  return JSON.stringify([
    value,
    'deadline' in snapshot.timers,
    plainly(context, unread),
    context.parked?.command,
    context.paused !== undefined,
    steps.toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1)),
    completedOrder(context).filter((step) => !isOver(step)),
  ]);
}

/** Beyond what the policy allows one more makes no difference: members of a group that is sent on come there. */
function attemptsCounted(plan: SagaPlan, context: SagaContext, { step, op }: CommandOf): number {
  const { maximumAttempts } = operationOf(stepNamed(plan, step), op).retry;
  return Math.min(attemptsUsed(context, step, op), maximumAttempts);
}

/** Whether a saga turned back: then steps that owe no undo are over. */
export function isBackward(snapshot: SagaSnapshot, commands: ReadonlyMap<string, CommandOf>): boolean {
  const status = statusOf(snapshot);
  const { parked } = snapshot.state.context;
  if (status === 'failed') return commands.get(parked?.command ?? '')?.op === 'undo';
  return status === 'compensating' || status === 'compensated';
}

/** The names of completed steps, first completed first. */
function completedOrder({ steps }: SagaContext): readonly string[] {
  return Object.entries(steps)
    .filter(([, { ordinal, status }]) => ordinal !== undefined && status !== 'compensated')
    .toSorted(([, a], [, b]) => (a.ordinal ?? 0) - (b.ordinal ?? 0))
    .map(([name]) => name);
}

function plainly(data: object, without: ReadonlySet<string>): readonly (readonly [string, unknown])[] {
  return Object.entries(data)
    .filter(([key, value]) => value !== undefined && !without.has(key))
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
}
