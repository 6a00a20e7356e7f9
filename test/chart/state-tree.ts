import type { MachineNode } from '../../src/chart/graph.ts';

/** The paths of all states of a machine, read from XState's own nodes. */
export function stateTreeOf(root: MachineNode): readonly string[] {
  return Object.values(root.states).flatMap((node) => [node.path.join('.'), ...stateTreeOf(node)]);
}
