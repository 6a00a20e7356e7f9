import { bottomOf, type Point, type Rect, rightOf, type Route, type Size } from './geometry.ts';

/** The boxes at the top of a saga's chart, laid out by themselves. */
export type TopSizes = Readonly<Record<TopState, Size>>;

/** The states at the top of a saga's chart. */
export type TopState = 'running' | 'compensating' | 'failed' | 'completed' | 'compensated' | 'abandoned';

/** An arrow between two of them, with the room that its label needs. */
export interface TopEdge {
  readonly source: string;
  readonly target: string;
  readonly label: Size | null;
}

/** Where the boxes at the top lie, and how the arrows between them run. */
export interface Arrangement extends Size {
  readonly boxes: Readonly<Record<TopState, Rect>>;
  /** In the order of the edges. */
  readonly routes: readonly Route[];
}

/** Distances in px. */
const gap = { row: 52, lane: 26, label: 8, edge: 16, abandoned: 40 } as const;

/**
 * Puts the boxes of a saga where people look for them: forward on top, backward beneath it, so that each compensation
 * stands under its step (`shift` px to the right), and in a last row how it can end. No two arrows cross.
 */
export function arrange(sizes: TopSizes, edges: readonly TopEdge[], shift: number): Arrangement {
  const top = new Top(sizes, edges, shift);
  const routes = edges.map((edge) => top.route(edge));
  const everything = [
    ...Object.values(top.boxes),
    ...routes.flatMap(({ label }) => label ?? []),
    ...routes.flatMap(({ points }) => points.map(toDot)),
  ];
  const left = Math.min(...everything.map(({ x }) => x));
  const right = Math.max(...everything.map(({ x, width }) => x + width));
  const bottom = Math.max(...everything.map(({ y, height }) => y + height));
  const moved = <Shape extends Rect>(rect: Shape): Shape => ({ ...rect, x: rect.x - left });
  return {
    width: right - left,
    height: bottom,
    boxes: mapValues(top.boxes, moved),
    routes: routes.map(({ points, label }) => ({
      points: points.map(([x, y]) => [x - left, y]),
      label: label === null ? null : moved(label),
    })),
  };
}

class Top {
  readonly boxes: Readonly<Record<TopState, Rect>>;
  readonly #edges: readonly TopEdge[];
  /** Where arrows run up or down, by their ends: x. */
  readonly #lanes: Readonly<Record<string, number>>;

  constructor(sizes: TopSizes, edges: readonly TopEdge[], shift: number) {
    this.#edges = edges;
    const running = { x: 0, y: 0, ...sizes.running };
    const compensating = {
      x: shift,
      y: bottomOf(running) + this.#rowGap('running>compensating'),
      ...sizes.compensating,
    };
    const down = rightOf(compensating) + gap.lane;
    const up = down + this.#room('running>failed') + gap.edge;
    const undoUp = down - gap.edge - this.#room('failed>compensating');
    const undoDown = undoUp - gap.edge - this.#room('compensating>failed');
    const y = bottomOf(compensating) + this.#rowGap('compensating>failed', 'failed>compensating');
    const beside = gap.edge * 2 + this.#room('failed>compensated') + sizes.compensated.width;
    const x = Math.min(
      undoDown - gap.lane,
      Math.max(up + gap.lane - sizes.failed.width, compensating.x + beside),
    );
    const failed = { ...sizes.failed, x, y, width: Math.max(sizes.failed.width, up + gap.lane - x) };
    const middle = (height: number) => y + Math.max(0, (failed.height - height) / 2);
    const leftEnd = failed.x - beside;
    const compensated = {
      ...sizes.compensated,
      x: Math.min(compensating.x, leftEnd),
      y: middle(sizes.compensated.height),
    };
    const rightEnd = Math.max(
      rightOf(failed) + gap.edge * 2 + this.#room('failed>completed'),
      up + this.#room('failed>running') + gap.edge,
    );
    const completed = { ...sizes.completed, x: rightEnd, y: middle(sizes.completed.height) };
    const abandoned = {
      ...sizes.abandoned,
      x: failed.x,
      y: bottomOf(failed) + this.#rowGap('failed>abandoned'),
    };
    this.boxes = { running, compensating, failed, completed, compensated, abandoned };
    const under = Math.max(running.x, compensating.x);
    this.#lanes = {
      'running>compensating':
        under + Math.min(rightOf(running), rightOf(compensating), under + 420) / 2 - under / 2,
      'running>failed': down,
      'failed>running': up,
      'running>completed': completed.x + completed.width / 2,
      'running>compensated': Math.min(compensating.x, compensated.x) - gap.lane,
      'compensating>failed': undoDown,
      'failed>compensating': undoUp,
      'compensating>compensated': Math.min(
        rightOf(compensated) - 30,
        Math.max(compensating.x, compensated.x) + 30,
      ),
      'failed>abandoned': abandoned.x + Math.min(abandoned.width, failed.width) / 2,
    };
  }

  route({ source, target, label }: TopEdge): Route {
    const from = this.#box(source);
    const to = this.#box(target);
    const lane = this.#lanes[`${source}>${target}`];
    if (lane === undefined) return across(from, to, label);
    const points = [
      ...leave(from, lane, bottomOf(to) <= from.y, this.#rank(source, lane)),
      ...leave(to, lane, bottomOf(from) <= to.y, this.#rank(target, lane)).toReversed(),
    ];
    return { points, label: label === null ? null : labelAt(lane, from, to, label) };
  }

  /** Of arrows at the side of a box, the outermost is the highest: so none crosses another. */
  #rank(state: string, lane: number): number {
    const others = this.#edges
      .filter(({ source, target }) => source === state || target === state)
      .flatMap(({ source, target }) => this.#lanes[`${source}>${target}`] ?? []);
    const { x, width } = this.#box(state);
    return others.filter((other) =>
      lane > x + width ? other > x + width && other < lane : other < x && other > lane,
    ).length;
  }

  #box(state: string): Rect {
    return this.boxes[state as TopState];
  }

  /** The width of an arrow's label with the gap before it. */
  #room(ends: string): number {
    const label = this.#label(ends);
    return label === undefined ? gap.lane : gap.label + label.width;
  }

  #rowGap(...ends: readonly string[]): number {
    return Math.max(gap.row, ...ends.map((one) => (this.#label(one)?.height ?? 0) + 28));
  }

  #label(ends: string): Size | undefined {
    return this.#edges.find(({ source, target }) => `${source}>${target}` === ends)?.label ?? undefined;
  }
}

/** From a box to a lane: straight out of it above or below, or out of its side. */
function leave(box: Rect, lane: number, isUpward: boolean, rank: number): readonly Point[] {
  const isBeside = lane < box.x + 8 || lane > rightOf(box) - 8;
  if (!isBeside) return [[lane, isUpward ? box.y : bottomOf(box)]];
  const y = bottomOf(box) - Math.min(24 + rank * 20, box.height / 2);
  return [
    [lane < box.x + 8 ? box.x : rightOf(box), y],
    [lane, y],
  ];
}

/** Beside a lane, halfway: at its right, but at its left where the lane runs left of everything. */
function labelAt(lane: number, from: Rect, to: Rect, label: Size): Rect {
  const [upper, lower] = from.y < to.y ? [from, to] : [to, from];
  const y = (bottomOf(upper) + lower.y) / 2 - label.height / 2;
  return { ...label, x: lane < lower.x ? lane - gap.label - label.width : lane + gap.label, y };
}

/** Between two boxes of one row. */
function across(from: Rect, to: Rect, label: Size | null): Route {
  const y = to.y + to.height / 2;
  const isRightward = to.x > from.x;
  const start = isRightward ? rightOf(from) : from.x;
  const end = isRightward ? to.x : rightOf(to);
  const x = (start + end - (label?.width ?? 0)) / 2;
  return {
    points: [
      [start, y],
      [end, y],
    ],
    label: label === null ? null : { ...label, x, y: y - label.height - 3 },
  };
}

function toDot([x, y]: Point): Rect {
  return { x, y, width: 0, height: 0 };
}

function mapValues<Key extends string, Value>(
  values: Readonly<Record<Key, Value>>,
  change: (value: Value) => Value,
): Readonly<Record<Key, Value>> {
  return Object.fromEntries(
    Object.entries<Value>(values).map(([key, value]) => [key, change(value)]),
  ) as Record<Key, Value>;
}
