import {
  againArrow,
  type Arrow,
  attemptStates,
  type Ends,
  type NamedPart,
  type StateConfig,
} from './attempts.ts';
import type { Step } from './steps.ts';

/** Where a step's forward states lead to, as targets of the chart. */
export interface ForwardTargets {
  /** The step's own state. */
  readonly self: string;
  /** After success or skipping. */
  readonly next: string;
  /** Backward from here; `undefined` behind the point of no return. */
  readonly backward: string | undefined;
  /** Where the step waits for a person. */
  readonly parked: string;
  /** The step is a member of a parallel group: it ends in its own `done` state, and may be entered again. */
  readonly isMember: boolean;
}

/** The states of one step on the way forward. */
export function forwardState(step: Step, to: ForwardTargets): StateConfig {
  const next = { target: to.isMember ? 'done' : to.next };
  const deciding = step.when !== undefined || to.isMember;
  return {
    description: describe(step),
    initial: deciding ? 'deciding' : 'executing',
    on: {
      park: parkArrow(step, to),
      ...(step.kind === 'pivot' ? { deadline: pivotDeadline(step, to) } : {}),
    },
    states: {
      ...(deciding ? { deciding: { always: decisions(step, next, to) } } : {}),
      ...attemptStates({ step: step.name, op: 'do' }, forwardEnds(step, to, next)),
      ...(step.kind === 'pivot' ? { sealing: sealingState(step, to, next) } : {}),
      ...(isTriedAnew(step, to) ? { clearing: clearingState(step, to) } : {}),
      ...(to.isMember ? { done: { type: 'final' } } : {}),
    },
  };
}

/** The engine gives up here. Of a group's members the first that is not settled parks: a settled one has nothing to retry. */
function parkArrow(step: Step, to: ForwardTargets): Arrow {
  const guard = to.isMember ? { guard: { type: 'isUnsettled', params: { step: step.name } } } : {};
  // Nobody waits for an attempt under way any longer: whatever a person decides, it may have had its effect.
  return {
    target: to.parked,
    ...guard,
    actions: [{ type: 'abandonAttempt', params: { step: step.name } }, parking(step, 'engine')],
  };
}

/** Why a step parks, as an action. */
export function parking(step: Step, why: 'refused' | 'exhausted' | 'engine', command = step.name): NamedPart {
  return { type: 'parkAt', params: { command, step: step.name, why } };
}

function describe(step: Step): string {
  const { action, compensation } = step;
  const undo =
    compensation === undefined ? '' : `, undone by ${compensation.participant}.${compensation.operation}`;
  return step.description || `${step.kind}: asks ${action.participant}.${action.operation}${undo}`;
}

/** A guarded step is looked at once; a member of a group that is entered again goes on where it was. */
function decisions(step: Step, next: Arrow, to: ForwardTargets): readonly Arrow[] {
  const params = { step: step.name };
  const settled = [
    ...(to.isMember ? [{ ...next, guard: { type: 'isSettled', params } }] : []),
    ...(to.isMember && isTriedAnew(step, to) ? [clearArrow(step)] : []),
  ];
  if (step.when === undefined) return [...settled, { target: 'executing' }];
  return [
    ...settled,
    { target: 'executing', guard: { type: 'shouldRun', params } },
    { ...next, actions: [{ type: 'skipStep', params }] },
  ];
}

function forwardEnds(step: Step, to: ForwardTargets, next: Arrow): Ends {
  const exhausted = exhaustedArrow(step, to);
  const seals = step.onExhausted === 'ask' ? [] : ifInDoubt(step);
  return {
    succeeded: [succeeded(step, next)],
    refused: refusals(step, to, exhausted),
    exhausted: seals.length > 0 ? [sealArrow] : [exhausted],
    unreached: [...seals, exhausted],
    sealed: [goBackward(step, to, 'refused', false)],
  };
}

function exhaustedArrow(step: Step, to: ForwardTargets): Arrow {
  return goBackward(step, to, 'exhausted', step.onExhausted === 'ask');
}

/** A pivot in doubt is neither retried for ever nor undone: the participant is asked to seal it. */
const sealArrow: Arrow = { target: 'sealing' };

/** Only for a pivot does it matter whether an earlier attempt may have had an effect: others are undone then, or not. */
function ifInDoubt(step: Step): readonly Arrow[] {
  return step.kind === 'pivot'
    ? [{ ...sealArrow, guard: { type: 'isInDoubt', params: { step: step.name } } }]
    : [];
}

function refusals(step: Step, to: ForwardTargets, exhausted: Arrow): readonly Arrow[] {
  const refused = goBackward(step, to, 'refused', step.onFailure === 'ask');
  const anyway = step.undoAlways ? [{ type: 'undoAnyway', params: { step: step.name } }] : [];
  // Tried again as if it were temporary; under a new key where that is safe, for the old one is refused for ever.
  const again = withActions(againArrow({ step: step.name, op: 'do' }), [
    ...anyway,
    { type: 'renew', params: { step: step.name } },
  ]);
  const last = withActions(step.onFailure === 'retry' ? exhausted : refused, anyway);
  const clear = { target: 'clearing', guard: { type: 'isInDoubt', params: { step: step.name } } };
  const retries = step.onFailure === 'retry' ? [...(isTriedAnew(step, to) ? [clear] : []), again] : [];
  return [...ifInDoubt(step), ...retries, last];
}

/** Whether a refused action may be tried again under a new key: by its own policy, or by a person, for it parks. */
export function isTriedAnew(step: Step, to: Pick<ForwardTargets, 'backward'>): boolean {
  // A pivot in doubt is sealed anyway; and what has to be undone even when refused keeps its key.
  if (step.kind === 'pivot' || step.undoAlways) return false;
  return step.onFailure !== 'compensate' || to.backward === undefined;
}

/** A member that was refused while in doubt, in a group that a person sends on. */
function clearArrow(step: Step): Arrow {
  return { target: 'clearing', guard: { type: 'isRefusedInDoubt', params: { step: step.name } } };
}

/** Under the old key it may be refused for ever: that is sealed, which proves that it had no effect; then it is tried under a new one. */
function clearingState(step: Step, to: ForwardTargets): StateConfig {
  const unknown = goBackward(step, to, 'exhausted', true);
  const anew = {
    target: `${to.self}.backoff`,
    actions: [
      { type: 'renew', params: { step: step.name } },
      { type: 'forgive', params: { step: step.name, op: 'seal' } },
    ],
  };
  // Where a person asked for it all attempts are granted anew.
  const again =
    step.onFailure === 'retry'
      ? [{ ...againArrow({ step: step.name, op: 'do' }), ...anew }, exhaustedArrow(step, to)]
      : [anew];
  return {
    description: 'Refused while in doubt: asks for the result, or the promise that it never will run',
    initial: 'executing',
    states: attemptStates(
      { step: step.name, op: 'seal' },
      {
        succeeded: [succeeded(step, { target: to.isMember ? `${to.self}.done` : to.next })],
        refused: again,
        sealed: again,
        exhausted: [unknown],
        unreached: [unknown],
      },
    ),
  };
}

/** The deadline does not wait for a pivot's retries: what may have happened is sealed, and the answer decides the direction. */
function pivotDeadline(step: Step, to: ForwardTargets): readonly Arrow[] {
  const late = { type: 'blame', params: { step: step.name, type: 'timedOut' } };
  const seal = {
    target: '.sealing',
    guard: { type: 'mayHaveHappened', params: { step: step.name } },
    actions: [late, { type: 'abandonAttempt', params: { step: step.name } }],
  };
  return to.backward === undefined ? [seal] : [seal, { target: to.backward, actions: [late] }];
}

function sealingState(step: Step, to: ForwardTargets, next: Arrow): StateConfig {
  const backward = goBackward(step, to, 'refused', false);
  // It had succeeded: whatever made the saga ask, it goes forward now.
  const sealed = withActions(succeeded(step, next), [{ type: 'absolve', params: {} }]);
  const exhausted = { target: to.parked, actions: [...failureHook(step), parking(step, 'exhausted')] };
  return {
    description: 'In doubt: asks for the result, or the promise that it never will run',
    initial: 'executing',
    on: { deadline: { actions: [{ type: 'markLate', params: {} }] } },
    states: attemptStates(
      { step: step.name, op: 'seal' },
      {
        succeeded: [sealed],
        refused: [backward],
        sealed: [backward],
        exhausted: [exhausted],
        unreached: [exhausted],
      },
    ),
  };
}

function succeeded(step: Step, next: Arrow): Arrow {
  return step.hooks.onSuccess === undefined
    ? next
    : withActions(next, [{ type: 'hook', params: { hook: 'onSuccess', step: step.name } }]);
}

/** Backward where that is allowed and wanted; else the step waits for a person. */
function goBackward(step: Step, to: ForwardTargets, why: 'refused' | 'exhausted', ask: boolean): Arrow {
  const gaveUp = [{ type: 'failStep', params: { step: step.name } }, ...failureHook(step)];
  if (ask || to.backward === undefined)
    return { target: to.parked, actions: [...gaveUp, parking(step, why)] };
  return {
    target: to.backward,
    actions: [...gaveUp, { type: 'blame', params: { step: step.name, type: 'stepFailed' } }],
  };
}

function failureHook(step: Step): readonly NamedPart[] {
  return step.hooks.onFailure === undefined
    ? []
    : [{ type: 'hook', params: { hook: 'onFailure', step: step.name } }];
}

function withActions(arrow: Arrow, actions: readonly NamedPart[]): Arrow {
  return { ...arrow, actions: [...(arrow.actions ?? []), ...actions] };
}
