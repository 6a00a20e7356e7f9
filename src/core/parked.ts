import type { Arrow, NamedPart, StateConfig } from './attempts.ts';
import type { Parked } from './context.ts';
import { rewindTo } from './operator-arrows.ts';
import { commandName, type Step } from './steps.ts';

/** What of a step, or of a wait, decides where it may go once it is parked. */
export interface ParkedAction extends Pick<Step, 'name' | 'kind'> {
  /** For what it parks by the author's wish, so that a person decides. */
  readonly asks: readonly Parked['why'][];
}

/** Where a parked action may go. */
export interface ParkedActionTargets {
  /** The step's own state, to be tried again. */
  readonly self: string;
  /** After the step. */
  readonly next: string;
  /** Backward from here; `undefined` behind the point of no return. */
  readonly backward: string | undefined;
  readonly abandoned: string;
  /** Where a refusal in doubt is cleared up before the action is tried again; `undefined`: not before `self` is entered. */
  readonly clearing: string | undefined;
}

/** Where a parked compensation may go. */
export interface ParkedUndoTargets {
  readonly self: string;
  readonly next: string;
  readonly abandoned: string;
}

/** The saga goes forward again: what it was going to turn back for is no cause any more. */
const absolve: NamedPart = { type: 'absolve', params: {} };

/** The state in which a step's action waits for a person. */
export function parkedActionState(step: ParkedAction, to: ParkedActionTargets): StateConfig {
  const params = { step: step.name };
  const retry = retries(step, to);
  const compensate = [...sealFirst(step, to), ...turnBack(step, to)].map(withinReach);
  const skip = (by: object): Arrow => ({
    target: to.next,
    actions: [{ type: 'skipStep', params: { ...params, ...by } }, absolve],
  });
  const decide = [
    ...retry.map((arrow) => decidedAs('retry', step, arrow)),
    decidedAs('skip', step, skip({ isDecided: true })),
    ...compensate.map((arrow) => decidedAs('compensate', step, arrow)),
  ];
  return {
    tags: ['parked'],
    description: `Waits for a person: ${step.name} cannot go on`,
    on: {
      retry,
      skip: skip({ byPerson: true }),
      ...(compensate.length === 0 ? {} : { compensate }),
      ...(step.asks.length === 0 ? {} : { decide }),
      resolve: [
        {
          target: to.next,
          guard: saidTo('succeeded'),
          actions: [{ type: 'resolveStep', params: { ...params, op: 'do' } }, absolve],
        },
        ...turnBack(step, to, [{ type: 'resolveStep', params: { ...params, op: 'seal' } }]).map((arrow) => ({
          ...arrow,
          guard: saidTo('refused'),
        })),
        { target: to.abandoned, guard: saidTo('abandoned'), actions: [{ type: 'override', params: {} }] },
      ],
    },
  };
}

function retries({ name }: ParkedAction, { self, clearing }: ParkedActionTargets): readonly Arrow[] {
  const params = { step: name, op: 'do' };
  const actions = [{ type: 'takeInput', params }, { type: 'forgive', params }, absolve];
  const clear =
    clearing === undefined ? [] : [{ target: clearing, guard: { type: 'mustClear', params }, actions }];
  return [...clear, { target: self, guard: { type: 'mayTakeInput', params }, actions }];
}

function turnBack(
  { name }: ParkedAction,
  { backward }: ParkedActionTargets,
  first: readonly NamedPart[] = [],
): readonly Arrow[] {
  const blame = { type: 'blame', params: { step: name, type: 'operator' } };
  return backward === undefined ? [] : [{ target: backward, actions: [...first, blame, rewindTo] }];
}

/** A pivot in doubt does not turn back before it is known that it did not happen. */
function sealFirst({ name, kind }: ParkedAction, { self, backward }: ParkedActionTargets): readonly Arrow[] {
  if (kind !== 'pivot' || backward === undefined) return [];
  const actions = [
    { type: 'forgive', params: { step: name, op: 'seal' } },
    { type: 'blame', params: { step: name, type: 'operator' } },
    rewindTo,
  ];
  return [{ target: `${self}.sealing`, guard: { type: 'mustSealFirst', params: { step: name } }, actions }];
}

function withinReach(arrow: Arrow): Arrow {
  return arrow.guard === undefined ? { ...arrow, guard: { type: 'isWithinReach', params: {} } } : arrow;
}

/** The state in which a step's compensation waits for a person. */
export function parkedUndoState(step: Step, to: ParkedUndoTargets): StateConfig {
  const params = { step: step.name, op: 'undo' };
  return {
    tags: ['parked'],
    description: `Waits for a person: the compensation of ${step.name} cannot go on`,
    on: {
      retry: {
        target: to.self,
        actions: [
          { type: 'takeInput', params },
          { type: 'forgive', params },
        ],
      },
      skip: { target: to.next, actions: [{ type: 'resolveStep', params }] },
      resolve: [
        { target: to.next, guard: saidTo('succeeded'), actions: [{ type: 'resolveStep', params }] },
        { target: to.abandoned, guard: saidTo('abandoned'), actions: [{ type: 'override', params: {} }] },
      ],
    },
  };
}

/** The name of the parked state of a step's action or undo: `charge`, `undoCharge`. */
export function parkedName(step: Step, op: 'do' | 'undo'): string {
  return commandName(step.name, op);
}

/** For what a step parks by its author's wish. */
export function asksFor({ onFailure, onExhausted }: Step): readonly Parked['why'][] {
  return [
    ...(onFailure === 'ask' ? (['refused'] as const) : []),
    ...(onExhausted === 'ask' ? (['exhausted'] as const) : []),
  ];
}

/** A person decides what other actions do, too, under the same conditions. */
function decidedAs(choice: string, { name, asks }: ParkedAction, { guard, ...arrow }: Arrow): Arrow {
  const params = { ...guard?.params, step: name, as: choice, asks };
  return {
    ...arrow,
    guard: {
      type: 'isDecidedAs',
      params: guard === undefined ? params : { ...params, if: guard.type },
    },
  };
}

function saidTo(as: string): NamedPart {
  return { type: 'isResolvedAs', params: { as } };
}
