import { stateText } from '../core/snapshot.ts';
import { type SagaPlan, type Step, stepsOf } from '../core/steps.ts';
import { type Counterexample, StoryTeller } from './counterexample.ts';
import { type Durations, durationsOf } from './durations.ts';
import type { Guarantee } from './effects.ts';
import { explore, type Space } from './explore.ts';
import { findingsIn, hazardsIn } from './findings.ts';
import type { Happening } from './happenings.ts';
import {
  type MissingCompensation,
  missingCompensations,
  type Need,
  type NeedReason,
  hazardText,
  needsOf,
} from './needs.ts';
import { type Pass, passesOf } from './passes.ts';
import { properties, type Property } from './properties.ts';
import { unreached } from './reach.ts';
import { type RollbackCase, rollbackPlan } from './rollback-plan.ts';
import { SagaModel, type SagaState } from './saga-model.ts';
import { sagaReading } from './saga-reading.ts';
import { assumptionsOf } from './assumptions.ts';

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
  const { plan } = saga;
  const { participants = {}, limit = 100_000 } = options;
  const passes = provePasses(passesOf(plan, participants), participants, limit);
  const counterexamples = shortest(passes.flatMap((pass) => pass.counterexamples));
  const reached = new Set(passes.flatMap((pass) => pass.reached));
  const unexplored = passes.flatMap((pass) => pass.unexplored);
  const missed = unexplored.length === 0 ? unreached(plan, reached) : [];
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
    needs: needsOf(
      plan,
      firstOfEach(passes.flatMap(({ reasons }) => reasons)).map((toReason) => toReason.tell()),
    ),
    missingCompensations: missingCompensations(plan, (step) =>
      passes.some(({ turnedBack }) => turnedBack.has(step)),
    ),
    durations: durationsOf(plan),
    rollback: rollbackPlan(plan),
  };
}

/** Something that a participant has to absorb; its story is told once it is known to be the first. */
interface UntoldReason extends Pick<NeedReason, 'step' | 'hazard'> {
  readonly tell: () => NeedReason;
}

/** What one exploration found. */
interface PassResult {
  readonly about: string;
  readonly states: number;
  readonly arrows: number;
  readonly counterexamples: readonly Counterexample[];
  readonly reasons: readonly UntoldReason[];
  readonly reached: readonly string[];
  /** Steps that took effect in a saga that turned back. */
  readonly turnedBack: ReadonlySet<string>;
  readonly unexplored: readonly string[];
}

/** One after the other; once there is a defect the others are left out. */
function provePasses(
  passes: readonly Pass[],
  participants: Readonly<Record<string, Guarantee>>,
  limit: number,
): readonly PassResult[] {
  const results: PassResult[] = [];
  for (const pass of passes) {
    const isBroken = results.some(({ counterexamples }) => counterexamples.length > 0);
    results.push(isBroken ? leftOut(pass) : prove(pass, participants, limit));
  }
  return results;
}

function leftOut({ about }: Pass): PassResult {
  const none = { counterexamples: [], reasons: [], reached: [], turnedBack: new Set<string>() };
  const unexplored = [`${about}: not looked at, for there are defects already.`];
  return { ...none, about, states: 0, arrows: 0, unexplored };
}

function prove(pass: Pass, participants: Readonly<Record<string, Guarantee>>, limit: number): PassResult {
  const { plan, about } = pass;
  const model = new SagaModel({ ...pass, participants });
  const space = explore(model, limit);
  const reading = sagaReading(plan, (state) => model.isTrimmed(state));
  const steps = new Map(stepsOf(plan).map((step) => [step.name, step]));
  const teller = new StoryTeller({ plan, participants });
  return {
    about,
    states: space.places.length,
    arrows: space.arrows,
    counterexamples: findingsIn(space, reading).map((finding) => ({
      property: finding.property,
      what: finding.what,
      ...teller.tell(finding),
    })),
    reasons: hazardsIn(space, reading).map((found) => {
      const { step, hazard } = found;
      const text = hazardText(steps.get(step) as Step, hazard);
      return { step, hazard, tell: () => ({ step, hazard, text, story: teller.tell(found) }) };
    }),
    reached: [...new Set(space.places.flatMap(({ state }) => reading.nameOf(state).split(' | ')))],
    turnedBack: stepsTurnedBack(space),
    unexplored: unexploredText(about, space, limit),
  };
}

function stepsTurnedBack({ places }: Space<SagaState, Happening>): ReadonlySet<string> {
  const turned = new Set<string>();
  for (const { state } of places) {
    if (state.machine.status !== 'compensated') continue;
    for (const [step, { ordinal }] of Object.entries(state.machine.snapshot.state.context.steps))
      if (ordinal !== undefined) turned.add(step);
  }
  return turned;
}

function unexploredText(
  about: string,
  { unexplored, places }: Space<SagaState, Happening>,
  limit: number,
): readonly string[] {
  const [first] = unexplored;
  if (first === undefined) return [];
  const why =
    places.length - unexplored.length >= limit ? `the limit of ${limit} states was hit` : 'there are defects';
  const states = [...new Set(unexplored.map(({ state }) => stateText(state.machine.snapshot)))];
  return [
    `${about}: ${why}. Everything within ${first.depth} happenings of the start was explored; ` +
      `what follows ${unexplored.length} of ${places.length} states was not, among them ${states.slice(0, 5).join('; ')}.`,
  ];
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

function firstOfEach(reasons: readonly UntoldReason[]): readonly UntoldReason[] {
  const seen = new Set<string>();
  return reasons.filter(({ step, hazard }) => {
    const key = `${step} ${hazard}`;
    const isNew = !seen.has(key);
    seen.add(key);
    return isNew;
  });
}
