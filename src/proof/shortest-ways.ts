import type { Place, Space } from './explore.ts';

/** How long an arrow is, in happenings. */
export type LengthOf<State, Happening> = (from: Place<State, Happening>, happening: Happening) => number;

/**
 * The same space with each place by its shortest way, where an arrow may stand for several happenings: what was explored
 * with few attempts is told with all of them. The nearest places come first.
 */
export function byLength<State, Happening>(
  { places, arrows, unexplored }: Space<State, Happening>,
  lengthOf: LengthOf<State, Happening>,
): Space<State, Happening> {
  const nearest = distances(places, lengthOf);
  const copies = new Map<Place<State, Happening>, Place<State, Happening>>();
  // In order of their distance: where a place comes from is known before it.
  for (const [old, { depth, from }] of [...nearest].toSorted(([, a], [, b]) => a.depth - b.depth)) {
    const before = from === undefined ? undefined : copies.get(from.place);
    copies.set(old, {
      state: old.state,
      index: copies.size,
      depth,
      from: from === undefined || before === undefined ? undefined : { ...from, place: before },
      onward: [],
    });
  }
  const copyOf = (place: Place<State, Happening>) => copies.get(place) as Place<State, Happening>;
  for (const [old, copy] of copies)
    for (const { happening, to } of old.onward) copy.onward.push({ happening, to: copyOf(to) });
  return { places: [...copies.values()], arrows, unexplored: unexplored.map(copyOf) };
}

type Nearest<State, Happening> = Pick<Place<State, Happening>, 'depth' | 'from'>;

/** Dijkstra's; lengths are small whole numbers, so that places wait in lists by their distance. */
function distances<State, Happening>(
  places: readonly Place<State, Happening>[],
  lengthOf: LengthOf<State, Happening>,
): ReadonlyMap<Place<State, Happening>, Nearest<State, Happening>> {
  const nearest = new Map<Place<State, Happening>, Nearest<State, Happening>>();
  const waiting: Place<State, Happening>[][] = [];
  const reach = (place: Place<State, Happening>, way: Nearest<State, Happening>) => {
    if (way.depth >= (nearest.get(place)?.depth ?? Number.POSITIVE_INFINITY)) return;
    nearest.set(place, way);
    (waiting[way.depth] ??= []).push(place);
  };
  for (const place of places) if (place.from === undefined) reach(place, { depth: 0, from: undefined });
  for (let depth = 0; depth < waiting.length; depth += 1)
    for (const place of waiting[depth] ?? []) {
      if (nearest.get(place)?.depth !== depth) continue;
      for (const { happening, to } of place.onward)
        reach(to, { depth: depth + lengthOf(place, happening), from: { place, happening } });
    }
  return nearest;
}
