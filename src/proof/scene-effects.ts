import type { StepRecord } from '../core/context.ts';
import { commandName, isForwardOnly, type SagaPlan, type Step, stepsOf } from '../core/steps.ts';
import type { OperatorEvent } from '../core/transition.ts';
import { type Effect, type Guarantee, type Guarantees, isInert, leftBehind, untouched } from './effects.ts';
import type { Happening, Scene } from './happenings.ts';
import type { CommandOf } from './command-of.ts';

/** By step: what became of it. A key that ends in `~` is of the action under a former idempotency key. */
export type Effects = Readonly<Record<string, Effect>>;

/** What participants guarantee that nothing is said of: they keep all the rules. */
const usual: Guarantee = 'barrier';

/** Whether what a step does matters to the saga property: what is not undone and may stay does not. */
export function isTracked(step: Step): boolean {
  return step.compensation !== undefined || isForwardOnly(step);
}

/** What is guaranteed of each step that matters, from what its participants guarantee. */
export function guaranteesOf(
  plan: SagaPlan,
  participants: Readonly<Record<string, Guarantee>>,
): Readonly<Record<string, Guarantees>> {
  const of = (participant: string) => participants[participant] ?? usual;
  return Object.fromEntries(
    stepsOf(plan)
      .filter(isTracked)
      .map(({ name, action, compensation }) => {
        const undoer = compensation?.participant ?? action.participant;
        return [
          name,
          { action: of(action.participant), undo: of(undoer), isShared: undoer === action.participant },
        ];
      }),
  );
}

/** What the saga is about after something happened. */
export interface SagaAfter {
  readonly awaited: readonly CommandOf[];
  /** Steps whose actions were asked for. */
  readonly asked: readonly string[];
  readonly renewed: readonly string[];
  readonly isBackward: boolean;
  /** Steps that have, or may have, an effect that is not undone. */
  readonly owed: ReadonlySet<string>;
}

/** What became of all steps, after something happened: the same object where nothing did. */
export function effectsAfter(
  { effects, awaited, guarantees }: Pick<Scene, 'effects' | 'awaited' | 'guarantees'>,
  { command, slot, effect, event }: Happening,
  after: SagaAfter,
): Effects {
  const draft = new Draft(effects);
  const { unsent = [] } = (event ?? {}) as Pick<OperatorEvent, 'unsent'>;
  if (command !== undefined && effect !== undefined && guarantees[command.step] !== undefined)
    draft.set(slot ?? command.step, effect);
  // Nobody waits any longer, and it was not answered: it may still arrive.
  const dropped = awaited.filter(
    (one) =>
      one.op === 'do' &&
      command?.step !== one.step &&
      !unsent.includes(commandName(one.step, one.op)) &&
      !after.awaited.some((other) => other.step === one.step && other.op === 'do'),
  );
  for (const { step } of dropped) {
    const { [step]: known } = guarantees;
    if (known !== undefined) draft.set(step, { ...leftBehind(draft.get(step), known), isUnheard: true });
  }
  for (const step of after.asked) hear(draft, step);
  for (const step of after.renewed) renew(draft, step);
  if (after.isBackward) forgetSettled(draft, after.owed, guarantees);
  return draft.effects;
}

/** The effects as text; equal for equal ones. */
export function effectsKey(effects: Effects): string {
  const known = keys.get(effects);
  if (known !== undefined) return known;
  const key = Object.keys(effects)
    .toSorted()
    .map((step) => effectKey(step, effects[step] ?? untouched))
    .join('');
  keys.set(effects, key);
  return key;
}

const keys = new WeakMap<Effects, string>();

/** How late a step completed; one that never did came last. */
export function rankOf(record: StepRecord | undefined): number {
  return record?.ordinal ?? Number.POSITIVE_INFINITY;
}

/** One effect as text. */
export function effectKey(step: string, effect: Effect = untouched): string {
  const { memory, done, undone, isLate, isUnheard } = effect;
  const isUntouched = memory === 'nothing' && done === 0 && undone === 0 && !isLate && isUnheard !== true;
  if (isUntouched) return '';
  return `${step}:${memory[2]}${done}${undone}${isLate ? 'l' : ''}${isUnheard === true ? 'u' : ''} `;
}

/** Effects that are copied when the first of them changes. */
class Draft {
  readonly #effects: Effects;
  #copy: Record<string, Effect> | undefined;

  constructor(effects: Effects) {
    this.#effects = effects;
  }

  get effects(): Effects {
    return this.#copy ?? this.#effects;
  }

  get(step: string): Effect {
    return this.effects[step] ?? untouched;
  }

  set(step: string, effect: Effect): void {
    if (this.get(step) === effect) return;
    this.#copy ??= { ...this.#effects };
    this.#copy[step] = effect;
  }

  forget(step: string): void {
    this.#copy ??= { ...this.#effects };
    delete this.#copy[step];
  }
}

/** Undone, sealed, refused: it is all the same to a saga that turned back, and to a participant that does nothing twice. */
function forgetSettled(
  draft: Draft,
  owed: ReadonlySet<string>,
  guarantees: Readonly<Record<string, Guarantees>>,
): void {
  for (const [step, effect] of Object.entries(draft.effects)) {
    if (!isInert(effect) || guarantees[step]?.action !== 'barrier') continue;
    if (!owed.has(step)) draft.forget(step);
    else if (effect.memory !== 'nothing' && effect.memory !== 'done') draft.set(step, over);
  }
}

const over: Effect = { ...untouched, memory: 'sealed' };

/** A new attempt is sent, and its answer awaited. */
function hear(draft: Draft, step: string): void {
  const { isUnheard, ...heard } = draft.get(step);
  if (isUnheard === true) draft.set(step, heard);
}

/** What is asked for under a new key leaves behind only what may still come of the old one. */
function renew(draft: Draft, step: string): void {
  const before = draft.get(step);
  if (before === untouched) return;
  if (!isInert(before)) draft.set(`${step}~`, before);
  draft.forget(step);
}
