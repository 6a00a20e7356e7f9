import { stateText } from '../core/snapshot.ts';
import { type SagaPlan, type Step, stepsOf } from '../core/steps.ts';
import type { SagaLogic } from '../core/transition.ts';
import { type Counterexample, StoryTeller } from './counterexample.ts';
import type { Guarantee } from './effects.ts';
import { explore, type Space } from './explore.ts';
import { type Finding, findingsIn, hazardsIn } from './findings.ts';
import type { Happening } from './happenings.ts';
import { MachineWalk } from './machine-walk.ts';
import { hazardText, type NeedReason } from './needs.ts';
import type { Pass } from './passes.ts';
import type { Piecewise } from './piecewise.ts';
import { SagaModel, type SagaState } from './saga-model.ts';
import { sagaReading } from './saga-reading.ts';
import { byLength } from './shortest-ways.ts';
import { toldLength } from './told-length.ts';

/** What explorations have in common. */
export interface PassOptions {
  readonly participants: Readonly<Record<string, Guarantee>>;
  /** The most states of one exploration. */
  readonly limit: number;
  /** The whole plan, and its machine with guards that say yes. */
  readonly logic: Pick<SagaLogic, 'plan' | 'machine'>;
}

/** Something that a participant has to absorb; its story is told once it is known to be the first. */
export interface UntoldReason extends Pick<NeedReason, 'step' | 'hazard'> {
  readonly tell: () => NeedReason;
}

/** What one exploration found. */
export interface PassResult {
  readonly about: string;
  readonly states: number;
  readonly arrows: number;
  readonly counterexamples: readonly Counterexample[];
  readonly reasons: readonly UntoldReason[];
  readonly reached: readonly string[];
  /** The same, one by one, for what people bring about who override the saga property. */
  readonly overridden: () => Iterable<string>;
  /** Steps that took effect in a saga that turned back. */
  readonly turnedBack: ReadonlySet<string>;
  readonly unexplored: readonly string[];
}

/** One after the other; once there is a defect the others are left out. */
export function* provePasses(
  passes: readonly Pass[],
  options: PassOptions,
): Piecewise<readonly PassResult[]> {
  const prover = new PassProver(options);
  const results: PassResult[] = [];
  for (const pass of passes) {
    const isBroken = results.some(({ counterexamples }) => counterexamples.length > 0);
    results.push(isBroken ? leftOut(pass) : yield* prover.prove(pass));
  }
  return results;
}

/** Explores passes; those of one plan walk one machine, and remember its moves for each other. */
class PassProver {
  readonly #options: PassOptions;
  readonly #walks = new Map<SagaPlan, MachineWalk>();

  constructor(options: PassOptions) {
    this.#options = options;
  }

  *prove(pass: Pass): Piecewise<PassResult> {
    const { participants, limit } = this.#options;
    const { plan, about } = pass;
    const model = new SagaModel({ ...pass, participants, walk: this.#walkOf(plan) });
    const explored = yield* explore(model, limit);
    const reading = sagaReading(plan, model);
    const isSound = (yield* findingsIn(explored, reading)).length === 0;
    // Only what is told has to be the shortest there is.
    const space = isSound ? explored : byLength(explored, toldLength(plan));
    const steps = new Map(stepsOf(plan).map((step) => [step.name, step]));
    const teller = this.#tellerOf(plan);
    return {
      about,
      states: space.places.length,
      arrows: space.arrows,
      counterexamples: isSound ? [] : yield* toldOf(teller, yield* findingsIn(space, reading)),
      reasons: (yield* hazardsIn(space, reading)).map((found) => {
        const { step, hazard } = found;
        const text = hazardText(steps.get(step) as Step, hazard);
        return { step, hazard, tell: () => ({ step, hazard, text, story: teller.tell(found) }) };
      }),
      reached: statesIn(space),
      overridden: () => overriddenIn(model, space),
      turnedBack: stepsTurnedBack(space),
      unexplored: unexploredText(about, explored, limit),
    };
  }

  #walkOf(plan: SagaPlan): MachineWalk {
    const walk = this.#walks.get(plan) ?? new MachineWalk(plan);
    this.#walks.set(plan, walk);
    return walk;
  }

  #tellerOf(plan: SagaPlan): StoryTeller {
    const { participants, logic } = this.#options;
    return new StoryTeller({
      plan,
      participants,
      ...(plan === logic.plan ? { machine: logic.machine } : {}),
    });
  }
}

function leftOut({ about }: Pass): PassResult {
  const none = { counterexamples: [], reasons: [], reached: [], turnedBack: new Set<string>() };
  const overridden = () => [];
  const unexplored = [`${about}: not looked at, for there are defects already.`];
  return { ...none, about, states: 0, arrows: 0, overridden, unexplored };
}

function* toldOf(
  teller: StoryTeller,
  findings: readonly Finding<SagaState, Happening>[],
): Piecewise<readonly Counterexample[]> {
  const told: Counterexample[] = [];
  for (const finding of findings) {
    told.push({ property: finding.property, what: finding.what, ...teller.tell(finding) });
    yield;
  }
  return told;
}

function statesIn({ places }: Space<SagaState, Happening>): readonly string[] {
  const machines = new Set(places.map(({ state }) => state.machine));
  return [...new Set([...machines].flatMap(({ snapshot }) => innermost(stateText(snapshot))))];
}

function* overriddenIn(model: SagaModel, { places }: Space<SagaState, Happening>): Iterable<string> {
  for (const machine of new Set(places.map(({ state }) => state.machine)))
    for (const state of model.overridden(machine)) yield* innermost(state);
}

/** Of regions side by side each by itself. */
function innermost(state: string): readonly string[] {
  return state.split(' | ');
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

/** Regions of groups make many states; nobody reads more names than that. */
const mostNamed = 100;

function unexploredText(
  about: string,
  { unexplored, places }: Space<SagaState, Happening>,
  limit: number,
): readonly string[] {
  const [first] = unexplored;
  if (first === undefined) return [];
  const why =
    places.length - unexplored.length >= limit ? `the limit of ${limit} states was hit` : 'there are defects';
  const counts = new Map<string, number>();
  for (const { state } of unexplored) {
    const name = stateText(state.machine.snapshot);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const named = [...counts].map(([name, count]) => (count === 1 ? name : `${name} (${count} ways)`));
  const more = named.length - mostNamed;
  const states = [
    ...named.slice(0, mostNamed),
    ...(more > 0 ? [`and ${more} more places in the chart`] : []),
  ];
  return [
    `${about}: ${why}. Everything within ${first.depth} happenings of the start (attempts that repeat the first not counted) was explored; ` +
      `what follows ${unexplored.length} of ${places.length} states was not: ${states.join('; ')}.`,
  ];
}
