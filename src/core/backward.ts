import { type Arrow, attemptStates, recording, type StateConfig } from './attempts.ts';
import type { Outcome } from './context.ts';
import { parking } from './forward.ts';
import { commandName, type Group, type Step } from './steps.ts';

/** Where a node's compensation leads to, as targets of the chart. */
export interface BackwardTargets {
  /** What is undone next, or the end. */
  readonly next: string;
  /** The node's own compensation state. */
  readonly self: string;
  /** Where the compensation of a step waits for a person. */
  readonly parked: (step: Step) => string;
  /** Forward again, from what lies behind: a person sent the saga back no farther than there. */
  readonly rewinds: readonly Arrow[];
}

/** How an action in flight may end while the saga already goes backward. */
const endings: readonly Outcome[] = [
  'succeeded',
  'refused',
  'failed',
  'lost',
  'unreachable',
  'inProgress',
  'sealed',
];

/** The states that undo one step: let the attempt in flight end, see whether there is anything to undo, undo it. */
export function backwardState(step: Step, to: BackwardTargets): StateConfig {
  return {
    description: `Undoes ${step.name}`,
    initial: 'deciding',
    on: { park: { target: to.parked(step), actions: [parking(step, 'engine', undoOf(step))] } },
    states: {
      deciding: {
        always: [
          ...to.rewinds,
          { target: 'settling', guard: { type: 'isInFlight', params: { step: step.name } } },
          { target: 'executing', guard: { type: 'owesUndo', params: { step: step.name } } },
          { target: to.next },
        ],
      },
      settling: settlingState(step, 'deciding'),
      ...undoStates(step, to.next, to.parked(step)),
    },
  };
}

/** The states that undo a parallel group: let all attempts in flight end, then undo the members one by one, last completed first. */
export function backwardGroupState(group: Group, to: BackwardTargets): StateConfig {
  const members = group.members.filter((step) => step.compensation !== undefined);
  const choices = members.map((step) => ({
    target: step.name,
    guard: { type: 'isUndoneNext', params: { step: step.name, of: members.map(({ name }) => name) } },
  }));
  return {
    description: `Undoes the members of ${group.name}, last completed first`,
    initial: to.rewinds.length === 0 ? 'settling' : 'deciding',
    on: {
      // Outside its members a group only waits for attempts under way: one of those is what cannot go on.
      park: members.map((step) => ({
        target: to.parked(step),
        guard: { type: 'isInFlight', params: { step: step.name } },
        actions: [parking(step, 'engine', undoOf(step))],
      })),
    },
    states: {
      ...(to.rewinds.length === 0 ? {} : { deciding: { always: [...to.rewinds, { target: 'settling' }] } }),
      settling: {
        type: 'parallel',
        states: Object.fromEntries(members.map((step) => [step.name, settlingRegion(step)])),
        onDone: { target: 'choosing' },
      },
      choosing: { always: [...choices, { target: to.next }] },
      ...Object.fromEntries(members.map((step) => [step.name, memberState(step, to)])),
    },
  };
}

/** The name of a step's undo command. */
function undoOf(step: Step): string {
  return commandName(step.name, 'undo');
}

function memberState(step: Step, to: BackwardTargets): StateConfig {
  return {
    description: `Undoes ${step.name}`,
    initial: 'executing',
    on: { park: { target: to.parked(step), actions: [parking(step, 'engine', undoOf(step))] } },
    states: undoStates(step, `${to.self}.choosing`, to.parked(step)),
  };
}

function settlingRegion(step: Step): StateConfig {
  return {
    initial: 'deciding',
    states: {
      deciding: {
        always: [
          { target: 'waiting', guard: { type: 'isInFlight', params: { step: step.name } } },
          { target: 'settled' },
        ],
      },
      waiting: settlingState(step, 'settled'),
      settled: { type: 'final' },
    },
  };
}

/** Waits for the answer to an action that was under way when the saga turned back: an undo must not overtake it, and wants its reply. */
function settlingState(step: Step, target: string): StateConfig {
  const command = { step: step.name, op: 'do' } as const;
  const anyway = step.undoAlways ? [{ type: 'undoAnyway', params: { step: step.name } }] : [];
  const end = (outcome: Outcome) =>
    recording(command, outcome, { target, actions: outcome === 'refused' ? anyway : [] });
  return {
    tags: ['waiting'],
    description: 'Waits for the attempt under way to end',
    on: Object.fromEntries(endings.map((outcome) => [`${step.name}.${outcome}`, end(outcome)])),
    after: { [`${step.name}.timeout`]: end('timedOut') },
  };
}

function undoStates(step: Step, next: string, parked: string): Record<string, StateConfig> {
  const stuck = (why: 'refused' | 'exhausted'): Arrow => ({
    target: parked,
    actions: [parking(step, why, undoOf(step))],
  });
  return attemptStates(
    { step: step.name, op: 'undo' },
    {
      succeeded: [{ target: next }],
      refused: [stuck('refused')],
      exhausted: [stuck('exhausted')],
      unreached: [stuck('exhausted')],
      sealed: [stuck('refused')],
    },
  );
}
