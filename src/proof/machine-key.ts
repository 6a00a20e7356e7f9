import { stepNamed } from '../core/command.ts';
import { attemptsUsed, owesUndo, type SagaContext, type StepRecord } from '../core/context.ts';
import { operationOf } from '../core/machine-parts.ts';
import { type SagaSnapshot, statusOf } from '../core/snapshot.ts';
import { commandName, recordsOf, type SagaPlan, stepsOf } from '../core/steps.ts';
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

/** What of a context no guard looks at, or what is put into the key by itself. */
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
  const active = activeIn(plan, snapshot, commands);
  const isOver = isBackward(snapshot, commands)
    ? (step: string) => !owesUndo(context, step) && context.steps[step]?.inFlight !== true
    : () => false;
  const steps = namesOf(plan).map((step) => {
    const record = context.steps[step];
    if (record === undefined || (!active.has(step) && isOver(step))) return '';
    const counted = countedOps(snapshot, record, { step, active: active.get(step), commands });
    const counts = counted.map((op) => attemptsCounted(plan, context, { step, op }));
    // Whether the step was ever asked for is looked at where a saga is to turn back while it is paused.
    const isFirst = record.held === 'do' && record.attempts.do === 1;
    return `${recordText(record)}${counts.join()}${isFirst ? '!' : ''}`;
  });
  const rest = [
    value,
    'deadline' in snapshot.timers,
    plainly(context, unread),
    context.cause !== null,
    parkedFor(context, commands),
    context.paused !== undefined,
  ];
  const order = completedOrder(context).filter((step) => !isOver(step));
  return `${JSON.stringify(rest)}\n${steps.join('\n')}\n${order.join()}`;
}

/** What it is parked with; where a person may be asked to decide, also for what: that decides which answers there are. */
function parkedFor(
  { parked }: SagaContext,
  commands: ReadonlyMap<string, CommandOf>,
): readonly (string | undefined)[] {
  if (parked === null) return [];
  return commands.get(parked.command)?.op === 'undo' ? [parked.command] : [parked.command, parked.why];
}

/** The op of each step that a timer is armed for. */
function activeIn(
  plan: SagaPlan,
  { timers }: SagaSnapshot,
  commands: ReadonlyMap<string, CommandOf>,
): ReadonlyMap<string, Op> {
  const active = new Map<string, Op>();
  for (const type of Object.keys(timers)) {
    const name = timerName(type, plan.name);
    const command = commands.get(name.slice(0, name.lastIndexOf('.')));
    if (command !== undefined) active.set(command.step, command.op);
  }
  return active;
}

/** The ops whose attempts still matter. */
function countedOps(
  snapshot: SagaSnapshot,
  record: StepRecord,
  at: {
    readonly step: string;
    readonly active: Op | undefined;
    readonly commands: ReadonlyMap<string, CommandOf>;
  },
): readonly Op[] {
  const status = statusOf(snapshot);
  if (at.active !== undefined) return status === 'running' ? ['do', 'seal'] : [at.active];
  // Members of a group that parked go on where they were.
  return status === 'failed' && record.status === 'running' && at.commands.has(at.step) ? ['do'] : [];
}

const planNames = new WeakMap<SagaPlan, readonly string[]>();

/** Everything that keeps a record, in the plan's order. */
function namesOf(plan: SagaPlan): readonly string[] {
  const names = planNames.get(plan) ?? plan.nodes.flatMap(recordsOf);
  planNames.set(plan, names);
  return names;
}

const recordTexts = new WeakMap<StepRecord, string>();

/** A record is never changed: most of a long saga's are those that it had before. */
function recordText(record: StepRecord): string {
  const known = recordTexts.get(record);
  if (known !== undefined) return known;
  const parts: string[] = [];
  for (const [key, value] of Object.entries(record) as readonly (readonly [string, unknown])[])
    if (value !== undefined && !unreadOfStep.has(key)) parts.push(`${key}=${JSON.stringify(value)}`);
  const text = parts.toSorted().join();
  recordTexts.set(record, text);
  return text;
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
