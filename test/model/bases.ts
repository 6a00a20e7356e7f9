import type { Rules } from './rules.ts';
import { group, pivotLast, sequence, withPivot } from './sagas.ts';
import { type Scenario, unlimited } from './scenario.ts';

/** A world in which the protocol must hold. */
export interface Base {
  readonly name: string;
  readonly scenario: Scenario;
  /** Guarantees that the world does without, such as those of the participant kit. */
  readonly without?: Partial<Rules>;
  /** A floor for the number of states: a world that hardly moves proves nothing. */
  readonly atLeast: number;
  /** Statuses that some state must have. */
  readonly reaches: readonly string[];
  /** The same world with wider bounds, for a long run. */
  readonly wide?: Scenario;
}

const wayward = ['refused', 'failed', 'unreachable'] as const;
const allEnds = ['completed', 'compensated', 'failed'];

const twoSteps: Scenario = {
  saga: sequence(2),
  nodes: 2,
  troubles: wayward,
  budgets: { takeovers: 1, crashes: 1, cancels: 1 },
};
const duplicated: Scenario = {
  saga: sequence(2, { attempts: 1, deadline: true }),
  nodes: 2,
  troubles: wayward,
  budgets: { takeovers: unlimited, crashes: unlimited, cancels: 1 },
  duplicates: true,
};
const threeSteps: Scenario = { saga: sequence(3), nodes: 1, troubles: wayward, budgets: { cancels: 1 } };
const pivot: Scenario = {
  saga: pivotLast({ deadline: true }),
  nodes: 2,
  troubles: wayward,
  budgets: { takeovers: 1, cancels: 1 },
};
const pivotDuplicated: Scenario = {
  saga: withPivot({ attempts: 1, deadline: true }),
  nodes: 2,
  troubles: ['refused', 'failed', 'unreachable', 'actionUnsendable', 'sealUnsendable'],
  budgets: { takeovers: unlimited, crashes: unlimited, cancels: 1 },
  duplicates: true,
};
const parallel: Scenario = { saga: group(), nodes: 1, troubles: wayward, budgets: { cancels: 1 } };
const parallelTakenOver: Scenario = {
  saga: group({ attempts: 1 }),
  nodes: 2,
  troubles: ['refused', 'unreachable'],
  budgets: { takeovers: 1, cancels: 1 },
  duplicates: true,
};
const parallelThenStep: Scenario = {
  saga: group({ isLast: false, attempts: 1, deadline: true }),
  nodes: 2,
  troubles: ['refused'],
  budgets: { takeovers: 1 },
};
const slow: Scenario = {
  saga: sequence(2),
  nodes: 2,
  troubles: ['inProgress', 'garbled', 'actionUnsendable'],
  budgets: { polls: 1, takeovers: 1 },
};
const asked: Scenario = {
  saga: sequence(2, { onFailure: 'ask' }),
  nodes: 1,
  troubles: ['refused', 'unreachable'],
  budgets: { persons: 2, cancels: 1 },
  duplicates: true,
};
const pivotAsked: Scenario = {
  saga: withPivot({ attempts: 1, onFailure: 'ask', deadline: true }),
  nodes: 2,
  troubles: ['refused', 'unreachable'],
  budgets: { persons: 1, takeovers: 1 },
};
const insisting: Scenario = {
  saga: sequence(2, { onFailure: 'retry' }),
  nodes: 1,
  troubles: wayward,
  budgets: { cancels: 1 },
  duplicates: true,
};
const parked: Scenario = {
  saga: sequence(2),
  nodes: 1,
  troubles: ['refused'],
  budgets: { engineParks: 1, persons: 1, cancels: 1 },
};
const parallelParked: Scenario = {
  saga: group({ attempts: 1 }),
  nodes: 1,
  troubles: ['refused'],
  budgets: { engineParks: 1, persons: 1, cancels: 1 },
};
const parkedPivot: Scenario = {
  saga: withPivot({ attempts: 1 }),
  nodes: 2,
  troubles: ['refused'],
  budgets: { engineParks: 1, persons: 1, takeovers: 1 },
};
const stuckUndo: Scenario = {
  saga: sequence(2),
  nodes: 1,
  troubles: ['refused', 'undoRefused'],
  budgets: { persons: 1, cancels: 1 },
};
const twiceWritten: Scenario = {
  saga: sequence(2, { attempts: 1 }),
  nodes: 2,
  troubles: ['refused'],
  budgets: { doubleWrites: 1, takeovers: 1, cancels: 1 },
};
const forgetful: Scenario = { saga: sequence(2), nodes: 2, troubles: wayward, budgets: { takeovers: 1 } };
const dirty: Scenario = {
  saga: sequence(2, { undo: 'always', onFailure: 'ask' }),
  nodes: 1,
  troubles: ['refused', 'dirtyRefused'],
  budgets: { persons: 1, cancels: 1 },
};
const bare: Scenario = {
  saga: sequence(2),
  nodes: 1,
  troubles: wayward,
  budgets: { cancels: 1 },
  boundedDelay: true,
};

/** Worlds in which the protocol must hold. */
export const bases: readonly Base[] = [
  {
    name: 'two steps, two nodes, takeover, crash, cancel',
    scenario: twoSteps,
    atLeast: 60_000,
    reaches: allEnds,
    wide: { ...twoSteps, budgets: { takeovers: 2, crashes: 2, cancels: 1 } },
  },
  {
    name: 'two steps, many takeovers and crashes, every message any number of times, cancel and deadline',
    scenario: duplicated,
    atLeast: 40_000,
    reaches: allEnds,
    wide: {
      ...duplicated,
      saga: sequence(2, { deadline: true }),
      budgets: { takeovers: 2, crashes: 1, cancels: 1 },
    },
  },
  {
    name: 'three steps, cancel',
    scenario: threeSteps,
    atLeast: 4_000,
    reaches: allEnds,
    wide: { ...threeSteps, nodes: 2, budgets: { takeovers: 1, cancels: 1 } },
  },
  {
    name: 'a pivot, takeover, cancel and deadline',
    scenario: pivot,
    atLeast: 20_000,
    reaches: allEnds,
    wide: { ...pivot, saga: withPivot({ deadline: true }), duplicates: true },
  },
  {
    name: 'a pivot and a step after it, many takeovers and crashes, duplicates, cancel and deadline',
    scenario: pivotDuplicated,
    atLeast: 40_000,
    reaches: allEnds,
    wide: {
      ...pivotDuplicated,
      saga: withPivot({ deadline: true }),
      budgets: { takeovers: 2, crashes: 1, cancels: 1 },
    },
  },
  {
    name: 'two parallel steps, cancel',
    scenario: parallel,
    atLeast: 10_000,
    reaches: allEnds,
    wide: { ...parallel, duplicates: true },
  },
  {
    name: 'two parallel steps, takeover, duplicates, cancel',
    scenario: parallelTakenOver,
    atLeast: 6_000,
    reaches: allEnds,
    wide: { ...parallelTakenOver, saga: group(), duplicates: false },
  },
  {
    name: 'two parallel steps and one after them, takeover, deadline',
    scenario: parallelThenStep,
    atLeast: 6_000,
    reaches: allEnds,
    wide: { ...parallelThenStep, troubles: wayward, budgets: { takeovers: 1, cancels: 1 } },
  },
  {
    name: 'answers in progress, unreadable replies, commands that cannot be sent, takeover',
    scenario: slow,
    atLeast: 10_000,
    reaches: allEnds,
  },
  {
    name: 'a person retries what was refused, or turns back; duplicates',
    scenario: asked,
    atLeast: 50_000,
    reaches: allEnds,
  },
  {
    name: 'a person decides about a pivot, and about the step after it',
    scenario: pivotAsked,
    atLeast: 10_000,
    reaches: allEnds,
    wide: { ...pivotAsked, budgets: { persons: 2, takeovers: 1, cancels: 1 } },
  },
  {
    name: 'what was refused is tried again by itself; duplicates',
    scenario: insisting,
    atLeast: 1_000,
    reaches: allEnds,
  },
  {
    name: 'the engine parks the saga anywhere, and a person goes on',
    scenario: parked,
    atLeast: 4_000,
    reaches: allEnds,
    wide: { ...parked, nodes: 2, budgets: { ...parked.budgets, takeovers: 1 } },
  },
  {
    name: 'the engine parks parallel steps anywhere, and a person goes on',
    scenario: parallelParked,
    atLeast: 4_000,
    reaches: allEnds,
    wide: {
      ...parallelParked,
      saga: group({ onFailure: 'ask' }),
      budgets: { ...parallelParked.budgets, persons: 2 },
    },
  },
  {
    name: 'the engine parks a saga with a pivot anywhere, and a person goes on',
    scenario: parkedPivot,
    atLeast: 4_000,
    reaches: allEnds,
    wide: { ...parkedPivot, saga: withPivot({ deadline: true }) },
  },
  {
    name: 'an undo is refused, and a person asks again',
    scenario: stuckUndo,
    atLeast: 5_000,
    reaches: allEnds,
    wide: { ...stuckUndo, nodes: 2, budgets: { ...stuckUndo.budgets, takeovers: 1 } },
  },
  { name: 'a write reaches the database twice', scenario: twiceWritten, atLeast: 3_000, reaches: allEnds },
  {
    name: 'participants that do not remember refusals',
    scenario: forgetful,
    without: { storedRefusal: false },
    atLeast: 4_000,
    reaches: allEnds,
  },
  {
    name: 'participants whose refusals leave effects behind, undone always',
    scenario: dirty,
    without: { storedRefusal: false },
    atLeast: 5_000,
    reaches: allEnds,
  },
  {
    name: 'participants without barrier, where no message outlives its timeout',
    scenario: bare,
    without: { tombstone: false, storedRefusal: false },
    atLeast: 1_000,
    reaches: allEnds,
  },
];
