import type { ChartEdge, ChartGraph, ChartNode } from './graph.ts';
import { type DrawnEdge, drawnEdges } from './mermaid-edges.ts';
import { toArrowLabel, toIdentifiers, toLabel, toLine } from './mermaid-text.ts';

/** How a chart is shown. */
export interface MermaidOptions {
  /** The innermost states to mark, as in a saga's `state`: `running.charge.executing`. */
  readonly active?: readonly string[];
}

/**
 * A chart as the text of a Mermaid `stateDiagram-v2`: every state, and every transition that leads to another one,
 * with its event, delay and guard. Nothing of the saga's own texts can become syntax.
 */
export function toMermaid(graph: ChartGraph, { active = [] }: MermaidOptions = {}): string {
  const writer = new Writer(graph);
  const title = toLine(graph.description === '' ? graph.name : `${graph.name}: ${graph.description}`);
  const lines = [
    '---',
    `title: ${JSON.stringify(title)}`,
    '---',
    'stateDiagram-v2',
    ...writer.box(null, 1),
    ...writer.marks(active),
  ];
  return `${lines.join('\n')}\n`;
}

/** The states of a saga's `state`, in which regions of a parallel group stand side by side. */
export function toActive(state: string): readonly string[] {
  return state.split(' | ');
}

class Writer {
  readonly #graph: ChartGraph;
  readonly #identifiers: ReadonlyMap<string, string>;
  readonly #edges: readonly DrawnEdge[];

  constructor(graph: ChartGraph) {
    this.#graph = graph;
    this.#identifiers = toIdentifiers(graph.nodes.map(({ id }) => id));
    this.#edges = drawnEdges(graph);
  }

  /** What is inside a state: its children, and the arrows between them. */
  box(scope: string | null, depth: number): readonly string[] {
    const children = this.#childrenOf(scope);
    const owner = this.#graph.nodes.find(({ id }) => id === scope);
    if (owner?.type === 'parallel') return this.#regions(children, depth);
    const initial = scope === null ? this.#graph.initial : (owner?.initial ?? null);
    const indent = '  '.repeat(depth);
    return [
      ...(initial === null ? [] : [`${indent}[*] --> ${this.#name(initial)}`]),
      ...children.flatMap((node) => this.#state(node, depth)),
      ...this.#edges.filter((edge) => edge.scope === scope).map((edge) => `${indent}${this.#arrow(edge)}`),
      ...children
        .filter(({ type }) => type === 'final')
        .map(({ id }) => `${indent}${this.#name(id)} --> [*]`),
    ];
  }

  /** The states that a saga is in. Mermaid has no classes for boxes in every version: only innermost states are marked. */
  marks(active: readonly string[]): readonly string[] {
    const known = active.flatMap((id) => this.#identifiers.get(id) ?? []);
    if (known.length === 0) return [];
    return [
      '  classDef active fill:#ffd54f,stroke:#b26a00,stroke-width:3px,color:#1b1b1b',
      ...known.map((name) => `  class ${name} active`),
    ];
  }

  #regions(children: readonly ChartNode[], depth: number): readonly string[] {
    const separator = `${'  '.repeat(depth)}--`;
    return children.flatMap((node, index) => [
      ...(index === 0 ? [] : [separator]),
      ...this.#state(node, depth),
    ]);
  }

  #state(node: ChartNode, depth: number): readonly string[] {
    const indent = '  '.repeat(depth);
    const label = toLabel(node.description === '' ? node.key : `${node.key}: ${node.description}`);
    const head = `${indent}state "${label}" as ${this.#name(node.id)}`;
    if (this.#childrenOf(node.id).length === 0) return [head];
    return [`${head} {`, ...this.box(node.id, depth + 1), `${indent}}`];
  }

  #arrow({ source, target, from, to, edges }: DrawnEdge): string {
    const path = [from, to].some((end) => end !== '') ? `${pathLabel(from)} → ${pathLabel(to)} ` : '';
    const label = edges.map(triggerLabel).join(', ');
    return `${this.#name(source)} --> ${this.#name(target)} : ${path}${label}`.trimEnd();
  }

  #childrenOf(scope: string | null): readonly ChartNode[] {
    return this.#graph.nodes.filter(({ parent }) => parent === scope);
  }

  #name(id: string): string {
    return this.#identifiers.get(id) ?? id;
  }
}

/** A path within a box; the box itself is a dot. */
function pathLabel(path: string): string {
  return path === '' ? '·' : toArrowLabel(path);
}

function triggerLabel({ trigger, event, guard }: ChartEdge): string {
  const words = trigger === 'event' ? event : trigger === 'after' ? `after ${event}` : trigger;
  if (guard === null) return toArrowLabel(words);
  const as = typeof guard.params['as'] === 'string' ? ` ${guard.params['as']}` : '';
  return `${toArrowLabel(words)} [${toArrowLabel(guard.type + as)}]`;
}
