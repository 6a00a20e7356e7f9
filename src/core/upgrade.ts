import { getNextTransitions } from 'xstate';
import { owesUndo, type SagaContext } from './context.ts';
import { operationOf } from './machine-parts.ts';
import type { SagaSnapshot, StoredSnapshot } from './snapshot.ts';
import { commandName, recordsOf, type SagaPlan, type Step, stepsOf } from './steps.ts';
import type { DefinitionRef, JournalRow } from './store.ts';
import { awaitedCommands, type SagaLogic } from './transition.ts';

/** How two versions of a definition differ in what stored sagas depend on. */
export interface StructuralDiff {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Steps that come before or after others than they did. */
  readonly moved: readonly string[];
  /** `charge: kind compensatable → pivot`, `charge: asks payment.charge → bank.pay`. */
  readonly changed: readonly string[];
}

/**
 * What an upgrade means for a stored saga. `same`: nothing changes for it; `safe`: it goes on where it is; `needsMapping`:
 * its state has no place in the new machine until a `migrate` function gives it one; `unsafe`: something it owes or
 * waits for would be lost.
 */
export type UpgradeVerdict = 'same' | 'safe' | 'needsMapping' | 'unsafe';

/** A verdict, and what it is about. */
export interface UpgradeAssessment {
  readonly verdict: UpgradeVerdict;
  readonly reasons: readonly string[];
}

/** Type of the journal line that an upgrade writes. */
export const migratedType = 'migrated';

/** What the journal says of an upgrade: enough to go on from, and to take it back. */
export interface MigratedData {
  readonly from: DefinitionRef;
  readonly to: DefinitionRef;
  readonly before: StoredSnapshot;
  readonly snapshot: StoredSnapshot;
  readonly actor?: string;
  readonly reason?: string;
}

/** What an upgrade wrote into the journal; `undefined`: the line is of something else. */
export function toMigratedData({ type, data }: Pick<JournalRow, 'type' | 'data'>): MigratedData | undefined {
  return type === migratedType ? (JSON.parse(data) as MigratedData) : undefined;
}

/** The differences between two versions of a definition. */
export function structuralDiff(from: Pick<SagaPlan, 'nodes'>, to: Pick<SagaPlan, 'nodes'>): StructuralDiff {
  const [before, after] = [namesOf(from), namesOf(to)];
  const common = before.filter((name) => after.includes(name));
  const order = after.filter((name) => common.includes(name));
  const [old, now] = [stepMap(from), stepMap(to)];
  return {
    added: after.filter((name) => !before.includes(name)),
    removed: before.filter((name) => !after.includes(name)),
    moved: common.filter((name, index) => order[index] !== name),
    changed: common.flatMap((name) => changesOf(old.get(name), now.get(name))),
  };
}

/** Sagas of one class fare alike: the same state, the same debts, the same doubts. */
export function stateClass({ value, context, timers }: StoredSnapshot): string {
  const steps = Object.entries(context.steps).map(([name, record]) => [
    name,
    record.status,
    owesUndo(context, name),
    record.inFlight === true,
    record.inDoubt === true,
    record.refusedInDoubt === true,
    record.held ?? null,
    Object.entries(record.attempts)
      .filter(([, count]) => count > 0)
      .map(([op]) => op),
  ]);
  return JSON.stringify([
    value,
    steps.toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1)),
    Object.keys(timers).toSorted(),
    context.overridden === true,
    context.rewind ?? null,
    context.paused !== undefined,
    Object.keys(context.signals ?? {}),
  ]);
}

/** What becomes of a stored saga on another version of its definition, as far as its own state shows. Pure. */
export function assessUpgrade(from: SagaLogic, to: SagaLogic, stored: StoredSnapshot): UpgradeAssessment {
  const placed = placeIn(to, stored);
  if (placed === undefined)
    return {
      verdict: 'needsMapping',
      reasons: [`${JSON.stringify(stored.value)} is no state of the new machine`],
    };
  const before = placeIn(from, stored);
  const lost = [
    ...lostUndos(from.plan, to.plan, stored.context),
    ...lostTimers(placed),
    ...(before === undefined ? [] : lostReplies(from.plan, to.plan, before, placed)),
    ...repeated(from.plan, to.plan, stored),
  ];
  if (lost.length > 0) return { verdict: 'unsafe', reasons: lost };
  const passed = passedBy(from.plan, to.plan, stored);
  if (passed.length > 0) return { verdict: 'needsMapping', reasons: passed };
  const { added, removed, moved, changed } = structuralDiff(from.plan, to.plan);
  const isSame = [added, removed, moved, changed].every((list) => list.length === 0);
  return { verdict: isSame ? 'same' : 'safe', reasons: [] };
}

/** The stored saga on a machine; `undefined`: the machine has no such state. */
export function placeIn({ machine }: SagaLogic, stored: StoredSnapshot): SagaSnapshot | undefined {
  const { timers, requests, ...rest } = stored;
  try {
    const snapshot = { state: machine.resolveState(rest as never), timers };
    return requests === undefined ? snapshot : { ...snapshot, requests };
  } catch {
    return undefined;
  }
}

function lostUndos(from: SagaPlan, to: SagaPlan, context: SagaContext): readonly string[] {
  const [old, now] = [stepMap(from), stepMap(to)];
  return [...old.values()].flatMap((step) => {
    const isOwed = context.steps[step.name]?.inFlight === true || owesUndo(context, step.name);
    if (!isOwed || step.compensation === undefined) return [];
    const next = now.get(step.name);
    if (next?.compensation === undefined) return [`the compensation of ${step.name} would be lost`];
    const [was, is] = [operationOf(step, 'undo'), operationOf(next, 'undo')];
    return was.participant === is.participant
      ? []
      : [`${step.name} was done by ${step.action.participant}, and would be undone by ${is.participant}`];
  });
}

/** Every delay of the state needs an alarm, and every alarm a delay: else nothing ever wakes the saga, or for nothing. */
function lostTimers({ state, timers }: SagaSnapshot): readonly string[] {
  const delays = getNextTransitions(state)
    .map(({ eventType }) => String(eventType))
    .filter((type) => type.startsWith('xstate.after.'));
  const armed = Object.keys(timers).filter((type) => type !== 'deadline');
  return [
    ...armed.filter((type) => !delays.includes(type)).map((type) => `the timer ${type} would be lost`),
    ...delays.filter((type) => !armed.includes(type)).map((type) => `nothing would ring for ${type}`),
  ];
}

function lostReplies(
  from: SagaPlan,
  to: SagaPlan,
  before: SagaSnapshot,
  after: SagaSnapshot,
): readonly string[] {
  const [old, now] = [stepMap(from), stepMap(to)];
  const awaited = awaitedCommands(after);
  return awaitedCommands(before).flatMap(({ step, op, attempt }) => {
    const name = commandName(step, op);
    const isAwaited = awaited.some((one) => one.step === step && one.op === op && one.attempt === attempt);
    if (!isAwaited) return [`the answer to ${name} would be lost`];
    const asked = (plan: ReadonlyMap<string, Step>) => {
      const { participant, operation } = operationOf(plan.get(step) as Step, op);
      return `${participant}.${operation}`;
    };
    return asked(old) === asked(now)
      ? []
      : [`${name} is asked of ${asked(old)}, and would be asked again of ${asked(now)}`];
  });
}

/** Steps that are done, and that the new order would have done again. */
function repeated(from: SagaPlan, to: SagaPlan, { context, value }: StoredSnapshot): readonly string[] {
  if (!isForward(value)) return [];
  const ahead = namesOf(to).slice(positionIn(to, value));
  const isDone = (name: string) => context.steps[name]?.status === 'completed';
  const here = positionIn(from, value);
  return ahead
    .filter((name) => isDone(name) && namesOf(from).indexOf(name) < here)
    .map((name) => `${name} is done, and would be done again`);
}

/** Steps that the new order has before where the saga is, and that never ran. */
function passedBy(from: SagaPlan, to: SagaPlan, { context, value }: StoredSnapshot): readonly string[] {
  if (!isForward(value)) return [];
  return namesOf(to)
    .slice(0, positionIn(to, value))
    .filter((name) => context.steps[name] === undefined && !namesOf(from).includes(name))
    .map((name) => `${name} would never run: it comes before where the saga is`);
}

function isForward(value: StoredSnapshot['value']): boolean {
  const top = typeof value === 'string' ? value : Object.keys(value)[0];
  return top === 'running' || top === 'failed';
}

/** Where, among the steps of a plan, a saga in that state stands. */
function positionIn(plan: SagaPlan, value: StoredSnapshot['value']): number {
  const inner = typeof value === 'string' ? undefined : Object.values(value)[0];
  const at = typeof inner === 'string' ? inner : Object.keys(inner ?? {})[0];
  const node = plan.nodes.find((one) => one.name === at || recordsOf(one).includes(at ?? ''));
  const first = node === undefined ? undefined : recordsOf(node)[0];
  return first === undefined ? 0 : namesOf(plan).indexOf(first);
}

function changesOf(before: Step | undefined, after: Step | undefined): readonly string[] {
  if (before === undefined || after === undefined) return [];
  const { name } = before;
  const asks = (step: Step, op: 'do' | 'undo') => {
    if (op === 'undo' && step.compensation === undefined) return 'nothing';
    const { participant, operation } = operationOf(step, op);
    return `${participant}.${operation}`;
  };
  const pairs = [
    ['kind', before.kind, after.kind],
    ['asks', asks(before, 'do'), asks(after, 'do')],
    ['is undone by', asks(before, 'undo'), asks(after, 'undo')],
    ['onFailure', before.onFailure, after.onFailure],
    ['onExhausted', before.onExhausted, after.onExhausted],
  ] as const;
  return pairs.flatMap(([what, was, is]) => (was === is ? [] : [`${name}: ${what} ${was} → ${is}`]));
}

function namesOf(plan: Pick<SagaPlan, 'nodes'>): readonly string[] {
  return plan.nodes.flatMap(recordsOf);
}

function stepMap(plan: Pick<SagaPlan, 'nodes'>): ReadonlyMap<string, Step> {
  return new Map(stepsOf(plan).map((step) => [step.name, step]));
}
