import { membersOf, type SagaPlan } from '../core/steps.ts';
import type { ChartEdge, ChartGraph, ChartNode } from './graph.ts';
import { lift } from './lift.ts';

/** How much of a chart is drawn: without or with the states inside of steps. */
export type ChartView = 'overview' | 'full';

/** An arrow as it is drawn: between two states with the same parent, for several transitions at once. */
export interface ViewEdge {
  /** The state in whose box the arrow lies; `null`: at the top. */
  readonly scope: string | null;
  readonly source: string;
  readonly target: string;
  /** The transitions that it stands for, as positions in the graph's `edges`. */
  readonly edges: readonly number[];
}

/** What is drawn of a chart. */
export interface ViewedChart {
  readonly graph: ChartGraph;
  readonly view: ChartView;
  /** Parents before their children. */
  readonly nodes: readonly ChartNode[];
  readonly edges: readonly ViewEdge[];
  /** By state: transitions that stay in its box and are written there, as positions in the graph's `edges`. */
  readonly internal: ReadonlyMap<string, readonly number[]>;
  /** By state of the graph: the state that stands for it here, itself unless it is folded. */
  readonly shownAs: ReadonlyMap<string, string>;
}

/**
 * What a view shows of a saga's chart. Every arrow joins two children of one box, so that each box can be laid out by
 * itself: a transition is lifted to the children of the innermost box around both of its ends.
 */
export function toView(graph: ChartGraph, plan: SagaPlan, view: ChartView): ViewedChart {
  const shownAs = toShown(graph, view === 'full' ? undefined : overviewOf(plan));
  const nodes = graph.nodes.filter(({ id }) => shownAs.get(id) === id);
  const edges = new Map<string, ViewEdge>();
  const internal = new Map<string, readonly number[]>();
  for (const [index, edge] of graph.edges.entries()) {
    const source = shownAs.get(edge.source) ?? edge.source;
    const target = edge.target === null ? source : (shownAs.get(edge.target) ?? edge.target);
    if (isInternal(edge, source, target)) {
      internal.set(source, [...(internal.get(source) ?? []), index]);
      continue;
    }
    const lifted = lift(source, target);
    const key = JSON.stringify([lifted.source, lifted.target]);
    edges.set(key, { ...lifted, edges: [...(edges.get(key)?.edges ?? []), index] });
  }
  return { graph, view, nodes, edges: [...edges.values()], internal, shownAs };
}

/** A person may send a saga back to each step that it came to: as arrows these would hide the way it goes by itself. */
const onRewind = 'isRewoundTo';

/** The states of an overview: those at the top, and a box for each step and each compensation. */
function overviewOf(plan: SagaPlan): ReadonlySet<string> {
  const boxes = plan.nodes.flatMap((node) => [
    node.name,
    ...(node.type === 'group' ? membersOf(node).map(({ name }) => `${node.name}.${name}`) : []),
  ]);
  return new Set(boxes.flatMap((path) => [`running.${path}`, `compensating.${path}`]));
}

function toShown(graph: ChartGraph, visible: ReadonlySet<string> | undefined): ReadonlyMap<string, string> {
  const shownAs = new Map<string, string>();
  for (const { id, parent } of graph.nodes) {
    const isShown = visible === undefined || parent === null || visible.has(id);
    shownAs.set(id, isShown ? id : (shownAs.get(parent ?? '') ?? id));
  }
  return shownAs;
}

/** Whether a transition stays in its box, or is only written there: it moves nothing, leads to what is in the box, or is folded away with it. */
function isInternal(edge: ChartEdge, source: string, target: string): boolean {
  if (edge.guard?.type === onRewind) return true;
  const isFolded = source === target && edge.source !== edge.target;
  const isInward =
    target.startsWith(`${source}.`) || (source.startsWith(`${target}.`) && edge.target !== target);
  return edge.target === null || isFolded || isInward;
}
