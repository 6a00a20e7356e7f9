import type { Hazard } from './effects.ts';
import { type Place, type Space } from './explore.ts';
import type { Facts, Mover, NamedHappening } from './facts.ts';
import type { Piecewise } from './piecewise.ts';
import { type Breach, breachesBetween, breachesIn } from './properties.ts';

/** A place where a property breaks, on the shortest way to it. */
export interface Finding<State, Happening> extends Breach {
  readonly place: Place<State, Happening>;
  /** What happens there, for a property of transitions. */
  readonly happening?: Happening;
  readonly into?: Place<State, Happening>;
}

/** What the properties need to know of a model. */
export interface Reading<State, Happening extends NamedHappening> {
  readonly factsOf: (state: State) => Facts;
  /** Whether a property of states breaks in it (`breachesIn`). */
  readonly isBroken: (state: State) => boolean;
  /** Whether it is closed, or with a person (`isAtRest`). */
  readonly isAtRest: (state: State) => boolean;
  /** Whether an effect may have been undone on the way from one to the other. */
  readonly isUndoing: (before: State, after: State) => boolean;
  readonly moverOf: (happening: Happening) => Mover;
  /** The state's own words: states with the same name are the same place in the chart. */
  readonly nameOf: (state: State) => string;
  /** The model leaves out what may happen here. */
  readonly isTrimmed: (state: State) => boolean;
  readonly hazardOf: (happening: Happening) => { readonly step: string; readonly hazard: Hazard } | undefined;
}

/** Every property that does not hold in a space: of each breach the one with the shortest way. */
export function* findingsIn<State, Happening extends NamedHappening>(
  { places, unexplored }: Space<State, Happening>,
  reading: Reading<State, Happening>,
): Piecewise<readonly Finding<State, Happening>[]> {
  const found = new Map<string, Finding<State, Happening>>();
  const note = (finding: Finding<State, Happening>) => {
    const key = `${finding.property} ${finding.what}`;
    if (!found.has(key)) found.set(key, finding);
  };
  const facts: (Facts | undefined)[] = [];
  const factsAt = (place: Place<State, Happening>) => (facts[place.index] ??= reading.factsOf(place.state));
  const open = new Set(unexplored);
  for (const place of places) {
    if (reading.isBroken(place.state))
      for (const breach of breachesIn(factsAt(place))) note({ ...breach, place });
    if (!open.has(place) && !reading.isAtRest(place.state) && !hasAlarm(place, reading))
      note({ ...untimed(reading.nameOf(place.state)), place });
    for (const { happening, to } of place.onward) {
      if (!reading.isUndoing(place.state, to.state)) continue;
      for (const breach of breachesBetween(factsAt(place), factsAt(to)))
        note({ ...breach, place, happening, into: to });
    }
    yield;
  }
  const isEnd = (place: Place<State, Happening>) =>
    open.has(place) || place.onward.length === 0 || reading.isAtRest(place.state);
  for (const finding of endless(places, isEnd, reading)) note(finding);
  return [...found.values()];
}

function untimed(state: string): Breach {
  return { property: 'timeouts', what: `nothing ends the wait in ${state} but an answer` };
}

/** Whether time leads on from here. A deadline that changes nothing does not. */
function hasAlarm<State, Happening extends NamedHappening>(
  place: Place<State, Happening>,
  { moverOf, isTrimmed }: Reading<State, Happening>,
): boolean {
  if (isTrimmed(place.state)) return true;
  return place.onward.some(
    ({ happening, to }) => moverOf(happening) === 'time' && (to !== place || happening.name !== 'deadline'),
  );
}

/** A place from which time alone leads to no rest, though there are alarms: one that it comes back to. */
function endless<State, Happening extends NamedHappening>(
  places: readonly Place<State, Happening>[],
  isEnd: (place: Place<State, Happening>) => boolean,
  reading: Reading<State, Happening>,
): readonly Finding<State, Happening>[] {
  const onward = (place: Place<State, Happening>) =>
    place.onward
      .filter(({ happening }) => reading.moverOf(happening) === 'time' || reading.isTrimmed(place.state))
      .map(({ to }) => to);
  const before = new Map<Place<State, Happening>, Place<State, Happening>[]>();
  for (const place of places)
    for (const to of onward(place)) {
      const earlier = before.get(to);
      if (earlier === undefined) before.set(to, [place]);
      else earlier.push(place);
    }
  const ending = new Set(places.filter(isEnd));
  for (const place of ending) for (const earlier of before.get(place) ?? []) ending.add(earlier);
  const stuck = places.filter((place) => !ending.has(place) && hasAlarm(place, reading));
  const found = stuck.find((place) => reaches(place, onward)) ?? stuck[0];
  if (found === undefined) return [];
  return [{ property: 'ends', what: `nothing leads out of ${reading.nameOf(found.state)}`, place: found }];
}

/** Whether a place comes back to itself. */
function reaches<Node>(from: Node, onward: (place: Node) => readonly Node[]): boolean {
  const seen = new Set(onward(from));
  for (const place of seen) for (const to of onward(place)) seen.add(to);
  return seen.has(from);
}

/** Something that a participant has to absorb, and where. */
export interface FoundHazard<State, Happening> {
  readonly step: string;
  readonly hazard: Hazard;
  readonly place: Place<State, Happening>;
  readonly happening: Happening;
  readonly into: Place<State, Happening>;
}

/** The hazards that a space holds: for each step and hazard the one with the shortest way. */
export function* hazardsIn<State, Happening extends NamedHappening>(
  { places }: Space<State, Happening>,
  { hazardOf }: Reading<State, Happening>,
): Piecewise<readonly FoundHazard<State, Happening>[]> {
  const found = new Map<string, FoundHazard<State, Happening>>();
  for (const place of places) {
    for (const { happening, to } of place.onward) {
      const hazard = hazardOf(happening);
      if (hazard === undefined) continue;
      const key = `${hazard.step} ${hazard.hazard}`;
      if (!found.has(key)) found.set(key, { ...hazard, place, happening, into: to });
    }
    yield;
  }
  return [...found.values()];
}
