import type { SagaContext } from './context.ts';
import { membersOf, type SagaPlan, type SagaView } from './steps.ts';

/** By step: the other members of its group. Steps that are in none are left out. */
const indexes = new WeakMap<SagaPlan, ReadonlyMap<string, ReadonlySet<string>>>();

/**
 * What the functions of a step, or of a wait, look at. A member of a group sees the results of the steps before the group,
 * and, for its undo, its own: what is asked again under one key must not change with what others bring meanwhile.
 */
export function viewOf(plan: SagaPlan, context: SagaContext, step: string): SagaView {
  const fellows = fellowsIn(plan).get(step);
  const { id: sagaId, input, results } = context;
  if (fellows === undefined) return { sagaId, input, results };
  const seen = Object.entries(results).filter(([name]) => !fellows.has(name));
  return { sagaId, input, results: Object.fromEntries(seen) };
}

function fellowsIn(plan: SagaPlan): ReadonlyMap<string, ReadonlySet<string>> {
  const known = indexes.get(plan);
  if (known !== undefined) return known;
  const groups = plan.nodes.filter(({ type }) => type === 'group').map(membersOf);
  const index = new Map(
    groups.flatMap((members) =>
      members.map(
        ({ name }) =>
          [name, new Set(members.map((other) => other.name).filter((other) => other !== name))] as const,
      ),
    ),
  );
  indexes.set(plan, index);
  return index;
}
