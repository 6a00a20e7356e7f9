import type { Operation, SagaNode, SagaPlan, Step, Wait } from '../core/steps.ts';

/** What guards say while a machine is explored: anything that their authors might have meant. */
export class GuardOracle {
  #answers: readonly boolean[] = [];
  #asked = 0;
  #known: ReadonlySet<string> = new Set();

  /** For the guard of a step to ask. The first answer to a question that was not foreseen is yes. */
  ask(step: string): boolean {
    if (this.#known.has(step)) return true;
    const answer = this.#answers[this.#asked] ?? true;
    this.#asked += 1;
    return answer;
  }

  /** The results of `run` for everything that guards may say in it; those of `known` steps said yes before, and still do. */
  forEach<Result>(known: ReadonlySet<string>, run: () => Result): readonly Result[] {
    this.#known = known;
    const results: Result[] = [];
    const open: (readonly boolean[])[] = [[]];
    for (let answers = open.pop(); answers !== undefined; answers = open.pop()) {
      this.#answers = answers;
      this.#asked = 0;
      results.push(run());
      const yeses = Array.from({ length: this.#asked - answers.length }, () => true);
      // Each question that was answered with yes for want of a better answer may be answered with no.
      const given = [...answers];
      for (let index = answers.length; index < answers.length + yeses.length; index += 1)
        open.push([...given, ...yeses.slice(0, index - answers.length), false]);
    }
    return results;
  }
}

/** How many attempts of a command are told apart: the first, and the last. */
export const fewAttempts = 2;

/**
 * The plan as it is explored: no command has more than `most` attempts (of two the second is the last; those between only
 * repeat the same arrows), and guards ask the oracle.
 */
export function foldedPlan(plan: SagaPlan, oracle: GuardOracle, most = fewAttempts): SagaPlan {
  const few = (operation: Operation): Operation => ({
    ...operation,
    retry: {
      ...operation.retry,
      maximumAttempts: Math.min(operation.retry.maximumAttempts, most),
    },
  });
  const guarded = <Node extends Step | Wait>(node: Node): Node => ({
    ...node,
    when: node.when && (() => oracle.ask(node.name)),
  });
  return withNodes(plan, {
    step: (step) => ({
      ...guarded(step),
      action: few(step.action),
      compensation: step.compensation && few(step.compensation),
    }),
    wait: guarded,
  });
}

/** The plan with other steps and waits in the places of its own. */
export function withNodes(
  plan: SagaPlan,
  to: { readonly step: (step: Step) => Step; readonly wait: (wait: Wait) => Wait },
): SagaPlan {
  const ofNode = (node: SagaNode): SagaNode => {
    if (node.type === 'group') return { ...node, members: node.members.map(to.step) };
    return node.type === 'step' ? to.step(node) : to.wait(node);
  };
  return { ...plan, nodes: plan.nodes.map(ofNode) };
}
