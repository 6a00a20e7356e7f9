import { activeCommands, pathsIn } from './active-commands.ts';
import { toParked } from './command-end.ts';
import { isBackward, type SagaTrace } from './saga-trace.ts';
import { membersOf, type SagaPlan } from './steps.ts';
import type { JournalRow } from './store.ts';

/**
 * The steps that a line of the journal went past because their guard said so: no command was sent for them, and the
 * state never shows them. `settled` is the step that the line brought to its end otherwise.
 */
export function skippedSteps(
  row: JournalRow,
  at: {
    readonly before: SagaTrace | undefined;
    readonly plan: SagaPlan | undefined;
    readonly settled: string | undefined;
  },
): readonly string[] {
  const { before, plan, settled } = at;
  const isForward = row.status === 'completed' || row.status === 'running';
  if (plan === undefined || !isForward || isBackward(before?.status ?? 'running')) return [];
  // Nothing was gone past: the saga is still where it was.
  if (before !== undefined && nodeOf(before.state) === nodeOf(row.state) && !row.state.includes('.done'))
    return [];
  const known = new Set([...(before?.over ?? []), ...(settled === undefined ? [] : [settled])]);
  const from = before === undefined ? -1 : nodeIndexOf(plan, before);
  const to =
    row.status === 'completed'
      ? plan.nodes.length
      : plan.nodes.findIndex(({ name }) => name === pathsIn(row.state)[0]?.[1]);
  const passed = plan.nodes.slice(from + 1, Math.max(from + 1, to)).flatMap(membersOf);
  const done = pathsIn(row.state).flatMap((path) =>
    path.length === 4 && path[3] === 'done' ? [path[2] ?? ''] : [],
  );
  return [...passed.map(({ name }) => name), ...done].filter((step) => !known.has(step));
}

/** The part of a state that names its node; also of several regions', which are all of one group. */
function nodeOf(state: string): string {
  return state.slice(0, state.indexOf('.', state.indexOf('.') + 1));
}

/** The node that the saga was at. */
function nodeIndexOf(plan: SagaPlan, before: SagaTrace): number {
  const parked = toParked(before.state, before, plan);
  const at = parked?.step ?? activeCommands(before.state, plan)[0]?.step ?? pathsIn(before.state)[0]?.[1];
  return plan.nodes.findIndex((node) => node.name === at || membersOf(node).some(({ name }) => name === at));
}
