import type { Piecewise } from './piecewise.ts';

/** Something that may happen in a state of a model. */
export interface Arrow<State, Happening> {
  readonly happening: Happening;
  readonly to: State;
}

/** A world in which things may happen, one at a time. */
export interface Model<State, Happening> {
  /** Where it may begin. */
  readonly starts: readonly State[];
  /** What may happen in a state. */
  arrows(state: State): readonly Arrow<State, Happening>[];
  /** Equal for states that behave the same from there on. */
  keyOf(state: State): string;
  /** Whether something is wrong in a state already. */
  isBroken(state: State): boolean;
}

/** A state that was found, and the shortest way to it. */
export interface Place<State, Happening> {
  readonly state: State;
  /** Counts from 0. */
  readonly index: number;
  /** How many happenings it takes to come here. */
  readonly depth: number;
  readonly from: { readonly place: Place<State, Happening>; readonly happening: Happening } | undefined;
  /** Where it goes on; filled in while the space is explored. */
  readonly onward: { readonly happening: Happening; readonly to: Place<State, Happening> }[];
}

/** All that was found. */
export interface Space<State, Happening> {
  readonly places: readonly Place<State, Happening>[];
  readonly arrows: number;
  /** Places that were found, but not looked at: the limit was hit. */
  readonly unexplored: readonly Place<State, Happening>[];
}

/** How many states are still looked at once a defect was found: its kin are near, and the rest can wait until it is mended. */
const afterDefect = 1_500;

/**
 * Finds every state of a model, each by its shortest way, up to `limit` of them; breadth first, a state a piece. Ends soon
 * after a defect.
 */
export function* explore<State, Happening>(
  model: Model<State, Happening>,
  limit: number,
): Piecewise<Space<State, Happening>> {
  const found = new Map<string, Place<State, Happening>>();
  const places: Place<State, Happening>[] = [];
  let arrows = 0;
  const placeOf = (
    state: State,
    before?: Place<State, Happening>,
    happening?: Happening,
  ): Place<State, Happening> => {
    const key = model.keyOf(state);
    const known = found.get(key);
    if (known !== undefined) return known;
    const from = before === undefined || happening === undefined ? undefined : { place: before, happening };
    const depth = before === undefined ? 0 : before.depth + 1;
    const place = { state, index: places.length, depth, from, onward: [] };
    found.set(key, place);
    places.push(place);
    return place;
  };
  for (const state of model.starts) placeOf(state);
  let explored = 0;
  let end = limit;
  while (explored < places.length && explored < end) {
    const place = places[explored] as Place<State, Happening>;
    explored += 1;
    if (end === limit && model.isBroken(place.state)) end = Math.min(limit, explored + afterDefect);
    for (const { happening, to } of model.arrows(place.state)) {
      arrows += 1;
      place.onward.push({ happening, to: placeOf(to, place, happening) });
    }
    yield;
  }
  return { places, arrows, unexplored: places.slice(explored) };
}

/** What happened on the shortest way to a place, in order. */
export function wayTo<State, Happening>(
  place: Place<State, Happening>,
): readonly { readonly happening: Happening; readonly to: Place<State, Happening> }[] {
  const way: { happening: Happening; to: Place<State, Happening> }[] = [];
  for (let at = place; at.from !== undefined; at = at.from.place)
    way.push({ happening: at.from.happening, to: at });
  return way.toReversed();
}
