import { getAdjacencyMap } from 'xstate/graph';
import { toMachine } from '../core/machine.ts';
import { isSettled, stateText, statusOf } from '../core/snapshot.ts';
import { type Operation, recordsOf, type SagaNode, type SagaPlan, type Step } from '../core/steps.ts';
import type { SagaStatus } from '../core/store.ts';
import type { OperatorEvent, SagaEvent } from '../core/transition.ts';
import { ChartArrows } from './chart-arrows.ts';
import { factsOf } from './saga-facts.ts';
import { SagaSpace, type SpaceState } from './saga-space.ts';

/** How to look for paths. */
export interface PathsOptions {
  /** Inputs to start from: as many as it takes for each guard (`when`) to say yes and no. Default: one, `{}`. */
  readonly inputs?: readonly unknown[];
  /** Results that a step may bring, by step, and data of signals, by wait, where guards read them. Default: one, `{ of: name }`. */
  readonly results?: Readonly<Record<string, readonly unknown[]>>;
  /** The most attempts of any command. Default 2, and 1 for members of groups of three and more: more of them only make the same arrows longer. */
  readonly maximumAttempts?: number;
  /** The node restarts between every two events: commands under way are sent again, and answers mean what they mean then. Default false. */
  readonly isRestarted?: boolean;
  /** Throws when there are more states to look at than this. Default 200,000. */
  readonly limit?: number;
}

/** One way through a saga, from its start to a rest: completed, compensated, abandoned, or parked. */
export interface SagaPath {
  readonly description: string;
  readonly input: unknown;
  /** What happens, in order, as `advance` takes it. */
  readonly events: readonly SagaEvent[];
  readonly ends: SagaStatus;
}

/** The paths, and which of the machine's transitions they take. */
export interface SagaPaths {
  readonly paths: readonly SagaPath[];
  /** `uncovered` names those that nothing of what was tried can take; those for a deadline do not count where there is none. */
  readonly transitions: {
    readonly total: number;
    readonly covered: number;
    readonly uncovered: readonly string[];
  };
}

/**
 * Paths that together take every transition of a saga's machine that can be taken: replies of every kind, timers, retries,
 * the deadline, every action of an operator, an engine that gives up. Sagas are paused, and sent back to a step, where they go well. Run them against an engine, or read them.
 *
 * The plan is explored with at most 2 attempts of each command (1 in groups of three and more) unless `maximumAttempts`
 * says otherwise: a path of `pathsOf` fits a definition whose policies allow as many.
 * Throws `Error` when the saga has more than `limit` states.
 */
export function pathsOf(saga: { readonly plan: SagaPlan }, options: PathsOptions = {}): SagaPaths {
  const { inputs = [{}] } = options;
  const cover = new Cover(withFewAttempts(saga.plan, options.maximumAttempts), options);
  const paths = inputs.flatMap((input) => cover.from(input));
  return { paths, transitions: cover.transitions };
}

/** The plan with no more attempts than are needed to take each arrow. */
export function withFewAttempts(plan: SagaPlan, maximumAttempts?: number): SagaPlan {
  const few = (operation: Operation, most: number): Operation => ({
    ...operation,
    retry: { ...operation.retry, maximumAttempts: Math.min(operation.retry.maximumAttempts, most) },
  });
  const ofStep = (step: Step, most: number): Step => ({
    ...step,
    action: few(step.action, most),
    compensation: step.compensation && few(step.compensation, maximumAttempts ?? 2),
  });
  const ofNode = (node: SagaNode): SagaNode => {
    if (node.type === 'step') return ofStep(node, maximumAttempts ?? 2);
    if (node.type === 'wait') return node;
    const most = maximumAttempts ?? (node.members.length > 2 ? 1 : 2);
    return { ...node, members: node.members.map((step) => ofStep(step, most)) };
  };
  return { ...plan, nodes: plan.nodes.map(ofNode) };
}

/** Where an edge of the state space begins, and the event on it. */
interface Edge {
  readonly from: string;
  readonly event: SagaEvent;
  readonly to: string;
}

/** Looks for few paths that take all arrows: the farthest arrow first, by the shortest way, and on to a rest. */
class Cover {
  readonly #plan: SagaPlan;
  readonly #options: PathsOptions;
  readonly #space: SagaSpace;
  readonly #arrows: ChartArrows;
  readonly #covered = new Set<string>();
  /** Steps whose results differ. */
  readonly #seen: readonly string[];

  constructor(plan: SagaPlan, options: PathsOptions) {
    const { results = {}, isRestarted = false } = options;
    const machine = toMachine(plan);
    this.#plan = plan;
    this.#options = options;
    this.#space = new SagaSpace({ logic: { plan, machine }, results, isRestarted, isShort: true });
    this.#arrows = new ChartArrows(plan, machine);
    this.#seen = plan.nodes.flatMap(recordsOf).filter((name) => (results[name]?.length ?? 1) > 1);
  }

  get transitions(): SagaPaths['transitions'] {
    const uncovered = this.#arrows.all.filter((arrow) => !this.#covered.has(arrow));
    const total = this.#arrows.all.length;
    return { total, covered: total - uncovered.length, uncovered };
  }

  /** Further paths, for arrows that no path took so far. */
  from(input: unknown): readonly SagaPath[] {
    const map = this.#explore(input);
    const start = this.#key(this.#space.start(input));
    const edges = edgesOf(map, (state) => this.#key(state));
    const starts = this.#arrows.takenAtStart(input).some((arrow) => !this.#covered.has(arrow));
    const paths = starts ? [this.#walk(input, this.#toRest(map, edges, start))] : [];
    const nearest = this.#nearest(map, edges, start);
    for (const [arrow, way] of [...nearest].toSorted(([, a], [, b]) => b.length - a.length)) {
      if (this.#covered.has(arrow)) continue;
      paths.push(this.#walk(input, [...way, ...this.#toRest(map, edges, way.at(-1)?.to ?? start)]));
    }
    return paths;
  }

  /** The shortest way to take each arrow. */
  #nearest(map: SpaceMap, edges: Edges, start: string): ReadonlyMap<string, readonly Edge[]> {
    const nearest = new Map<string, readonly Edge[]>();
    for (const [key, way] of shortestWays(edges, start)) {
      const { state } = map[key] as SpaceMap[string];
      for (const edge of edges.get(key) ?? []) {
        const further = this.#arrows.taken(state.saga, edge.event).filter((arrow) => !nearest.has(arrow));
        for (const arrow of further) nearest.set(arrow, [...way, edge]);
      }
    }
    return nearest;
  }

  #explore(input: unknown): SpaceMap {
    const logic = {
      getInitialSnapshot: () => this.#space.start(input),
      transition: (state: SpaceState, event: SagaEvent) => this.#space.next(state, event) ?? state,
      getPersistedSnapshot: (state: SpaceState) => state,
    };
    return getAdjacencyMap(
      logic as never,
      {
        events: (state: SpaceState) => this.#space.events(state),
        serializeState: (state: SpaceState) => this.#key(state),
        serializeEvent: (event: SagaEvent) => JSON.stringify(event),
        limit: this.#options.limit ?? 200_000,
      } as never,
    ) as unknown as SpaceMap;
  }

  #key(state: SpaceState): string {
    return factsOf(this.#plan, state, this.#seen);
  }

  /** The shortest way on to a rest. */
  #toRest(map: SpaceMap, edges: Edges, from: string): readonly Edge[] {
    const isAtRest = (key: string) => isSettled(statusOf((map[key] as SpaceMap[string]).state.saga));
    const ways = shortestWays(edges, from, isAtRest);
    const [, way] = [...ways].find(([key]) => isAtRest(key)) ?? [];
    return way ?? [];
  }

  /** Goes the way for real, state by state, and notes the arrows it takes. */
  #walk(input: unknown, way: readonly Edge[]): SagaPath {
    let state = this.#space.start(input);
    for (const arrow of this.#arrows.takenAtStart(input)) this.#covered.add(arrow);
    const events = way.map(({ event: wanted, to }) => {
      const event = this.#space.restamp(wanted, state);
      for (const arrow of this.#arrows.taken(state.saga, event)) this.#covered.add(arrow);
      const next = this.#space.next(state, event);
      if (next === undefined || this.#key(next) !== to)
        throw new Error(
          `pathsOf took two different states for one: ${event.type} in ${stateText(state.saga)}`,
        );
      state = next;
      return event;
    });
    const words = events.map((event) => wordsFor(event, this.#plan.name));
    return {
      description: `${words.join(', ') || 'start'} ⇒ ${stateText(state.saga)}`,
      input,
      events,
      ends: statusOf(state.saga),
    };
  }
}

/** XState's adjacency map of a saga's space. */
type SpaceMap = Readonly<
  Record<
    string,
    {
      readonly state: SpaceState;
      readonly transitions: Readonly<
        Record<string, { readonly event: SagaEvent; readonly state: SpaceState }>
      >;
    }
  >
>;
type Edges = ReadonlyMap<string, readonly Edge[]>;

function edgesOf(map: SpaceMap, keyOf: (state: SpaceState) => string): Edges {
  return new Map(
    Object.entries(map).map(([from, { transitions }]) => {
      return [
        from,
        Object.values(transitions).map(({ event, state }) => ({ from, event, to: keyOf(state) })),
      ] as const;
    }),
  );
}

/** The shortest way from one state to each other; not beyond those where `isEnd`. */
function shortestWays(
  edges: Edges,
  from: string,
  isEnd: (key: string) => boolean = () => false,
): ReadonlyMap<string, readonly Edge[]> {
  const ways = new Map<string, readonly Edge[]>([[from, []]]);
  for (const [key, way] of ways) {
    if (isEnd(key)) return ways;
    for (const edge of edges.get(key) ?? []) if (!ways.has(edge.to)) ways.set(edge.to, [...way, edge]);
  }
  return ways;
}

/** What happens, in words: `charge.timeout`, `resolve as succeeded`, `compensate to charge`. */
function wordsFor(event: SagaEvent, saga: string): string {
  const { as, to, choice, name } = event as Partial<OperatorEvent>;
  if (as !== undefined) return `${event.type} as ${as}`;
  if (to !== undefined) return `${event.type} to ${to}`;
  return [shortName(event.type, saga), choice ?? name ?? ''].join(' ').trimEnd();
}

/** `charge.timeout` for `xstate.after.charge.timeout.order.running.charge.executing`. */
function shortName(type: string, saga: string): string {
  return type.startsWith('xstate.after.')
    ? (type.slice('xstate.after.'.length).split(`.${saga}.`)[0] ?? type)
    : type;
}
