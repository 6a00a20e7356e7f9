import { firstWorld, type Model } from './model.ts';
import { Mover } from './mover.ts';
import { makeMoves } from './moves.ts';
import { Visited } from './visited.ts';
import { World } from './world.ts';

/** What was found out about a model. */
export interface Findings {
  /** `bounded`: nothing was violated in as many states as were looked at, and there are more. */
  readonly verdict: 'holds' | 'violated' | 'bounded';
  /** What was violated first, in words. */
  readonly broken: string | undefined;
  /** The shortest way there. */
  readonly story: readonly string[];
  readonly states: number;
  readonly transitions: number;
  /** Different rows that the saga's statechart came to. */
  readonly rows: number;
  /** In how many states the saga has which status. */
  readonly statuses: Readonly<Record<string, number>>;
}

/** Settings of an exploration. */
export interface ExploreOptions {
  /** Default 20 million. */
  readonly maxStates?: number;
  /** Told of every state, by its number, and of every move between two. */
  readonly onState?: (world: World) => void;
  readonly onMove?: (from: number, to: number) => void;
}

/** Looks at every state that can be reached, nearest first, until one is wrong or `maxStates` were found. */
export function explore(
  model: Model,
  { maxStates = 20_000_000, onState, onMove }: ExploreOptions = {},
): Findings {
  const first = firstWorld(model);
  const visited = new Visited(first.bytes.length);
  const [world, next] = [new World(model.size), new World(model.size)];
  const statuses: Record<string, number> = {};
  let [current, transitions] = [0, 0];
  let wrong: World | undefined;
  const found = (at: World) => {
    const { status } = model.rows.get(at.row);
    statuses[status] = (statuses[status] ?? 0) + 1;
    onState?.(at);
  };
  const mover = new Mover(model, next, () => {
    transitions += 1;
    if (next.broken !== undefined) wrong ??= next.copy();
    const known = visited.count;
    const number = visited.add(next.bytes, current);
    if (number === known) found(next);
    onMove?.(current, number);
  });
  visited.add(first.bytes, -1);
  found(first);
  for (; current < visited.count && visited.count < maxStates; current += 1) {
    world.load(visited.at(current));
    makeMoves(mover, world);
    if (wrong !== undefined) break;
  }
  const verdict = wrong !== undefined ? 'violated' : current < visited.count ? 'bounded' : 'holds';
  const story = wrong === undefined ? [] : retell(model, pathTo(visited, current), wrong);
  return {
    verdict,
    broken: wrong?.broken,
    story,
    states: visited.count,
    transitions,
    rows: model.rows.size,
    statuses,
  };
}

function pathTo(visited: Visited, number: number): readonly Uint8Array[] {
  const path: Uint8Array[] = [];
  for (let at = number; at >= 0; at = visited.parentOf(at)) path.unshift(visited.at(at).slice());
  return path;
}

/** What happened on the way to a wrong world: the moves are made again, and one of each fits. */
function retell(model: Model, path: readonly Uint8Array[], wrong: World): readonly string[] {
  const [world, next] = [new World(model.size), new World(model.size)];
  return path.map((from, index) => {
    const to = path[index + 1] ?? wrong.bytes;
    const broken = index === path.length - 1 ? wrong.broken : undefined;
    let told: string | undefined;
    const mover = new Mover(model, next, (story) => {
      if (next.broken === broken && next.bytes.every((byte, at) => byte === to[at]))
        told ??= `${story()} → ${model.rows.get(next.row).state}`;
    });
    world.load(from);
    makeMoves(mover, world);
    return told ?? '?';
  });
}
