import type { SeededRandom } from './seeded-random.ts';

/** What goes wrong in a simulated world, and how often. Shares are probabilities from 0 to 1. */
export interface Faults {
  /** Store calls that never reach the database. */
  readonly callLost: number;
  /** Store calls that take effect, but whose answer is lost. */
  readonly answerLost: number;
  /** Store calls that their caller has given up on when they take effect. */
  readonly callLate: number;
  /** Store calls that take seconds. */
  readonly callSlow: number;
  /** Commands that arrive nowhere. */
  readonly commandLost: number;
  /** Commands that arrive twice. */
  readonly commandDoubled: number;
  /** Commands that arrive long after their timeout. */
  readonly commandLate: number;
  /** Commands that find nobody listening. */
  readonly unreachable: number;
  readonly replyLost: number;
  readonly replyLate: number;
  /** Replies that cannot be read. */
  readonly replyGarbled: number;
  /** Actions that a participant refuses. */
  readonly refused: number;
  /** Commands in which a participant fails: it rolls back and says so. */
  readonly failed: number;
  /** Commands that a participant answers with "still at work". */
  readonly inProgress: number;
  /** Commands that a participant takes seconds for. */
  readonly slow: number;
  /** Compensations that a participant refuses. */
  readonly undoRefused: number;
  /** Hooks that throw. */
  readonly hookThrows: number;
  /** How long it takes on average until a node is killed; ms. 0: never. So with all that follow. */
  readonly killEvery: number;
  /** Until a node is stopped for longer than its lease, and then goes on. */
  readonly stopEvery: number;
  /** Until a node is shut down in good order. */
  readonly closeEvery: number;
  /** Until a node loses its connection to the participants. */
  readonly cutEvery: number;
  /** Until the database is gone for seconds. */
  readonly outageEvery: number;
}

/** The most of each that a world has. */
const worst: Faults = {
  callLost: 0.08,
  answerLost: 0.08,
  callLate: 0.05,
  callSlow: 0.05,
  commandLost: 0.15,
  commandDoubled: 0.2,
  commandLate: 0.2,
  unreachable: 0.2,
  replyLost: 0.2,
  replyLate: 0.15,
  replyGarbled: 0.05,
  refused: 0.15,
  failed: 0.2,
  inProgress: 0.1,
  slow: 0.15,
  undoRefused: 0.1,
  hookThrows: 0.3,
  killEvery: 1_200,
  stopEvery: 3_000,
  closeEvery: 4_000,
  cutEvery: 3_000,
  outageEvery: 5_000,
};

/** Nothing goes wrong. */
export const calm: Faults = Object.freeze(
  Object.fromEntries(Object.keys(worst).map((name) => [name, 0])) as unknown as Faults,
);

/**
 * The faults of one world. Not all in each: what happens all the time hides what happens seldom ("swarm testing",
 * Groce et al. 2012).
 */
export function drawFaults(random: SeededRandom): Faults {
  const drawn = Object.entries(worst).map(([name, most]) => {
    const isIn = random.chance(0.6);
    const strength = random.between(0.2, 1);
    return [name, isIn ? (name.endsWith('Every') ? most / strength : most * strength) : 0] as const;
  });
  return Object.fromEntries(drawn) as unknown as Faults;
}
