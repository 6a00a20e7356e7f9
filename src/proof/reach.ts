import type { SagaMachine } from '../core/machine.ts';
import { commandName, type SagaPlan, stepsOf } from '../core/steps.ts';
import { operationOf } from '../core/machine-parts.ts';
import type { Counterexample } from './counterexample.ts';

/** As much of XState's state node as is looked at here. */
interface ChartNode {
  readonly id: string;
  readonly states: Readonly<Record<string, ChartNode>>;
  readonly always?: readonly unknown[] | undefined;
}

/** Innermost states of a saga's chart that it may rest in. */
export function restsOf(plan: SagaPlan, machine: Pick<SagaMachine, 'root'>): readonly string[] {
  const root = machine.root as unknown as ChartNode;
  return leavesOf(root)
    .map((id) => id.slice(plan.name.length + 1))
    .filter((state) => !isNeverNeeded(plan, state));
}

/** A state that no exploration came to, as a breach. */
export function unreached(state: string): Counterexample {
  const story = { lines: [], journal: [], snapshot: null, skipped: [] };
  return { property: 'reachable', what: `nothing leads to ${state}`, ...story };
}

/** States in which a saga can rest for a while: those with an eventless way out are left at once. */
function leavesOf(node: ChartNode): readonly string[] {
  const inner = Object.values(node.states);
  if (inner.length > 0) return inner.flatMap(leavesOf);
  return (node.always?.length ?? 0) > 0 ? [] : [node.id];
}

/** A command with one attempt never waits for a second one. */
function isNeverNeeded(plan: SagaPlan, state: string): boolean {
  const path = state.split('.');
  if (path.at(-1) !== 'backoff') return false;
  return stepsOf(plan).some((step) =>
    (['do', 'undo', 'seal'] as const).some(
      (op) =>
        path.includes(step.name) &&
        operationOf(step, op).retry.maximumAttempts === 1 &&
        commandName(step.name, op) !== '',
    ),
  );
}
