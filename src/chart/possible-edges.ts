import type { SagaContext } from '../core/context.ts';
import { type GraphLookup, type IndexedEdge, withAncestors } from './graph-lookup.ts';

/** Whether a guard of the machine lets a transition pass, as far as the context says. */
export type GuardCheck = (guard: NonNullable<IndexedEdge['guard']>, event: string) => boolean;

/** Guards that look at the event: only whoever sends it knows. */
const upToTheEvent = ['isResolvedAs', 'isDecidedAs'];

/**
 * The transitions that a saga may take next: out of the states it is in, in the order of the chart, up to the first
 * one for an event that the guards let pass. What the engine does when it gives up (`park`) is left out: it is
 * possible everywhere.
 */
export function possibleEdges(
  index: GraphLookup,
  active: readonly string[],
  isOpen: GuardCheck,
): readonly IndexedEdge[] {
  return active.flatMap((leaf) => {
    const settled = new Set<string>();
    return withAncestors(leaf)
      .flatMap((id) => index.outgoing(id))
      .filter((edge) => {
        const { trigger, event, guard } = edge;
        if (event === '' || event === 'park' || settled.has(`${trigger} ${event}`)) return false;
        const isUpToTheEvent = guard !== null && upToTheEvent.includes(guard.type);
        const isPossible = isUpToTheEvent || guard === null || isOpen(guard, event);
        if (isPossible && !isUpToTheEvent) settled.add(`${trigger} ${event}`);
        return isPossible;
      });
  });
}

/** The guards of a machine, asked about a context alone. One that throws does not let pass. */
export function toGuardCheck(
  machine: { readonly implementations: { readonly guards: object } },
  context: SagaContext,
): GuardCheck {
  const guards = machine.implementations.guards as Readonly<
    Record<string, ((args: object, params: object) => unknown) | undefined>
  >;
  return ({ type, params }, event) => {
    try {
      return guards[type]?.({ context, event: { type: event } }, params) !== false;
    } catch {
      return false;
    }
  };
}
