import { structureOf } from './machine.ts';
import { membersOf, type Operation, type SagaNode, type SagaPlan, type Step } from './steps.ts';
import type { DefinitionRef, PinnedDefinition } from './store.ts';
import type { SagaLogic } from './transition.ts';
import { structuralDiff } from './upgrade.ts';

/** What is kept of a definition's structure. */
interface Structure extends Pick<SagaPlan, 'nodes'> {
  /** The chart's states, in its order. */
  readonly states: readonly string[];
}

/** A definition as stores keep it: without its functions, and without what sagas in flight do not depend on. */
export function toPinned(ref: DefinitionRef, { plan, machine }: SagaLogic): PinnedDefinition {
  const states = structureOf(machine).split('\n');
  return { ...ref, structure: JSON.stringify({ nodes: plan.nodes.map(toNode), states }) };
}

/** How two structures of one definition differ, in words: `step 'mail' is added`. */
export function differencesOf(before: PinnedDefinition, after: PinnedDefinition): readonly string[] {
  const [from, to] = [JSON.parse(before.structure), JSON.parse(after.structure)] as [Structure, Structure];
  const { added, removed, moved, changed } = structuralDiff(from, to);
  const steps = [
    ...added.map((name) => `step '${name}' is added`),
    ...removed.map((name) => `step '${name}' is removed`),
    ...(moved.length > 0 ? [`the steps ${moved.join(', ')} come in another order`] : []),
  ];
  // States that come and go with steps tell nothing new.
  const words = [...steps, ...changed, ...(steps.length > 0 ? [] : statesBetween(from, to))];
  return words.length > 0 ? words : ['its states come in another order'];
}

/** States are many: that many are named. */
const mostStates = 5;

function statesBetween(from: Structure, to: Structure): readonly string[] {
  const words = [
    ...to.states.filter((id) => !from.states.includes(id)).map((id) => `the state ${id} is added`),
    ...from.states.filter((id) => !to.states.includes(id)).map((id) => `the state ${id} is removed`),
  ];
  const rest = words.length - mostStates;
  return rest > 0 ? [...words.slice(0, mostStates), `${rest} states more`] : words;
}

function toNode(node: SagaNode) {
  const { type, name } = node;
  if (type === 'wait') return { type, name };
  return type === 'group' ? { type, name, members: membersOf(node).map(toStep) } : toStep(node);
}

function toStep({ type, name, kind, action, compensation, onFailure, onExhausted }: Step) {
  const undo = compensation === undefined ? {} : { compensation: toOperation(compensation) };
  return { type, name, kind, action: toOperation(action), ...undo, onFailure, onExhausted };
}

function toOperation({ participant, operation }: Operation) {
  return { participant, operation };
}
