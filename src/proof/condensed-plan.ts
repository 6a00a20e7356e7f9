import type { Guarantee } from './effects.ts';
import type { Operation, SagaNode, SagaPlan, Step } from '../core/steps.ts';

/** What participants guarantee, as far as anything is said of them. */
type Participants = Readonly<Record<string, Guarantee>>;

/** A plan in which runs of steps that are alike are cut down to two of them: what the third does the second did. The plan itself where there are none. */
export function condensedPlan(plan: SagaPlan, participants: Participants): SagaPlan {
  const kinds = plan.nodes.map((node) => kindOf(node, participants));
  const isThird = (index: number) =>
    index >= 2 && kinds[index] === kinds[index - 1] && kinds[index] === kinds[index - 2];
  const nodes = plan.nodes.filter((_, index) => !isThird(index));
  // The same plan has the same machine.
  return nodes.length === plan.nodes.length ? plan : { ...plan, nodes };
}

/** Equal for steps that the generated machine treats alike, but for their names and times. */
export function kindOf(node: SagaNode, participants: Participants): string {
  if (node.type === 'group')
    return `group(${node.members.map((member) => kindOf(member, participants)).join()})`;
  if (node.type === 'wait')
    return JSON.stringify(['wait', node.onTimeout, node.timeout === undefined, node.when !== undefined]);
  return JSON.stringify([
    node.kind,
    node.onFailure,
    node.onExhausted,
    node.undoAlways,
    node.when !== undefined,
    operationKind(node, node.action, participants),
    node.compensation && operationKind(node, node.compensation, participants),
  ]);
}

function operationKind(step: Step, { participant, retry }: Operation, participants: Participants): unknown {
  const isShared = participant === step.action.participant;
  return [participants[participant], isShared, Math.min(retry.maximumAttempts, 2)];
}
