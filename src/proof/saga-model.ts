import { isClosed, isSettled, stateText, type StoredSnapshot } from '../core/snapshot.ts';
import {
  commandName,
  isForwardOnly,
  recordsOf,
  type SagaNode,
  type SagaPlan,
  stepsOf,
} from '../core/steps.ts';
import type { SagaEvent } from '../core/transition.ts';
import { type Guarantee, type Guarantees, isAmiss } from './effects.ts';
import type { Arrow, Model } from './explore.ts';
import { type Happening, happeningsIn, heardHappenings } from './happenings.ts';
import { type MachineState, MachineWalk } from './machine-walk.ts';
import { breachesIn } from './properties.ts';
import { factsOf } from './saga-facts.ts';
import { effectKey, type Effects, effectsAfter, effectsKey, guaranteesOf } from './scene-effects.ts';

/** A saga and its participants. Once a person overrode the saga property, what comes is the person's: no model goes on there. */
export interface SagaState {
  readonly machine: MachineState;
  readonly effects: Effects;
}

/** What is explored, and what of it is taken to go well. */
export interface SagaModelOptions {
  readonly plan: SagaPlan;
  readonly participants: Readonly<Record<string, Guarantee>>;
  /** Steps whose commands succeed at once. */
  readonly quiet: ReadonlySet<string>;
  /** Whether people pause and resume it. */
  readonly pauses: boolean;
  /** Whether people send it back to a step, to go forward again from there. */
  readonly rewinds: boolean;
  /** Only the endings of an attempt that no other one stands for. */
  readonly isBrief: boolean;
  /** The plan's machine, where it is walked already: it remembers its moves. */
  readonly walk?: MachineWalk;
  /** A stored saga to go on with, and what its participants may have done; from the start when left out. */
  readonly from?: { readonly stored: StoredSnapshot; readonly effects: readonly Effects[] };
}

/** Of these endings others say the same: of no answer, and of an answer that comes to nothing. */
const represented: ReadonlySet<string> = new Set(['failed', 'unreachable', 'unreadable', 'inProgress']);

function isRepresented(name: string): boolean {
  return represented.has(name.slice(name.lastIndexOf('.') + 1));
}

/** Everything that can happen to a saga and its participants, with the generated machine deciding. */
export class SagaModel implements Model<SagaState, Happening> {
  readonly walk: MachineWalk;
  readonly guarantees: Readonly<Record<string, Guarantees>>;
  readonly #quiet: ReadonlySet<string>;
  readonly #options: SagaModelOptions;
  readonly #hasNoReturn: boolean;
  /** What people may do, by machine state. */
  readonly #people = new Map<number, readonly Happening[]>();
  /** What may happen, by what it depends on. */
  readonly #scenes = new Map<string, readonly Happening[]>();
  /** Each state is asked about several times. */
  readonly #broken = new Map<SagaState, boolean>();

  constructor(options: SagaModelOptions) {
    const { plan, participants, quiet, walk = new MachineWalk(plan) } = options;
    this.#options = options;
    this.#hasNoReturn = stepsOf(plan).some(isForwardOnly);
    this.walk = walk;
    this.guarantees = guaranteesOf(plan, participants);
    this.#quiet = quiet;
  }

  get starts(): readonly SagaState[] {
    const { from } = this.#options;
    if (from === undefined) return this.walk.starts().map((machine) => ({ machine, effects: {} }));
    const machine = this.walk.at(from.stored);
    return machine === undefined ? [] : from.effects.map((effects) => ({ machine, effects }));
  }

  keyOf({ machine, effects }: SagaState): string {
    return machine.isOverridden ? `${machine.id}` : `${machine.id} ${effectsKey(effects)}`;
  }

  arrows(state: SagaState): readonly Arrow<SagaState, Happening>[] {
    if (state.machine.isOverridden || this.isBroken(state)) return [];
    return this.#happenings(state).flatMap((happening) =>
      this.#after(state, happening).map((to) => ({ happening, to })),
    );
  }

  #happenings(state: SagaState): readonly Happening[] {
    const key = sceneKey(state);
    const happenings = this.#scenes.get(key) ?? this.#happeningsIn(state);
    this.#scenes.set(key, happenings);
    return happenings;
  }

  #happeningsIn({ machine, effects }: SagaState): readonly Happening[] {
    const { plan } = this.walk;
    const { snapshot, awaited } = machine;
    const people = this.#people.get(machine.id) ?? this.#peopleIn(machine);
    this.#people.set(machine.id, people);
    const all = happeningsIn({ plan, snapshot, awaited, effects, people, guarantees: this.guarantees });
    if (isClosed(machine.status)) return all.filter(({ event }) => event === undefined);
    const hurried = this.#hurriedIn(machine);
    if (hurried !== undefined) return all.filter(({ name }) => name === hurried);
    return this.#options.isBrief ? all.filter(({ name }) => !isRepresented(name)) : all;
  }

  /** Whether the model leaves out what may happen in a state: a quiet member comes first, or there is a defect already. */
  isTrimmed(state: SagaState): boolean {
    return this.#hurriedIn(state.machine) !== undefined || this.isBroken(state);
  }

  /** Whether a property of states breaks in it. */
  isBroken(state: SagaState): boolean {
    const known = this.#broken.get(state);
    if (known !== undefined) return known;
    const isBroken = this.#isBrokenIn(state);
    this.#broken.set(state, isBroken);
    return isBroken;
  }

  #isBrokenIn({ machine, effects }: SagaState): boolean {
    const { status } = machine;
    // On its way a saga breaks nothing but what its effects show by themselves, unless it turned back where it must not.
    const isForward = status === 'running' || status === 'failed';
    const isOnTheWay = isForward || (status === 'compensating' && !this.#hasNoReturn);
    if (isOnTheWay && !mayBeAmiss(effects)) return false;
    return breachesIn(factsOf(this.walk.plan, { ...machine, effects })).length > 0;
  }

  /** What a quiet member does before anything else happens. */
  #hurriedIn({ awaited, status }: MachineState): string | undefined {
    const first = isSettled(status) ? undefined : awaited.find(({ step }) => this.#quiet.has(step));
    return first === undefined ? undefined : `${commandName(first.step, first.op)}.succeeded`;
  }

  #peopleIn({ snapshot }: MachineState): readonly Happening[] {
    const { plan } = this.walk;
    const { pauses, rewinds } = this.#options;
    // To the first step, or to the one at hand: what lies between is undone, and done again, in the same way.
    const { steps } = snapshot.state.context;
    const isReached = (node: SagaNode) => recordsOf(node).some((step) => steps[step] !== undefined);
    const ends = rewinds ? [plan.nodes[0], plan.nodes.findLast(isReached)] : [];
    const isTarget = (node: SagaNode) => node.type === 'wait' || ends.includes(node);
    const few = { ...plan, nodes: plan.nodes.filter(isTarget) };
    return heardHappenings(few, snapshot).filter(
      ({ name, event }) =>
        !isOverriding(event) &&
        (event === undefined || !isMostlyRefused(event) || snapshot.state.can(event as never)) &&
        (pauses || event?.type !== 'pause') &&
        (rewinds || !name.startsWith('compensate to ')),
    );
  }

  /** Where people may still bring a saga by overriding the saga property; each state's name as often as it is found. */
  *overridden(machine: MachineState): Iterable<string> {
    for (const happening of heardHappenings(this.walk.plan, machine.snapshot)) {
      const { event } = happening;
      if (event === undefined || !isOverriding(event)) continue;
      for (const { to } of this.walk.next(machine, event, happening)) yield stateText(to.snapshot);
    }
  }

  #after(state: SagaState, happening: Happening): readonly SagaState[] {
    const { machine, effects } = state;
    const { awaited } = machine;
    const scene = { effects, awaited, guarantees: this.guarantees };
    const { event } = happening;
    if (event === undefined)
      return [{ machine, effects: effectsAfter(scene, happening, { ...machine, asked: [], renewed: [] }) }];
    return this.walk
      .next(machine, event, happening)
      .map((move) => ({ machine: move.to, effects: effectsAfter(scene, happening, move) }));
  }
}

/** Whoever does that overrides the saga property, wherever the saga is: nothing is claimed of what comes of it. */
function isOverriding(event: SagaEvent | undefined): boolean {
  return event?.type === 'skip' || event?.type === 'resolve';
}

/** What nearly every state hears, and few have an arrow for: to ask costs less than to try. */
function isMostlyRefused({ type }: SagaEvent): boolean {
  return type === 'resume' || type === 'cancel' || type === 'compensate';
}

/** A step that was asked for under two keys is looked at as one. */
function mayBeAmiss(effects: Effects): boolean {
  return Object.entries(effects).some(([slot, effect]) => isAmiss(effect) || slot.endsWith('~'));
}

/** Of effects only those matter to what may happen next whose commands are awaited, or still on their way. */
function sceneKey({ machine, effects }: SagaState): string {
  let key = `${machine.id}`;
  for (const { step } of machine.awaited) key += ` ${effectKey(step, effects[step])}`;
  for (const slot of Object.keys(effects))
    if (effects[slot]?.isLate === true) key += ` late ${effectKey(slot, effects[slot])}`;
  return key;
}
