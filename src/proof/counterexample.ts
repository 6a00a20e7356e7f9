import { toMachine } from '../core/machine.ts';
import { stateText, type StoredSnapshot, toStored } from '../core/snapshot.ts';
import type { SagaPlan, Step, Wait } from '../core/steps.ts';
import type { JournalRow } from '../core/store.ts';
import type { SagaLogic } from '../core/transition.ts';
import type { Guarantee } from './effects.ts';
import { wayTo } from './explore.ts';
import type { Finding } from './findings.ts';
import type { Happening } from './happenings.ts';
import { foldedPlan, GuardOracle, withNodes } from './folded-plan.ts';
import type { Property } from './properties.ts';
import { Rehearsal } from './rehearsal.ts';
import type { SagaState } from './saga-model.ts';
import { happeningText } from './words.ts';

/** One line of a story. */
export interface StoryLine {
  /** What happened, as `given(…).when(…)` takes it. */
  readonly name: string;
  readonly text: string;
  /** Where the saga is afterwards: `running.charge.executing`. */
  readonly state: string;
}

/** The shortest way to something that must not be, or that a participant has to absorb. */
export interface Story {
  readonly lines: readonly StoryLine[];
  /** The journal as the engine would have written it, and the snapshot after it: what a chart draws the path from. */
  readonly journal: readonly JournalRow[];
  readonly snapshot: StoredSnapshot | null;
  /** Steps that their guards skip on this way. */
  readonly skipped: readonly string[];
}

/** A property that does not hold, and the shortest way to see it. */
export interface Counterexample extends Story {
  readonly property: Property;
  /** What is wrong in the end. */
  readonly what: string;
}

/** What a story is told from. */
export interface StoryOptions {
  readonly plan: SagaPlan;
  readonly participants: Readonly<Record<string, Guarantee>>;
}

/** Tells findings of one plan as stories; the machines that it takes are made once. */
export class StoryTeller {
  readonly #options: StoryOptions;
  /** By the steps that guards skip. */
  readonly #full = new Map<string, StoryLogic>();
  readonly #folded = new Map<string, StoryLogic>();

  constructor(options: StoryOptions) {
    this.#options = options;
  }

  /** A finding, gone through once more with all the attempts that the definition allows. */
  tell({
    place,
    happening,
    into,
  }: Pick<Finding<SagaState, Happening>, 'place' | 'happening' | 'into'>): Story {
    const way = [
      ...wayTo(place),
      ...(happening === undefined || into === undefined ? [] : [{ happening, to: into }]),
    ];
    const { plan, participants } = this.#options;
    const skipped = skippedIn((into ?? place).state);
    const stops = way.map((one) => ({
      happening: one.happening,
      state: stateText(one.to.state.machine.snapshot),
    }));
    const full = told({ ...logicIn(this.#full, plan, skipped), participants }, stops);
    if (full !== undefined) return { ...full, skipped };
    // Where more attempts lead elsewhere, the story is that of the two attempts that were explored.
    const folded = foldedPlan(plan, new GuardOracle());
    const few = told({ ...logicIn(this.#folded, folded, skipped), participants }, stops);
    if (few !== undefined) return { ...few, skipped };
    // Where neither can be gone, the story is the way that was explored; it has no journal.
    const lines = stops.map((stop) => ({
      name: stop.happening.name,
      text: happeningText(plan, stop.happening),
      state: stop.state,
    }));
    return { lines, journal: [], snapshot: null, skipped };
  }
}

interface StoryLogic extends SagaLogic {
  readonly participants?: StoryOptions['participants'];
}

function logicIn(known: Map<string, StoryLogic>, plan: SagaPlan, skipped: readonly string[]): StoryLogic {
  const key = skipped.join();
  const found = known.get(key);
  if (found !== undefined) return found;
  const decidedPlan = decided(plan, skipped);
  const made = { plan: decidedPlan, machine: toMachine(decidedPlan) };
  known.set(key, made);
  return made;
}

/** Where a way leads through. */
interface Stop {
  readonly happening: Happening;
  readonly state: string;
}

/** Goes the way; what ends an attempt ends those that follow, too, until the saga is where it is to be. */
function told(
  { plan, machine, participants = {} }: StoryLogic,
  stops: readonly Stop[],
): Omit<Story, 'skipped'> | undefined {
  const rehearsal = new Rehearsal({ plan, machine, participants, id: 'counterexample' });
  const lines: StoryLine[] = [];
  const take = (wanted: Happening): boolean => {
    const among = (possible: readonly Happening[]) =>
      possible.find(({ name }) => name === wanted.name) ??
      possible.find(({ event }) => event !== undefined && event.type === wanted.event?.type);
    const found = among(rehearsal.possible({ byPeople: false })) ?? among(rehearsal.possible());
    if (found === undefined || !rehearsal.take(found)) return false;
    const state = stateText(rehearsal.snapshot);
    lines.push({ name: found.name, text: happeningText(plan, found), state });
    return true;
  };
  for (const { happening, state } of stops) {
    if (!take(happening)) return undefined;
    for (let more = 0; more < mostAttempts && stateText(rehearsal.snapshot) !== state; more += 1) {
      const backoff = rehearsal.possible({ byPeople: false }).find(({ name }) => name.endsWith('.backoff'));
      if (backoff === undefined || !take(backoff) || !take(happening)) return undefined;
    }
    if (stateText(rehearsal.snapshot) !== state) return undefined;
  }
  return { lines, journal: rehearsal.journal, snapshot: toStored(rehearsal.snapshot) };
}

/** A story of more attempts than that is told with two. */
const mostAttempts = 20;

/** The plan with guards that say what they said on a way. */
function decided(plan: SagaPlan, skipped: readonly string[]): SagaPlan {
  const guarded = <Node extends Step | Wait>(node: Node): Node => ({
    ...node,
    when: node.when && (() => !skipped.includes(node.name)),
  });
  return withNodes(plan, { step: guarded, wait: guarded });
}

function skippedIn({ machine }: SagaState): readonly string[] {
  return Object.entries(machine.snapshot.state.context.steps)
    .filter(([, { status, attempts }]) => status === 'skipped' && attempts.do === undefined)
    .map(([name]) => name);
}
