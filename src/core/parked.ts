import type { Arrow, NamedPart, StateConfig } from './attempts.ts';
import { commandName, type Step } from './steps.ts';

/** Where a parked action may go. */
export interface ParkedActionTargets {
  /** The step's own state, to be tried again. */
  readonly self: string;
  /** After the step. */
  readonly next: string;
  /** Backward from here; `undefined` behind the point of no return. */
  readonly backward: string | undefined;
  readonly abandoned: string;
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
export function parkedActionState(step: Step, to: ParkedActionTargets): StateConfig {
  const params = { step: step.name };
  const { backward } = to;
  const toBackward = (actions: readonly NamedPart[]): readonly Arrow[] =>
    backward === undefined
      ? []
      : [
          {
            target: backward,
            actions: [...actions, { type: 'blame', params: { ...params, type: 'operator' } }],
          },
        ];
  const sealFirst: readonly Arrow[] =
    step.kind === 'pivot'
      ? [
          {
            target: `${to.self}.sealing`,
            guard: { type: 'isInDoubt', params },
            actions: [
              { type: 'forgive', params: { ...params, op: 'seal' } },
              { type: 'blame', params: { ...params, type: 'operator' } },
            ],
          },
        ]
      : [];
  return {
    tags: ['parked'],
    description: `Waits for a person: ${step.name} cannot go on`,
    on: {
      retry: { target: to.self, actions: [{ type: 'forgive', params: { ...params, op: 'do' } }, absolve] },
      skip: {
        target: to.next,
        actions: [{ type: 'skipStep', params: { ...params, byPerson: true } }, absolve],
      },
      ...(backward === undefined ? {} : { compensate: [...sealFirst, ...toBackward([])] }),
      resolve: [
        {
          target: to.next,
          guard: saidTo('succeeded'),
          actions: [{ type: 'resolveStep', params: { ...params, op: 'do' } }, absolve],
        },
        ...toBackward([{ type: 'resolveStep', params: { ...params, op: 'seal' } }]).map((arrow) => ({
          ...arrow,
          guard: saidTo('refused'),
        })),
        { target: to.abandoned, guard: saidTo('abandoned'), actions: [{ type: 'override', params: {} }] },
      ],
    },
  };
}

/** The state in which a step's compensation waits for a person. */
export function parkedUndoState(step: Step, to: ParkedUndoTargets): StateConfig {
  const params = { step: step.name, op: 'undo' };
  return {
    tags: ['parked'],
    description: `Waits for a person: the compensation of ${step.name} cannot go on`,
    on: {
      retry: { target: to.self, actions: [{ type: 'forgive', params }] },
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

function saidTo(as: string): NamedPart {
  return { type: 'isResolvedAs', params: { as } };
}
