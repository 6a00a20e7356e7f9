import type { Op } from '../core/transport.ts';

/**
 * What a participant guarantees: `barrier` keeps all the rules (the kit, `sagachart/participant`); `idempotent` does the
 * same command only once, but knows nothing of undos that come first; `plain` does what it is told each time.
 */
export type Guarantee = 'barrier' | 'idempotent' | 'plain';

/** What a participant knows of a step's action, and what became of it. */
export interface Effect {
  readonly memory: 'nothing' | 'done' | 'undone' | 'refused' | 'sealed';
  /** How often the action took effect; counted up to 3, like undos. */
  readonly done: number;
  readonly undone: number;
  /** A sending of the action is still on its way, or being worked on; it may take effect at any time, or never. */
  readonly isLate: boolean;
  /** The engine stopped listening to the attempt under way: no answer to it will be heard. */
  readonly isUnheard?: true;
}

/** What a participant of that guarantee would have had to absorb, were it not for the guarantee. */
export type Hazard =
  /** The same action arrives again. */
  | 'duplicate'
  /** An undo arrives for an action that never ran. */
  | 'emptyUndo'
  /** An action arrives after its undo or its seal, or still may. */
  | 'lateAction'
  /** An undo arrives at another participant than the action did: its barrier knows of no action, and does nothing. */
  | 'strayUndo';

/** Who is asked for a step's action and its undo, and what they guarantee. */
export interface Guarantees {
  readonly action: Guarantee;
  readonly undo: Guarantee;
  /** One participant does both, and one barrier sees both. */
  readonly isShared: boolean;
}

/** What arriving at the participant leads to. */
export interface Arrival {
  readonly effect: Effect;
  readonly answer: 'succeeded' | 'refused' | 'sealed';
  readonly hazard?: Hazard;
}

/** Of a step that was never asked for. */
export const untouched: Effect = { memory: 'nothing', done: 0, undone: 0, isLate: false };

/** Whether two effects are the same in everything. */
export function isEqual(one: Effect, other: Effect): boolean {
  return (
    one === other ||
    (one.memory === other.memory &&
      one.done === other.done &&
      one.undone === other.undone &&
      one.isLate === other.isLate &&
      one.isUnheard === other.isUnheard)
  );
}

/** The effects that stand. */
export function standing({ done, undone }: Effect): number {
  return done - undone;
}

/** Whether an action took effect twice, or more was undone than done. */
export function isAmiss({ done, undone }: Effect): boolean {
  return done > 1 || undone > done;
}

/** A command arrives, and the participant does what it can. */
export function arrive(effect: Effect, op: Op, guarantees: Guarantees): Arrival {
  const { action, undo: undoing, isShared } = guarantees;
  const arrival =
    op === 'undo'
      ? isShared
        ? undo(effect, undoing)
        : undoElsewhere(effect, undoing)
      : op === 'seal' && action === 'barrier'
        ? seal(effect)
        : act(effect, action);
  return { ...arrival, effect: settled(arrival.effect, guarantees) };
}

/** The participant refuses the action; `undefined`: it answers otherwise, as it did before. */
export function refuse(effect: Effect, guarantees: Guarantees): Effect | undefined {
  if (guarantees.action === 'plain') return effect;
  if (effect.memory === 'refused') return effect;
  return effect.memory === 'nothing' ? settled({ ...effect, memory: 'refused' }, guarantees) : undefined;
}

/** The action is on its way, and nobody waits for it any longer. */
export function leftBehind(effect: Effect, guarantees: Guarantees): Effect {
  return settled({ ...effect, isLate: true }, guarantees);
}

/** Whether nothing can become of the step any more by itself. */
export function isInert(effect: Effect): boolean {
  return !effect.isLate && standing(effect) === 0;
}

function act(effect: Effect, guarantee: Guarantee): Arrival {
  if (guarantee === 'plain') {
    const again = effect.done > 0 ? { hazard: 'duplicate' as const } : {};
    return {
      effect: { ...effect, memory: 'done', done: counted(effect.done) },
      answer: 'succeeded',
      ...again,
    };
  }
  switch (effect.memory) {
    case 'nothing':
      return { effect: { ...effect, memory: 'done', done: 1 }, answer: 'succeeded' };
    case 'done':
      return { effect, answer: 'succeeded', hazard: 'duplicate' };
    case 'refused':
      return { effect, answer: 'refused' };
    case 'undone':
      return { effect, answer: 'succeeded', hazard: 'lateAction' };
    case 'sealed':
      return { effect, answer: 'sealed', hazard: 'lateAction' };
  }
}

function undo(effect: Effect, guarantee: Guarantee): Arrival {
  const answer = 'succeeded';
  if (guarantee === 'plain')
    return { effect: { ...effect, memory: 'undone', undone: counted(effect.undone) }, answer };
  switch (effect.memory) {
    case 'done':
      return { effect: { ...effect, memory: 'undone', undone: 1 }, answer };
    case 'nothing':
      return {
        effect: guarantee === 'barrier' ? { ...effect, memory: 'sealed' } : effect,
        answer,
        hazard: effect.isLate ? 'lateAction' : 'emptyUndo',
      };
    case 'refused':
      return { effect, answer, hazard: 'emptyUndo' };
    case 'undone':
    case 'sealed':
      return { effect, answer };
  }
}

/** The other participant cannot know whether the action ran. */
function undoElsewhere(effect: Effect, guarantee: Guarantee): Arrival {
  const answer = 'succeeded';
  if (guarantee === 'barrier') return { effect, answer, hazard: 'strayUndo' };
  if (guarantee === 'plain') return { effect: { ...effect, undone: counted(effect.undone) }, answer };
  return standing(effect) > 0
    ? { effect: { ...effect, undone: effect.done }, answer }
    : { effect, answer, hazard: 'emptyUndo' };
}

/** A participant without a barrier takes a seal for the action. */
function seal(effect: Effect): Arrival {
  switch (effect.memory) {
    case 'done':
    case 'undone':
      return { effect, answer: 'succeeded' };
    case 'refused':
      return { effect, answer: 'refused' };
    case 'nothing':
    case 'sealed':
      return { effect: { ...effect, memory: 'sealed' }, answer: 'sealed' };
  }
}

/** What still is on its way does not matter where the participant will not do it anyway. */
function settled(effect: Effect, { action }: Guarantees): Effect {
  const isAbsorbed = action !== 'plain' && effect.memory !== 'nothing';
  return effect.isLate && isAbsorbed ? { ...effect, isLate: false } : effect;
}

function counted(count: number): number {
  return Math.min(count + 1, 3);
}
