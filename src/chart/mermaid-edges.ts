import type { ChartEdge, ChartGraph, ChartNode } from './graph.ts';
import { lift } from './lift.ts';

/** An arrow as it is drawn: between two states with the same parent, for several transitions at once. */
export interface DrawnEdge {
  /** The state in whose box the arrow lies; `null`: at the top. */
  readonly scope: string | null;
  readonly source: string;
  readonly target: string;
  /** Where it really starts and ends, relative to what is drawn; empty where that is the same. */
  readonly from: string;
  readonly to: string;
  readonly edges: readonly ChartEdge[];
}

/**
 * The arrows of a chart, each lifted to the children of the innermost state around both of its ends: Mermaid cannot
 * draw arrows across the borders of boxes, nor between a box and what it contains. Transitions that stay are left out.
 */
export function drawnEdges(graph: ChartGraph): readonly DrawnEdge[] {
  const drawn = new Map<string, DrawnEdge>();
  for (const edge of graph.edges.flatMap((one) => inward(graph, one))) {
    const lifted = toDrawn(edge);
    const key = [lifted.source, lifted.target, lifted.from, lifted.to].join(' ');
    drawn.set(key, { ...lifted, edges: [...(drawn.get(key)?.edges ?? []), edge] });
  }
  return [...drawn.values()];
}

interface Arrow extends ChartEdge {
  readonly target: string;
}

/** A box's arrow to one of its own descendants is one from each of its other children. */
function inward({ nodes }: ChartGraph, edge: ChartEdge): readonly Arrow[] {
  const { source, target } = edge;
  if (target === null) return [];
  if (!target.startsWith(`${source}.`)) return [{ ...edge, target }];
  const sources = nodes.filter(
    ({ id, parent, type }) => parent === source && type !== 'final' && !isWithin(target, id),
  );
  return sources.map(({ id }) => ({ ...edge, source: id, target }));
}

function toDrawn(edge: Arrow): DrawnEdge {
  const ends = lift(edge.source, edge.target);
  const from = edge.source.slice(ends.source.length + 1);
  const to = edge.target.slice(ends.target.length + 1);
  return { ...ends, from, to, edges: [edge] };
}

/** Whether a state is another one or lies in it. */
export function isWithin(id: string, outer: ChartNode['id']): boolean {
  return id === outer || id.startsWith(`${outer}.`);
}
