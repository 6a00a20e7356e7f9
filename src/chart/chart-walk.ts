import type { JournalRow } from '../core/store.ts';
import { type GraphLookup, type IndexedEdge, withAncestors } from './graph-lookup.ts';

/** What one line of a journal did in the chart. */
export interface Step {
  /** Transitions taken, as positions in the graph's `edges`, in order. */
  readonly edges: readonly number[];
  /** Innermost states that were come to, those included that were left at once. */
  readonly entered: readonly string[];
  /** Innermost states afterwards. */
  readonly active: readonly string[];
}

/**
 * The way that a journal describes, found in the graph alone: a line says what happened and where it led, and there
 * is one way of transitions without an event in between. Of two with the same ends the first is taken.
 */
export function walk(
  index: GraphLookup,
  rows: readonly Pick<JournalRow, 'type' | 'state'>[],
): readonly Step[] {
  let before: readonly string[] = [];
  return rows.map(({ type, state }, position) => {
    const active = state.split(' | ');
    const step =
      position === 0 ? reachAll(index, index.initial, new Set(active)) : move(index, before, active, type);
    before = active;
    return {
      edges: [...new Set(step?.edges)],
      entered: [...new Set([...(step?.entered ?? []), ...(step === undefined ? active : [])])],
      active,
    };
  });
}

interface Way {
  readonly edges: readonly number[];
  readonly entered: readonly string[];
}

function move(
  index: GraphLookup,
  before: readonly string[],
  after: readonly string[],
  type: string,
): Way | undefined {
  const isSet = (edge: IndexedEdge) => index.isSetOffBy(edge, type);
  const candidates = (leaf: string) => withAncestors(leaf).flatMap((id) => index.outgoing(id).filter(isSet));
  const goals = new Set(after);
  for (const edge of new Set(before.flatMap(candidates))) {
    const { kept, entered } = index.take(edge, before);
    const way = reachAll(index, entered, goals);
    const reached = new Set([...kept, ...(way?.entered ?? [])]);
    if (way !== undefined && after.every((leaf) => reached.has(leaf))) return withEdge(edge, way);
  }
  // Several regions that each move by themselves: `retry` while two of them wait.
  const moved = before.filter((leaf) => !goals.has(leaf));
  const ways = moved.flatMap((leaf) =>
    firstWay(candidates(leaf), (edge) => reachAll(index, index.take(edge, [leaf]).entered, goals)),
  );
  return ways.length === 0
    ? undefined
    : { edges: ways.flatMap(({ edges }) => edges), entered: ways.flatMap(({ entered }) => entered) };
}

/** The ways from states that are entered, on transitions without an event, to those that the saga comes to rest in. */
function reachAll(
  index: GraphLookup,
  leaves: readonly string[],
  goals: ReadonlySet<string>,
  seen: readonly string[] = [],
): Way | undefined {
  const ways = leaves.map((leaf) => reach(index, leaf, goals, seen));
  if (!ways.every((way) => way !== undefined)) return undefined;
  return { edges: ways.flatMap(({ edges }) => edges), entered: ways.flatMap(({ entered }) => entered) };
}

function reach(
  index: GraphLookup,
  leaf: string,
  goals: ReadonlySet<string>,
  seen: readonly string[],
): Way | undefined {
  if (goals.has(leaf)) return { edges: [], entered: [leaf] };
  if (seen.includes(leaf)) return undefined;
  const trigger = index.isFinal(leaf) ? 'done' : 'always';
  const eventless = withAncestors(leaf).flatMap((id) =>
    index.outgoing(id).filter((edge) => edge.trigger === trigger),
  );
  const [way] = firstWay(eventless, (edge) =>
    reachAll(index, index.take(edge, [leaf]).entered, goals, [...seen, leaf]),
  );
  return way === undefined ? undefined : { edges: way.edges, entered: [leaf, ...way.entered] };
}

function firstWay(
  edges: readonly IndexedEdge[],
  wayFrom: (edge: IndexedEdge) => Way | undefined,
): readonly Way[] {
  for (const edge of edges) {
    const way = wayFrom(edge);
    if (way !== undefined) return [withEdge(edge, way)];
  }
  return [];
}

function withEdge({ index }: IndexedEdge, way: Way): Way {
  return { edges: [index, ...way.edges], entered: way.entered };
}
