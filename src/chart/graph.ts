/** What sets a transition off: an event, a delay that is over, nothing but its guard, or the end of all regions. */
export type Trigger = 'event' | 'after' | 'always' | 'done';

/** A state of the chart. Its id is its path, as in a saga's `state`: `running.charge.executing`. */
export interface ChartNode {
  readonly id: string;
  /** The last word of the path. */
  readonly key: string;
  /** `null`: a top-level state. */
  readonly parent: string | null;
  readonly type: 'atomic' | 'compound' | 'parallel' | 'final' | 'history';
  readonly description: string;
  readonly tags: readonly string[];
  /** The child that is entered with a compound state. */
  readonly initial: string | null;
}

/** A transition of the chart. */
export interface ChartEdge {
  readonly source: string;
  /** `null`: it stays where it is. */
  readonly target: string | null;
  readonly trigger: Trigger;
  /** The event's type or the delay's name; empty for `always` and `done`. */
  readonly event: string;
  readonly guard: ChartPart | null;
  readonly actions: readonly ChartPart[];
}

/** A guard or action by name, with its static parameters. */
export interface ChartPart {
  readonly type: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** A statechart as plain JSON: what drawings, texts and tools are made from. */
export interface ChartGraph {
  readonly name: string;
  readonly description: string;
  readonly initial: string | null;
  /** Parents before their children, in the order of the definition. */
  readonly nodes: readonly ChartNode[];
  readonly edges: readonly ChartEdge[];
}

/** As much of XState's state node as a graph is made of. */
export interface MachineNode {
  readonly id: string;
  readonly key: string;
  readonly path: readonly string[];
  readonly type: ChartNode['type'];
  readonly description?: string | undefined;
  readonly tags: readonly string[];
  readonly parent?: MachineNode | undefined;
  readonly states: Readonly<Record<string, MachineNode>>;
  readonly initial: { readonly target: readonly MachineNode[] | undefined };
  readonly always?: readonly MachineArrow[] | undefined;
  readonly transitions: ReadonlyMap<string, readonly MachineArrow[]>;
}

/** As much of XState's transition as a graph is made of. */
export interface MachineArrow {
  readonly target: readonly MachineNode[] | undefined;
  readonly guard?: unknown;
  readonly actions: readonly unknown[];
}

/** The graph of a machine, such as `saga.machine`: every state and every transition. */
export function toGraph({ root }: { readonly root: MachineNode }): ChartGraph {
  const nodes = withDescendants(root);
  return {
    name: root.key,
    description: root.description ?? '',
    initial: initialOf(root),
    nodes: nodes.slice(1).map(toNode),
    edges: nodes.flatMap(edgesOf),
  };
}

function withDescendants(node: MachineNode): readonly MachineNode[] {
  return [node, ...Object.values(node.states).flatMap(withDescendants)];
}

function toNode(node: MachineNode): ChartNode {
  const { key, path, type, description = '', tags } = node;
  const parent = path.slice(0, -1).join('.');
  return {
    id: idOf(node),
    key,
    parent: parent === '' ? null : parent,
    type,
    description,
    tags: [...tags],
    initial: initialOf(node),
  };
}

function idOf({ path }: MachineNode): string {
  return path.join('.');
}

function initialOf(node: MachineNode): string | null {
  const target = node.type === 'compound' ? node.initial.target?.[0] : undefined;
  return target === undefined ? null : idOf(target);
}

function edgesOf(node: MachineNode): readonly ChartEdge[] {
  const always = (node.always ?? []).map((arrow) => toEdge(node, arrow, { trigger: 'always', event: '' }));
  const others = [...node.transitions].flatMap(([type, arrows]) =>
    arrows.map((arrow) => toEdge(node, arrow, toTrigger(node, type))),
  );
  return [...always, ...others];
}

function toEdge(
  node: MachineNode,
  arrow: MachineArrow,
  trigger: Pick<ChartEdge, 'trigger' | 'event'>,
): ChartEdge {
  const target = arrow.target?.[0];
  return {
    source: idOf(node),
    target: target === undefined ? null : idOf(target),
    ...trigger,
    guard: arrow.guard === undefined ? null : toPart(arrow.guard),
    actions: arrow.actions.map(toPart),
  };
}

const afterPrefix = 'xstate.after.';

/** XState names the events of delays and ends after the state: `xstate.after.<delay>.<state id>`, `xstate.done.state.<state id>`. */
export function toTrigger({ id }: MachineNode, type: string): Pick<ChartEdge, 'trigger' | 'event'> {
  if (type === `xstate.done.state.${id}`) return { trigger: 'done', event: '' };
  const isDelay = type.startsWith(afterPrefix) && type.endsWith(`.${id}`);
  return isDelay
    ? { trigger: 'after', event: type.slice(afterPrefix.length, -id.length - 1) }
    : { trigger: 'event', event: type };
}

/** A guard or action as XState keeps it, by name. */
export function toPart(part: unknown): ChartPart {
  if (typeof part === 'string') return { type: part, params: {} };
  const { type = 'inline', params = {} } = part as {
    readonly type?: string;
    readonly params?: ChartPart['params'];
  };
  return { type, params };
}
