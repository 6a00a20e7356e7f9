import { owesUndo, type SagaContext, type StepRecord } from '../core/context.ts';
import { type SagaSnapshot, statusOf } from '../core/snapshot.ts';
import { recordsOf, type SagaPlan, type Step, stepsOf } from '../core/steps.ts';
import { attemptsKey, commandsAtHand } from './attempts-key.ts';
import { type CommandOf, commandsOf } from './command-of.ts';

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

/** Tells the states of one plan's machine apart, as far as it behaves differently in them. */
export class MachineKeys {
  readonly #plan: SagaPlan;
  readonly #commands: ReadonlyMap<string, CommandOf>;
  readonly #kept: readonly Kept[];
  /** A record is never changed: most of a long saga's are those that it had before. */
  readonly #texts = new Map<StepRecord, string>();

  constructor(plan: SagaPlan) {
    this.#plan = plan;
    this.#commands = commandsOf(plan);
    this.#kept = keptIn(plan);
  }

  /**
   * A saga's state as text, equal for states in which its machine behaves the same: attempts count where another of that
   * command may come, of ordinals only the order. What is not known to be unread is taken in, so that a new field is not missed.
   */
  of(snapshot: SagaSnapshot): string {
    const { value, context } = snapshot.state;
    const rest = [
      value,
      'deadline' in snapshot.timers,
      plainly(context, unread),
      context.cause !== null,
      parkedFor(context, this.#commands),
      context.paused !== undefined,
    ];
    return JSON.stringify(rest) + this.#stepsKey(snapshot);
  }

  /** Whether a saga turned back: then steps that owe no undo are over. */
  isBackward(snapshot: SagaSnapshot): boolean {
    const status = statusOf(snapshot);
    const { parked } = snapshot.state.context;
    if (status === 'failed') return this.#commands.get(parked?.command ?? '')?.op === 'undo';
    return status === 'compensating' || status === 'compensated';
  }

  #stepsKey(snapshot: SagaSnapshot): string {
    const { context } = snapshot.state;
    const atHand = commandsAtHand(snapshot, this.#commands);
    const isBack = this.isBackward(snapshot);
    const isForgotten = forgottenIn(this.#plan, context);
    let key = '';
    const completed: { readonly name: string; readonly ordinal: number }[] = [];
    for (const kept of this.#kept) {
      const { name, step } = kept;
      key += '\n';
      const record = context.steps[name];
      if (record === undefined) continue;
      // Where a saga turned back, what owes no undo is over.
      const isOver = isBack && isForgotten(kept) && record.inFlight !== true && !owesUndo(context, name);
      if (isOver && !atHand.has(name)) continue;
      key += this.#textOf(record);
      if (step !== undefined) key += attemptsKey(context, step, { atHand: atHand.get(name), isBack });
      const { ordinal } = record;
      if (!isOver && ordinal !== undefined && record.status !== 'compensated')
        completed.push({ name, ordinal });
    }
    completed.sort((one, other) => one.ordinal - other.ordinal);
    // What is being undone comes last, whether it ever was seen to complete or not; unless another one never was.
    const last = completed.at(-1)?.name ?? '';
    if (isUndoing(context.steps[last]) && !this.#kept.some(({ name }) => isUnranked(context, name)))
      completed.pop();
    for (const { name } of completed) key += ` ${name}`;
    return key;
  }

  #textOf(record: StepRecord): string {
    const text = this.#texts.get(record) ?? recordText(record);
    this.#texts.set(record, text);
    return text;
  }
}

/** What a saga that turned back never looks at again. One that goes forward again finds the steps before that place as they are, and waits anywhere. */
function forgottenIn(plan: SagaPlan, { rewind }: SagaContext): (kept: Kept) => boolean {
  if (rewind === undefined) return () => true;
  const stays = plan.nodes.findIndex(({ name }) => name === rewind);
  return ({ step, at }) => step !== undefined && at >= stays;
}

/** What it is parked with; where a person may be asked to decide, also for what: that decides which answers there are. */
function parkedFor(
  { parked }: SagaContext,
  commands: ReadonlyMap<string, CommandOf>,
): readonly (string | undefined)[] {
  if (parked === null) return [];
  return commands.get(parked.command)?.op === 'undo' ? [parked.command] : [parked.command, parked.why];
}

/** What keeps a record: a step, or a wait. */
interface Kept {
  readonly name: string;
  readonly step: Step | undefined;
  /** The index of its node. */
  readonly at: number;
}

/** Everything that keeps a record, in the plan's order. */
function keptIn(plan: SagaPlan): readonly Kept[] {
  const steps = new Map(stepsOf(plan).map((step) => [step.name, step]));
  return plan.nodes.flatMap((node, at) =>
    recordsOf(node).map((name) => ({ name, step: steps.get(name), at })),
  );
}

function isUndoing(record: StepRecord | undefined): boolean {
  return record?.status === 'compensating';
}

/** Whether a step that is still to be undone never was seen to complete. */
function isUnranked(context: SagaContext, name: string): boolean {
  const record = context.steps[name];
  return record?.ordinal === undefined && !isUndoing(record) && owesUndo(context, name);
}

/** A step that is being undone owes its undo, for whatever reason. */
function recordText(record: StepRecord): string {
  if (isUndoing(record)) return `undoing ${record.held}`;
  return JSON.stringify(plainly(record, unreadOfStep));
}

function plainly(data: object, without: ReadonlySet<string>): readonly (readonly [string, unknown])[] {
  return Object.entries(data)
    .filter(([key, value]) => value !== undefined && !without.has(key))
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
}
