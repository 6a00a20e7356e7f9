import type { ElkExtendedEdge, ElkNode } from 'elkjs';
import { arrange, type TopSizes } from './arrange.ts';
import type { ViewedChart } from './chart-view.ts';
import { labelSize } from './elk-graph.ts';
import { type Rect, type Route, tenth, toRect } from './geometry.ts';

/** Where everything of a drawn chart lies. */
export interface ChartLayout {
  readonly width: number;
  readonly height: number;
  /** By node of the view. */
  readonly boxes: readonly Rect[];
  /** By edge of the view. */
  readonly routes: readonly Route[];
}

/** The layout of a view: the boxes at the top arranged, with what ELK has laid out in them. */
export function toLayout(
  { nodes, edges }: ViewedChart,
  labels: readonly (readonly string[])[],
  laidOut: ElkNode,
): ChartLayout {
  const boxes = new Map<string, Rect>();
  const routes = new Map<string, Route>();
  const place = (parent: ElkNode, x: number, y: number): void => {
    for (const edge of parent.edges ?? []) routes.set(edge.id, toRoute(edge, x, y));
    for (const child of parent.children ?? []) {
      const placed = toRect(child, x, y);
      boxes.set(child.id, placed);
      place(child, placed.x, placed.y);
    }
  };
  place(laidOut, 0, 0);
  const at = (id: string) => boxes.get(`n${nodes.findIndex((node) => node.id === id)}`) ?? toRect({}, 0, 0);
  const tops = nodes.flatMap(({ id, parent }, index) => (parent === null ? [{ id, name: `n${index}` }] : []));
  const lifted = edges.flatMap((edge, index) =>
    edge.scope === null ? [{ ...edge, index, label: labelSize(labels[index] ?? []) }] : [],
  );
  const sizes = Object.fromEntries(
    tops.map(({ id }) => [id, { width: at(id).width, height: at(id).height }]),
  ) as unknown as TopSizes;
  const arranged = arrange(
    sizes,
    lifted,
    shiftOf(
      nodes.map(({ id }) => id),
      at,
    ),
  );
  for (const { id, name } of tops) {
    const rect = toRect(arranged.boxes[id as keyof TopSizes], 0, 0);
    const child = laidOut.children?.find((one) => one.id === name);
    boxes.set(name, rect);
    if (child !== undefined) place(child, rect.x, rect.y);
  }
  for (const [order, { index }] of lifted.entries()) routes.set(`e${index}`, rounded(arranged.routes[order]));
  return {
    width: tenth(arranged.width),
    height: tenth(arranged.height),
    boxes: nodes.map((_node, index) => boxes.get(`n${index}`) ?? toRect({}, 0, 0)),
    routes: edges.map((_edge, index) => routes.get(`e${index}`) ?? rounded(undefined)),
  };
}

/** How far the first compensation is left of its step, when both stand in one row. */
function shiftOf(ids: readonly string[], at: (id: string) => Rect): number {
  const undone = ids.filter((id) => /^compensating\.[^.]+$/.test(id));
  const steps = ids.filter((id) => /^running\.[^.]+$/.test(id));
  const isOneRow = [undone, steps].every((row) =>
    row.every(
      (id) =>
        Math.abs(at(id).y + at(id).height / 2 - at(row[0] ?? '').y - at(row[0] ?? '').height / 2) <
        at(id).height / 2,
    ),
  );
  const first = undone.at(-1);
  if (first === undefined || !isOneRow) return 0;
  const step = at(first.replace('compensating', 'running'));
  return Math.max(0, step.x - at('running').x - at(first).x + at('compensating').x);
}

function toRoute({ sections = [], labels = [] }: ElkExtendedEdge, x: number, y: number): Route {
  const points = sections.flatMap(({ startPoint, bendPoints = [], endPoint }) => [
    startPoint,
    ...bendPoints,
    endPoint,
  ]);
  const [label] = labels;
  return {
    points: points.map((point) => [tenth(x + point.x), tenth(y + point.y)]),
    label: label === undefined ? null : toRect(label, x, y),
  };
}

function rounded(route: Route = { points: [], label: null }): Route {
  const { points, label } = route;
  return {
    points: points.map(([x, y]) => [tenth(x), tenth(y)]),
    label: label === null ? null : toRect(label, 0, 0),
  };
}
