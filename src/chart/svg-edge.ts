import type { ViewedChart, ViewEdge } from './chart-view.ts';
import { transitionText } from './edge-words.ts';
import { labelLine } from './elk-graph.ts';
import { type Point, type Route, tenth } from './geometry.ts';
import type { ChartEdge } from './graph.ts';
import type { EdgeMark, Marks } from './marks.ts';
import { element, escapeXml } from './xml.ts';

/** One arrow, ready to be drawn. */
export interface DrawnEdge {
  readonly edge: ViewEdge;
  readonly route: Route;
  readonly lines: readonly string[];
}

/** An arrow as SVG: its line, its head, its label; what it stands for is its tooltip. */
export function drawEdge({ edge, route, lines }: DrawnEdge, chart: ViewedChart, marks: Marks | null): string {
  const transitions = edge.edges.flatMap((index) => chart.graph.edges[index] ?? []);
  const states = edge.edges.flatMap((index) => marks?.edges[index] ?? []);
  const names = ['arrow', kindOf(transitions), lookOf(states)];
  const content = [
    element('title', {}, transitions.map((one) => escapeXml(transitionText(one))).join('\n')),
    element('path', { class: 'line', d: roundedPath(shortened(route.points)) }),
    element('path', { class: 'head', d: headPath(route.points) }),
    drawLabel(route, lines),
  ];
  const attributes = {
    class: names.filter((name) => name !== '').join(' '),
    'data-source': edge.source,
    'data-target': edge.target,
    'data-transitions': edge.edges.join(' '),
  };
  return element('g', attributes, content);
}

/** The dot and the small arrow of the state that a box begins in. */
export function drawInitial(x: number, y: number): string {
  return element('g', { class: 'initial' }, [
    element('circle', { cx: x - 11, cy: y + 8, r: 3.5 }),
    element('path', { class: 'line', d: `M${tenth(x - 11)},${tenth(y + 10)}q1,8 6,8` }),
    element('path', { class: 'head', d: `M${tenth(x - 6)},${tenth(y + 14.8)}l6,3.2l-6,3.2z` }),
  ]);
}

function drawLabel({ label }: Route, lines: readonly string[]): string {
  if (label === null) return '';
  const { x, y, width } = label;
  const middle = x + width / 2;
  const texts = lines.map((line, index) =>
    element('text', { x: middle, y: y + 12 + index * labelLine }, escapeXml(line)),
  );
  return element('g', { class: 'label' }, texts);
}

function kindOf(transitions: readonly ChartEdge[]): string {
  const [first] = transitions;
  return first !== undefined && transitions.every(({ trigger }) => trigger === first.trigger)
    ? first.trigger
    : 'event';
}

function lookOf(marks: readonly EdgeMark[]): string {
  if (marks.some(({ isLast }) => isLast)) return 'last';
  if (marks.some(({ taken }) => taken > 0)) return 'taken';
  return marks.some(({ isPossible }) => isPossible) ? 'open' : '';
}

const headLength = 8;

/** The line ends inside of its head. */
function shortened(points: readonly Point[]): readonly Point[] {
  const [end, before] = [points.at(-1), points.at(-2)];
  if (end === undefined || before === undefined) return points;
  const [dx, dy] = direction(before, end);
  return [...points.slice(0, -1), [end[0] - dx * (headLength - 2), end[1] - dy * (headLength - 2)]];
}

function headPath(points: readonly Point[]): string {
  const [end, before] = [points.at(-1), points.at(-2)];
  if (end === undefined || before === undefined) return '';
  const [dx, dy] = direction(before, end);
  const corner = (side: number) =>
    `${tenth(end[0] - dx * headLength - dy * side)},${tenth(end[1] - dy * headLength + dx * side)}`;
  return `M${tenth(end[0])},${tenth(end[1])}L${corner(4)}L${corner(-4)}z`;
}

/** A line with rounded corners. */
function roundedPath(points: readonly Point[], radius = 8): string {
  return points
    .map((point, index) => {
      const before = points[index - 1];
      const after = points[index + 1];
      if (before === undefined) return `M${place(point)}`;
      if (after === undefined) return `L${place(point)}`;
      const near = towards(point, before, radius);
      return `L${place(near)}Q${place(point)} ${place(towards(point, after, radius))}`;
    })
    .join('');
}

/** The point at a distance on the way to another one, at most halfway. */
function towards(from: Point, to: Point, distance: number): Point {
  const reach = Math.min(distance, Math.hypot(to[0] - from[0], to[1] - from[1]) / 2);
  const [dx, dy] = direction(from, to);
  return [from[0] + dx * reach, from[1] + dy * reach];
}

function direction(from: Point, to: Point): Point {
  const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
  return length === 0 ? [0, 1] : [(to[0] - from[0]) / length, (to[1] - from[1]) / length];
}

function place([x, y]: Point): string {
  return `${tenth(x)},${tenth(y)}`;
}
