import type { ChartEdge, ChartGraph, ChartNode } from './graph.ts';

/** A transition, and its position in the graph's `edges`. */
export interface IndexedEdge extends ChartEdge {
  readonly index: number;
}

/** A graph, to be walked in. */
export class GraphLookup {
  readonly #graph: ChartGraph;
  readonly #nodes: ReadonlyMap<string, ChartNode>;
  readonly #children = new Map<string, ChartNode[]>();
  readonly #outgoing = new Map<string, IndexedEdge[]>();

  constructor(graph: ChartGraph) {
    this.#graph = graph;
    this.#nodes = new Map(graph.nodes.map((node) => [node.id, node]));
    for (const node of graph.nodes) push(this.#children, node.parent ?? '', node);
    for (const [index, edge] of graph.edges.entries()) push(this.#outgoing, edge.source, { ...edge, index });
  }

  /** The innermost states that a saga begins in. */
  get initial(): readonly string[] {
    return this.#graph.initial === null ? [] : this.entered(this.#graph.initial);
  }

  /** The transitions out of a state itself, in the order in which they are looked at. */
  outgoing(id: string): readonly IndexedEdge[] {
    return this.#outgoing.get(id) ?? [];
  }

  /** Whether there is such a state. */
  has(id: string): boolean {
    return this.#nodes.has(id);
  }

  /** Whether a state ends the box around it. */
  isFinal(id: string): boolean {
    return this.#nodes.get(id)?.type === 'final';
  }

  /** The innermost states that are entered with a state. */
  entered(id: string): readonly string[] {
    const node = this.#nodes.get(id);
    if (node?.type === 'parallel')
      return (this.#children.get(id) ?? []).flatMap((child) => this.entered(child.id));
    return node?.initial === null || node === undefined ? [id] : this.entered(node.initial);
  }

  /** Which innermost states remain, and which are entered, when a transition is taken. */
  take(
    { source, target }: ChartEdge,
    from: readonly string[],
  ): { readonly kept: readonly string[]; readonly entered: readonly string[] } {
    if (target === null) return { kept: from, entered: [] };
    const domain = domainOf(source, target);
    const kept = from.filter((leaf) => !isInside(leaf, domain));
    return { kept, entered: [...this.entered(target), ...this.#besides(target, domain)] };
  }

  /** Whether the event of this type sets the transition off. */
  isSetOffBy({ trigger, event, source }: ChartEdge, type: string): boolean {
    return trigger === 'after'
      ? type === `xstate.after.${event}.${this.#graph.name}.${source}`
      : trigger === 'event' && event === type;
  }

  /** The other regions of parallel states between a target and the box that the transition stays in. */
  #besides(target: string, domain: string): readonly string[] {
    return withAncestors(target)
      .slice(1)
      .filter((id) => isInside(id, domain) && this.#nodes.get(id)?.type === 'parallel')
      .flatMap((id) =>
        (this.#children.get(id) ?? [])
          .filter((child) => !isInside(target, child.id))
          .flatMap((child) => this.entered(child.id)),
      );
  }
}

/** A state and those around it, innermost first. */
export function withAncestors(id: string): readonly string[] {
  const words = id.split('.');
  return words.map((_word, index) => words.slice(0, words.length - index).join('.'));
}

/** The innermost box that a transition does not leave; empty: the whole chart. */
function domainOf(source: string, target: string): string {
  if (target.startsWith(`${source}.`)) return source;
  const outer = new Set(withAncestors(source).slice(1));
  return (
    withAncestors(target)
      .slice(1)
      .find((id) => outer.has(id)) ?? ''
  );
}

function isInside(id: string, outer: string): boolean {
  return outer === '' || id === outer || id.startsWith(`${outer}.`);
}

function push<Value>(map: Map<string, Value[]>, key: string, value: Value): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, [value]);
  else values.push(value);
}
