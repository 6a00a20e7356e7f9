import type { NamedPart } from './attempts.ts';
import type { EventData, SagaContext } from './context.ts';
import { mayTurnBackFrom, recordsOf, type SagaNode, type SagaPlan } from './steps.ts';
import type { CauseType } from './saga-row.ts';

/**
 * Whether the saga can go back to where an event wants it: to the start, or, where it says `to`, to a step that it came
 * to already.
 */
export function isWithinReach(
  plan: Pick<SagaPlan, 'nodes'>,
  context: SagaContext,
  { to }: EventData,
): boolean {
  if (to === undefined) return true;
  const node = nodeWith(plan, to);
  return (
    node !== undefined &&
    mayTurnBackFrom(plan, node) &&
    recordsOf(node).some((name) => context.steps[name] !== undefined)
  );
}

/** The saga goes back no farther than to the step that the event names; all the way, when it names none. */
export function rewinding(
  plan: Pick<SagaPlan, 'nodes'>,
  context: SagaContext,
  { to }: EventData,
): SagaContext {
  return { ...context, rewind: to === undefined ? undefined : nodeWith(plan, to)?.name };
}

/** The saga stands before a node as if it had never come to it; what is run again gets a key of its own. */
export function rewound(plan: Pick<SagaPlan, 'nodes'>, context: SagaContext): SagaContext {
  const from = plan.nodes.findIndex(({ name }) => name === context.rewind);
  const again = new Set(plan.nodes.slice(from).flatMap(recordsOf));
  const left = <Value>(all: Readonly<Record<string, Value>>) =>
    Object.fromEntries(Object.entries(all).filter(([name]) => !again.has(name)));
  const generations = Object.entries(context.steps).flatMap(([name, { generation }]) =>
    again.has(name) ? [[name, generation + 1] as const] : [],
  );
  return {
    ...context,
    cause: null,
    rewind: undefined,
    steps: left(context.steps),
    results: left(context.results),
    generations: { ...context.generations, ...Object.fromEntries(generations) },
  };
}

/** The saga goes all the way back after all. */
export function notRewinding(context: SagaContext, event: EventData, type: CauseType): SagaContext {
  const { actor, reason } = event;
  const by = { ...(actor === undefined ? {} : { actor }), ...(reason === undefined ? {} : { reason }) };
  return { ...context, rewind: undefined, cause: { type, ...by } };
}

/** The arrows to the nodes from which the saga may go forward again, once what lies behind them is undone. */
export function rewindArrows(nodes: readonly SagaNode[], at: (node: string) => string) {
  return nodes.map(({ name }) => ({
    target: at(name),
    guard: { type: 'isRewoundTo', params: { node: name } },
    actions: [{ type: 'rewound', params: {} }] satisfies readonly NamedPart[],
  }));
}

/** The node of this name, or the one that the step of this name is a member of. */
export function nodeWith(plan: Pick<SagaPlan, 'nodes'>, name: string): SagaNode | undefined {
  return plan.nodes.find((node) => node.name === name || recordsOf(node).includes(name));
}
