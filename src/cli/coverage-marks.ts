import type { ChartEdge, ChartGraph } from '../chart/graph.ts';
import { withAncestors } from '../chart/graph-lookup.ts';
import type { EdgeMark, Marks, StateMark } from '../chart/marks.ts';
import type { CoverageReport } from '../testing/coverage.ts';

/** The ways of many sagas in one drawing: none of them is anywhere now. */
export function together(all: readonly Marks[]): Marks {
  const states: Record<string, StateMark> = {};
  const edges: Record<string, EdgeMark> = {};
  for (const one of all) {
    for (const [id, { visits, spent }] of Object.entries(one.states)) {
      const before = states[id];
      states[id] = { ...idle, visits: (before?.visits ?? 0) + visits, spent: (before?.spent ?? 0) + spent };
    }
    for (const [index, { taken }] of Object.entries(one.edges))
      edges[index] = { ...untaken, taken: (edges[index]?.taken ?? 0) + taken };
  }
  return toMarks(states, edges);
}

/** What tests wrote down of the ways that their sagas went, as a drawing. */
export function reportedMarks(
  { nodes, edges: all }: ChartGraph,
  { taken, states: come }: CoverageReport,
): Marks {
  const known = new Set(nodes.map(({ id }) => id));
  const states: Record<string, StateMark> = {};
  for (const [state, visits] of Object.entries(come))
    for (const id of withAncestors(state).filter((one) => known.has(one)))
      states[id] = { ...idle, visits: (states[id]?.visits ?? 0) + visits, spent: 0 };
  const edges = all.flatMap((edge, index) => {
    const count = taken[nameOf(edge)];
    return count === undefined ? [] : [[String(index), { ...untaken, taken: count }] as const];
  });
  return toMarks(states, Object.fromEntries(edges));
}

const idle = { spent: 0, isActive: false, isFailed: false, isUndone: false, isPossible: false };
const untaken = { isLast: false, isPossible: false, dueAt: null };

function toMarks(states: Marks['states'], edges: Marks['edges']): Marks {
  return { status: 'running', active: [], states, edges, steps: {}, cause: null, parked: null };
}

/** As a coverage report names transitions: `running.charge.executing: charge.refused [isInDoubt] → running.charge.sealing`. */
function nameOf({ source, trigger, event, guard, target }: ChartEdge): string {
  const as = guard?.params['as'];
  const condition = guard === null ? '' : ` [${guard.type}${typeof as === 'string' ? ` ${as}` : ''}]`;
  const what = trigger === 'always' || trigger === 'done' ? trigger : event;
  return `${source || '(saga)'}: ${what}${condition} → ${target ?? 'stays'}`;
}
