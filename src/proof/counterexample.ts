import { stateText, type StoredSnapshot, toStored } from '../core/snapshot.ts';
import type { SagaPlan, Step, Wait } from '../core/steps.ts';
import type { JournalRow } from '../core/store.ts';
import type { SagaLogic } from '../core/transition.ts';
import type { Guarantee } from './effects.ts';
import { type Place, wayTo } from './explore.ts';
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
  /** The plan's machine with guards that say yes, where there is one already. */
  readonly machine?: SagaLogic['machine'];
}

/** Tells findings of one plan as stories; ways that begin alike are gone only once. */
export class StoryTeller {
  readonly #options: StoryOptions;
  /** By the steps that guards skip. */
  readonly #full = new Map<string, WayTeller>();
  readonly #folded = new Map<string, WayTeller>();

  constructor(options: StoryOptions) {
    this.#options = options;
  }

  /** A finding, gone through once more with all the attempts that the definition allows. */
  tell({
    place,
    happening,
    into,
  }: Pick<Finding<SagaState, Happening>, 'place' | 'happening' | 'into'>): Story {
    const { plan } = this.#options;
    const last = happening === undefined || into === undefined ? undefined : { happening, to: into };
    const skipped = skippedIn((into ?? place).state);
    const full = this.#tellerIn(this.#full, plan, skipped).tell(place, last);
    if (full !== undefined) return { ...full, skipped };
    // Where more attempts lead elsewhere, the story is that of the two attempts that were explored.
    const folded = foldedPlan(plan, new GuardOracle());
    const few = this.#tellerIn(this.#folded, folded, skipped).tell(place, last);
    if (few !== undefined) return { ...few, skipped };
    // Where neither can be gone, the story is the way that was explored; it has no journal.
    const lines = [...wayTo(place), ...(last === undefined ? [] : [last])].map((stop) => ({
      name: stop.happening.name,
      text: happeningText(plan, stop.happening),
      state: stateText(stop.to.state.machine.snapshot),
    }));
    return { lines, journal: [], snapshot: null, skipped };
  }

  #tellerIn(known: Map<string, WayTeller>, plan: SagaPlan, skipped: readonly string[]): WayTeller {
    const key = skipped.join();
    const found = known.get(key);
    if (found !== undefined) return found;
    const { participants, machine } = this.#options;
    const decidedPlan = decided(plan, skipped);
    const isGiven = plan === this.#options.plan && skipped.length === 0;
    const made = new WayTeller({
      plan: decidedPlan,
      participants,
      ...(isGiven && machine !== undefined ? { machine } : {}),
    });
    known.set(key, made);
    return made;
  }
}

type SagaPlace = Place<SagaState, Happening>;

/** A way that was gone, up to a place. */
interface GoneWay {
  readonly rehearsal: Rehearsal;
  readonly lines: readonly StoryLine[];
}

/** Goes ways of one plan whose guards have decided. */
class WayTeller {
  readonly #plan: SagaPlan;
  readonly #start: Rehearsal;
  readonly #ways = new Map<SagaPlace, GoneWay | undefined>();

  constructor(options: StoryOptions) {
    this.#plan = options.plan;
    this.#start = new Rehearsal({ ...options, id: 'counterexample' });
  }

  /** The way to a place, and one thing more; `undefined`: it cannot be gone here. */
  tell(
    place: SagaPlace,
    last: { readonly happening: Happening; readonly to: SagaPlace } | undefined,
  ): Omit<Story, 'skipped'> | undefined {
    const before = this.#wayTo(place);
    const way = last === undefined ? before : this.#goOn(before, last.happening, last.to);
    if (way === undefined) return undefined;
    const { rehearsal, lines } = way;
    return { lines, journal: rehearsal.journal, snapshot: toStored(rehearsal.snapshot) };
  }

  #wayTo(place: SagaPlace): GoneWay | undefined {
    if (this.#ways.has(place)) return this.#ways.get(place);
    const { from } = place;
    const way =
      from === undefined
        ? { rehearsal: this.#start, lines: [] }
        : this.#goOn(this.#wayTo(from.place), from.happening, place);
    this.#ways.set(place, way);
    return way;
  }

  /** What ends an attempt ends those that follow, too, until the saga is where it is to be. */
  #goOn(before: GoneWay | undefined, happening: Happening, to: SagaPlace): GoneWay | undefined {
    if (before === undefined) return undefined;
    const rehearsal = before.rehearsal.fork();
    const lines = [...before.lines];
    const state = stateText(to.state.machine.snapshot);
    if (!this.#take(rehearsal, happening, lines)) return undefined;
    for (let more = 0; more < mostAttempts && stateText(rehearsal.snapshot) !== state; more += 1) {
      const backoff = rehearsal.possible({ byPeople: false }).find(({ name }) => name.endsWith('.backoff'));
      if (backoff === undefined || !this.#take(rehearsal, backoff, lines)) return undefined;
      if (!this.#take(rehearsal, happening, lines)) return undefined;
    }
    return stateText(rehearsal.snapshot) === state ? { rehearsal, lines } : undefined;
  }

  #take(rehearsal: Rehearsal, wanted: Happening, lines: StoryLine[]): boolean {
    const among = (possible: readonly Happening[]) =>
      possible.find(({ name }) => name === wanted.name) ??
      possible.find(({ event }) => event !== undefined && event.type === wanted.event?.type);
    const found = among(rehearsal.possible({ byPeople: false })) ?? among(rehearsal.possible());
    if (found === undefined || !rehearsal.take(found)) return false;
    const text = happeningText(this.#plan, found);
    lines.push({ name: found.name, text, state: stateText(rehearsal.snapshot) });
    return true;
  }
}

/** A story of more attempts than that is told with two. */
const mostAttempts = 20;

/** The plan with guards that say what they said on a way. */
export function decided(plan: SagaPlan, skipped: readonly string[]): SagaPlan {
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
