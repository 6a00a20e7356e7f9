import type { SagaPlan } from '../core/steps.ts';
import { assumptionsOf } from './assumptions.ts';
import type { Counterexample } from './counterexample.ts';
import { type Durations, durationsOf } from './durations.ts';
import type { Guarantee } from './effects.ts';
import {
  type MissingCompensation,
  missingCompensations,
  type Need,
  type NeedReason,
  needsOf,
} from './needs.ts';
import { type PassResult, provePasses, type UntoldReason } from './pass-proof.ts';
import { passesOf } from './passes.ts';
import { allNow, type Piecewise } from './piecewise.ts';
import { properties, type Property } from './properties.ts';
import { restsOf, unreached } from './reach.ts';
import { type RollbackCase, rollbackPlan, unguarded } from './rollback-plan.ts';

/** What a proof is told besides the saga. */
export interface ProofOptions {
  /** What participants guarantee; those left out have a barrier, as the participant kit does. */
  readonly participants?: Readonly<Record<string, Guarantee>>;
  /** The most states of one exploration. Default 100,000. */
  readonly limit?: number;
}

/** Whether one property holds. */
export interface PropertyResult {
  readonly property: Property;
  readonly text: string;
  readonly holds: boolean;
}

/** What was found out about a saga; plain JSON. */
export interface ProofReport {
  readonly saga: string;
  readonly version: number;
  /** Every property holds in everything that was explored. */
  readonly isSound: boolean;
  /** Everything was explored, under the assumptions. */
  readonly isComplete: boolean;
  readonly properties: readonly PropertyResult[];
  /** Of each defect the shortest one, the shortest of all first. */
  readonly counterexamples: readonly Counterexample[];
  readonly explored: readonly { readonly about: string; readonly states: number; readonly arrows: number }[];
  /** What was not explored because a limit was hit. */
  readonly unexplored: readonly string[];
  readonly assumptions: readonly string[];
  /** What participants must guarantee. */
  readonly needs: readonly Need[];
  readonly missingCompensations: readonly MissingCompensation[];
  readonly durations: Durations;
  readonly rollback: readonly RollbackCase[];
}

/**
 * Explores every reachable state of a saga's generated machine, with its participants, people and clocks doing whatever
 * they may, and says which properties hold. Pure; no participant is asked for anything. Throws `DefinitionError` for a
 * saga whose options make no sense.
 */
export function proof(saga: { readonly plan: SagaPlan }, options: ProofOptions = {}): ProofReport {
  return allNow(proofInPieces(saga, options));
}

/** The same as work that can be left at any state it comes to: for a process that has other things to do meanwhile. */
export function* proofInPieces(
  { plan }: { readonly plan: SagaPlan },
  { participants = {}, limit = 100_000 }: ProofOptions = {},
): Piecewise<ProofReport> {
  const logic = unguarded(plan);
  const { machine } = logic;
  const passes = yield* provePasses(passesOf(plan, participants), {
    participants,
    limit,
    logic: { plan, machine },
  });
  const counterexamples = shortest(passes.flatMap((pass) => pass.counterexamples));
  const unexplored = passes.flatMap((pass) => pass.unexplored);
  const missed =
    unexplored.length === 0 ? (yield* missedBy(passes, restsOf(plan, machine))).map(unreached) : [];
  const all = [...counterexamples, ...missed];
  return {
    saga: plan.name,
    version: plan.version,
    isSound: all.length === 0,
    isComplete: unexplored.length === 0,
    properties: Object.entries(properties).map(([property, text]) => ({
      property: property as Property,
      text,
      holds: !all.some((one) => one.property === property),
    })),
    counterexamples: all,
    explored: passes.map(({ about, states, arrows }) => ({ about, states, arrows })),
    unexplored,
    assumptions: assumptionsOf(plan, participants),
    needs: needsOf(plan, yield* reasonsOf(passes)),
    missingCompensations: missingCompensations(plan, (step) =>
      passes.some(({ turnedBack }) => turnedBack.has(step)),
    ),
    durations: durationsOf(plan),
    rollback: rollbackPlan(plan, logic),
  };
}

/** States that no pass came to, nor people who override the saga property; those are only asked about the rest. */
function* missedBy(passes: readonly PassResult[], states: readonly string[]): Piecewise<readonly string[]> {
  const missed = new Set(states);
  for (const state of passes.flatMap(({ reached }) => reached)) missed.delete(state);
  for (const { overridden } of passes) {
    if (missed.size === 0) break;
    for (const state of overridden()) {
      missed.delete(state);
      if (missed.size === 0) break;
      yield;
    }
  }
  return [...missed];
}

/** Of each defect the shortest, the shortest first. */
function shortest(all: readonly Counterexample[]): readonly Counterexample[] {
  const order = Object.keys(properties);
  const sorted = all.toSorted(
    (a, b) => a.lines.length - b.lines.length || order.indexOf(a.property) - order.indexOf(b.property),
  );
  return sorted.filter(
    (one, index) =>
      sorted.findIndex((other) => other.property === one.property && other.what === one.what) === index,
  );
}

function* reasonsOf(passes: readonly PassResult[]): Piecewise<readonly NeedReason[]> {
  const told: NeedReason[] = [];
  for (const { tell } of firstOfEach(passes.flatMap(({ reasons }) => reasons))) {
    told.push(tell());
    yield;
  }
  return told;
}

function firstOfEach(reasons: readonly UntoldReason[]): readonly UntoldReason[] {
  const seen = new Set<string>();
  return reasons.filter(({ step, hazard }) => {
    const key = `${step} ${hazard}`;
    const isNew = !seen.has(key);
    seen.add(key);
    return isNew;
  });
}
