import { describe, expect, it } from 'vitest';
import type { ChartSheet } from '../../src/chart/index.ts';
import type { Rect } from '../../src/chart/geometry.ts';
import { journey, order, sheetOf, trip } from './charted.ts';

const charts = [order, trip, journey].flatMap((saga) =>
  (['overview', 'full'] as const).map((view) => ({ saga, view, name: `${saga.plan.name}, ${view}` })),
);

describe.each(charts)('the layout of $name', ({ saga, view }) => {
  it('lets no box overlap another, and each lie in the one around it', async () => {
    const { chart, layout } = await sheetOf(saga, view);
    const placed = chart.nodes.map((node, index) => ({ node, rect: at(layout.boxes, index) }));
    for (const { node, rect } of placed) {
      const siblings = placed.filter((one) => one.node.parent === node.parent && one.node !== node);
      expect(siblings.filter((one) => overlap(one.rect, rect)).map((one) => [one.node.id, node.id])).toEqual(
        [],
      );
      const parent = placed.find((one) => one.node.id === node.parent);
      expect(isWithin(rect, parent?.rect ?? { x: 0, y: 0, ...layout }), node.id).toBe(true);
      expect(Math.min(rect.width, rect.height), node.id).toBeGreaterThan(20);
    }
  });

  it('keeps arrows out of boxes that they do not lead to', async () => {
    const sheet = await sheetOf(saga, view);
    for (const [index, edge] of sheet.chart.edges.entries()) {
      const route = at(sheet.layout.routes, index);
      expect(route.points.length, `${edge.source} ${edge.target}`).toBeGreaterThan(1);
      const crossed = route.points.slice(1).flatMap((point, before) => {
        const [x, y] = at(route.points, before);
        const line = {
          x: Math.min(x, point[0]),
          y: Math.min(y, point[1]),
          width: Math.abs(x - point[0]),
          height: Math.abs(y - point[1]),
        };
        return leavesOf(sheet).filter(({ id, rect }) => !touches(id, edge) && overlap(rect, line));
      });
      expect(crossed.map(({ id }) => [edge.source, edge.target, id])).toEqual([]);
    }
  });

  it('lets each arrow begin and end at the border of its boxes', async () => {
    const { chart, layout } = await sheetOf(saga, view);
    const rectOf = (id: string) =>
      at(
        layout.boxes,
        chart.nodes.findIndex((node) => node.id === id),
      );
    for (const [index, { source, target }] of chart.edges.entries()) {
      const { points } = at(layout.routes, index);
      expect(isAtBorder(at(points, 0), rectOf(source)), `${source} → ${target}`).toBe(true);
      expect(isAtBorder(at(points, points.length - 1), rectOf(target)), `${source} → ${target}`).toBe(true);
    }
  });

  it('lets no label cover another one or a state', async () => {
    const sheet = await sheetOf(saga, view);
    const labels = sheet.layout.routes.flatMap(({ label }) => label ?? []);
    for (const label of labels) {
      expect(labels.filter((other) => other !== label && overlap(other, label))).toEqual([]);
      expect(
        leavesOf(sheet)
          .filter(({ rect }) => overlap(rect, label))
          .map(({ id }) => id),
      ).toEqual([]);
      expect(isWithin(label, { x: 0, y: 0, ...sheet.layout })).toBe(true);
    }
  });
});

describe('the overview', () => {
  it('puts each compensation under its step', async () => {
    for (const saga of [order, trip]) {
      const { chart, layout } = await sheetOf(saga, 'overview');
      const rectOf = (id: string) =>
        at(
          layout.boxes,
          chart.nodes.findIndex((node) => node.id === id),
        );
      const undone = chart.nodes.filter(({ id }) => id.startsWith('compensating.'));
      for (const { id } of undone) {
        const step = rectOf(id.replace('compensating', 'running'));
        expect(Math.abs(step.x - rectOf(id).x), id).toBeLessThan(1);
        expect(rectOf(id).y).toBeGreaterThan(step.y + step.height);
      }
    }
  });

  it('puts many steps into several rows, so that they can be read', async () => {
    const { layout } = await sheetOf(journey, 'overview');
    expect(layout.width).toBeLessThan(2_400);
    expect(layout.width / layout.height).toBeLessThan(3);
  });
});

function leavesOf({ chart, layout }: ChartSheet): readonly { readonly id: string; readonly rect: Rect }[] {
  const frames = new Set(chart.nodes.map(({ parent }) => parent));
  return chart.nodes.flatMap(({ id }, index) =>
    frames.has(id) ? [] : [{ id, rect: at(layout.boxes, index) }],
  );
}

function touches(
  id: string,
  { source, target }: { readonly source: string; readonly target: string },
): boolean {
  return [source, target].some((end) => id === end);
}

function overlap(a: Rect, b: Rect): boolean {
  const slack = 0.5;
  return (
    a.x + slack < b.x + b.width &&
    b.x + slack < a.x + a.width &&
    a.y + slack < b.y + b.height &&
    b.y + slack < a.y + a.height
  );
}

function isWithin(inner: Rect, outer: Rect): boolean {
  const slack = 0.5;
  return (
    inner.x >= outer.x - slack &&
    inner.y >= outer.y - slack &&
    inner.x + inner.width <= outer.x + outer.width + slack &&
    inner.y + inner.height <= outer.y + outer.height + slack
  );
}

function isAtBorder([x, y]: readonly [number, number], rect: Rect): boolean {
  const near = (a: number, b: number) => Math.abs(a - b) < 1;
  const isBeside = near(x, rect.x) || near(x, rect.x + rect.width);
  const isAbove = near(y, rect.y) || near(y, rect.y + rect.height);
  const inside = { x: x - 1, y: y - 1, width: 2, height: 2 };
  return (
    (isBeside || isAbove) &&
    overlap(inside, { ...rect, x: rect.x - 1, y: rect.y - 1, width: rect.width + 2, height: rect.height + 2 })
  );
}

function at<Value>(values: readonly Value[], index: number): Value {
  const value = values[index];
  if (value === undefined) throw new Error(`nothing at ${index}`);
  return value;
}
