import type { ElkNode, LayoutOptions } from 'elkjs';
import type { SagaPlan } from '../core/steps.ts';
import { box, boxSize, fonts } from './box-size.ts';
import type { Caption } from './captions.ts';
import type { ChartView, ViewEdge, ViewedChart } from './chart-view.ts';
import { edgeLines } from './edge-words.ts';
import type { Size } from './geometry.ts';
import type { ChartNode } from './graph.ts';
import { widthOf } from './text-width.ts';

/** What ELK is asked to lay out. Its ids: `n3` is the fourth node of the view, `e0` the first edge. */
export interface ElkChart {
  readonly elk: ElkNode;
  /** By edge of the view: the lines of its label. */
  readonly labels: readonly (readonly string[])[];
}

/** The height of one line of a label; px. */
export const labelLine = 13;

/** The most boxes in one row. */
const maxColumns = 6;

/**
 * The boxes of a chart as ELK takes them: each by itself, in the direction in which people think of it. The arrows
 * between those at the top are left out.
 */
export function toElk(chart: ViewedChart, captions: ReadonlyMap<string, Caption>, plan: SagaPlan): ElkChart {
  const labels = chart.edges.map(({ edges }) => edgeLines(chart, plan, edges));
  const ids = new Map(chart.nodes.map(({ id }, index) => [id, `n${index}`]));
  const childrenOf = (id: string | null) => chart.nodes.filter(({ parent }) => parent === id);
  const toEdge = ({ source, target }: ViewEdge, index: number) => ({
    id: `e${index}`,
    sources: [ids.get(source) ?? source],
    targets: [ids.get(target) ?? target],
    labels: toLabels(labels[index] ?? []),
  });
  const edges = chart.edges.map(toEdge);
  const sizes = boxSizes(chart, captions);
  const toBox = (node: ChartNode): ElkNode => {
    const children = childrenOf(node.id);
    const size = sizes.get(node.id) ?? { width: 0, height: 0 };
    const id = ids.get(node.id) ?? node.id;
    if (children.length === 0) return { id, ...size };
    const layoutOptions = { ...optionsOf(node.id, children.length, chart.view), ...frame(size) };
    return {
      id,
      children: children.map(toBox),
      edges: edges.filter((_edge, index) => chart.edges[index]?.scope === node.id),
      layoutOptions,
    };
  };
  return {
    elk: { id: 'root', children: childrenOf(null).map(toBox), layoutOptions: { 'elk.algorithm': 'box' } },
    labels,
  };
}

/** The room that a label needs; `null` where there is none. */
export function labelSize(lines: readonly string[]): Size | null {
  if (lines.length === 0) return null;
  return {
    width: Math.max(...lines.map((line) => widthOf(line, fonts.label))) + 4,
    height: lines.length * labelLine + 4,
  };
}

function toLabels(lines: readonly string[]) {
  const size = labelSize(lines);
  return size === null ? [] : [{ text: lines.join('\n'), ...size }];
}

/** In an overview all steps and compensations are of one width, so that they stand in columns. */
function boxSizes(
  { nodes, view }: ViewedChart,
  captions: ReadonlyMap<string, Caption>,
): ReadonlyMap<string, Size> {
  const parents = new Set(nodes.map(({ parent }) => parent));
  const isStep = (id: string) => ['action', 'undo'].includes(captions.get(id)?.role ?? '');
  const sizes = nodes.map(
    (node) => [node.id, sizeOf(node, captions.get(node.id), !parents.has(node.id))] as const,
  );
  const width = Math.max(...sizes.map(([id, size]) => (isStep(id) ? size.width : 0)));
  return new Map(
    sizes.map(([id, size]) => [id, view === 'overview' && isStep(id) ? { ...size, width } : size]),
  );
}

function sizeOf(node: ChartNode, caption: Caption | undefined, isInnermost: boolean): Size {
  return caption === undefined ? { width: 0, height: 0 } : boxSize(caption, node, isInnermost);
}

function optionsOf(scope: string, children: number, view: ChartView): LayoutOptions {
  if (scope === 'failed')
    return { 'elk.algorithm': 'rectpacking', 'elk.aspectRatio': '3', 'elk.spacing.nodeNode': '14' };
  return {
    'elk.algorithm': 'layered',
    ...directionOf(scope, children, view),
    'elk.hierarchyHandling': 'SEPARATE_CHILDREN',
    'elk.edgeRouting': 'ORTHOGONAL',
    'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
    'elk.layered.spacing.nodeNodeBetweenLayers':
      scope === 'running' || scope === 'compensating' ? gapOf(view) : '30',
    'elk.spacing.nodeNode': '22',
    'elk.spacing.edgeNode': '14',
    'elk.spacing.edgeEdge': '12',
    'elk.layered.spacing.edgeNodeBetweenLayers': '16',
    'elk.layered.spacing.edgeEdgeBetweenLayers': '12',
  };
}

/** Between steps an arrow has words in the full view: they are room enough. */
function gapOf(view: ChartView): string {
  return view === 'overview' ? '34' : '18';
}

/** Forward is to the right, backward to the left, in as many rows as it takes; everything else is downward. */
function directionOf(scope: string, children: number, view: ChartView): LayoutOptions {
  if (scope !== 'running' && scope !== 'compensating') return { 'elk.direction': 'DOWN' };
  const direction = scope === 'running' ? 'RIGHT' : 'LEFT';
  const rows = Math.ceil(children / maxColumns);
  if (rows === 1) return { 'elk.direction': direction };
  return {
    'elk.direction': direction,
    'elk.layered.wrapping.strategy': 'MULTI_EDGE',
    'elk.layered.wrapping.cutting.strategy': 'MSD',
    'elk.aspectRatio': view === 'overview' ? '4' : '2.4',
  };
}

function frame({ width, height }: Size): LayoutOptions {
  return {
    'elk.padding': `[top=${height + 8},left=22,bottom=16,right=18]`,
    'elk.nodeSize.constraints': 'MINIMUM_SIZE',
    'elk.nodeSize.minimum': `(${width},${height + box.bottom})`,
  };
}
