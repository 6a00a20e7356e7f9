import type { ChartSheet } from './chart-sheet.ts';
import type { ChartNode } from './graph.ts';
import type { Marks } from './marks.ts';
import { lookOf, progressOf } from './progress.ts';
import { drawEdge, drawInitial } from './svg-edge.ts';
import { drawHead, headSize } from './svg-head.ts';
import { drawLegend } from './svg-legend.ts';
import { drawNode } from './svg-node.ts';
import { chartStyle } from './svg-style.ts';
import { element, escapeXml } from './xml.ts';

/** What a drawing shows besides the chart itself. */
export interface SvgOptions {
  /** The way of one saga; left out: the definition by itself. */
  readonly marks?: Marks;
  /** Stands in the head; a saga's id. */
  readonly sagaId?: string;
  /** Light or dark; left out: as the reader has it. */
  readonly theme?: 'light' | 'dark';
  /** `chart`: without head and style, for a page that has both. Default `whole`. */
  readonly part?: 'whole' | 'chart';
}

const margin = 20;

/** A chart as SVG: one text with its own style, without scripts or anything to be fetched. The same for the same input. */
export function toSvg(sheet: ChartSheet, options: SvgOptions = {}): string {
  const { layout } = sheet;
  const marks = options.marks ?? null;
  const head = {
    title: sheet.name,
    version: sheet.version,
    about: sheet.description,
    sagaId: options.sagaId ?? '',
    marks,
  };
  const isWhole = options.part !== 'chart';
  const { width: least, height: top } = isWhole ? headSize(head) : { width: 480, height: 0 };
  const width = Math.max(layout.width, least) + 2 * margin;
  const legend = drawLegend(marks !== null, {
    x: margin,
    y: margin + top + layout.height + 10,
    width: width - 2 * margin,
  });
  const height = margin + top + layout.height + 10 + legend.height + margin;
  const attributes = {
    xmlns: 'http://www.w3.org/2000/svg',
    viewBox: `0 0 ${Math.ceil(width)} ${Math.ceil(height)}`,
    width: Math.ceil(width),
    height: Math.ceil(height),
    class: `sagachart ${marks === null ? 'is-plain' : `is-${marks.status}`}`,
    'data-theme': options.theme,
    role: 'img',
    'aria-label': sheet.name,
  };
  return element('svg', attributes, [
    element('title', {}, escapeXml(titleOf(sheet, options))),
    element('desc', {}, escapeXml(describe(sheet, marks))),
    isWhole ? element('style', {}, chartStyle) : '',
    element('rect', { class: 'canvas', width: Math.ceil(width), height: Math.ceil(height) }),
    isWhole ? drawHead(head, { x: margin, y: margin, width: width - 2 * margin }) : '',
    element('g', { transform: `translate(${margin},${margin + top})` }, drawChart(sheet, marks)),
    legend.svg,
  ]);
}

function drawChart(sheet: ChartSheet, marks: Marks | null): readonly string[] {
  const { chart, captions, layout, labels, plan } = sheet;
  const timers = timersOf(sheet, marks);
  const frames = new Set(chart.nodes.map(({ parent }) => parent));
  const isInnermost = ({ id }: ChartNode) => !frames.has(id);
  const nodes = chart.nodes.flatMap((node, index) => {
    const caption = captions.get(node.id);
    const rect = layout.boxes[index];
    if (caption === undefined || rect === undefined) return [];
    const drawn = {
      node,
      caption,
      rect,
      look: lookOf(node.id, caption, marks),
      isInnermost: isInnermost(node),
    };
    return [
      {
        ...drawn,
        progress: progressOf(node.id, caption, marks, plan),
        transitions: chart.internal.get(node.id) ?? [],
        timers: timers.get(node.id) ?? [],
      },
    ];
  });
  const edges = chart.edges.flatMap((edge, index) => {
    const route = layout.routes[index];
    return route === undefined ? [] : [drawEdge({ edge, route, lines: labels[index] ?? [] }, chart, marks)];
  });
  const begun = new Set([chart.graph.initial, ...chart.graph.nodes.map(({ initial }) => initial)]);
  const initial = nodes.flatMap(({ node, rect }) =>
    begun.has(node.id) ? [drawInitial(rect.x, rect.y)] : [],
  );
  return [...nodes.map(drawNode), ...initial, ...edges];
}

/** By drawn state: the timers armed in it, in words. */
function timersOf({ chart }: ChartSheet, marks: Marks | null): ReadonlyMap<string, readonly string[]> {
  const timers = new Map<string, readonly string[]>();
  for (const [index, { dueAt }] of Object.entries(marks?.edges ?? {})) {
    const edge = chart.graph.edges[Number(index)];
    if (dueAt === null || edge === undefined) continue;
    const state = chart.shownAs.get(edge.source) ?? edge.source;
    const words = `${edge.event} at ${new Date(dueAt).toISOString()}`;
    timers.set(state, [...(timers.get(state) ?? []), words]);
  }
  return timers;
}

function titleOf({ name, version }: ChartSheet, { sagaId, marks }: SvgOptions): string {
  const words = [`${name} version ${version}`, sagaId ?? '', marks?.status ?? ''];
  return words.filter((word) => word !== '').join(', ');
}

/** The chart for those who do not see it. */
function describe({ description }: ChartSheet, marks: Marks | null): string {
  if (marks === null) return `Statechart. ${description}`;
  const steps = Object.entries(marks.steps).map(([name, { status }]) => `${name} ${status}`);
  return [`In ${marks.active.join(' and ')}.`, `Steps: ${steps.join(', ')}.`, description].join(' ');
}
