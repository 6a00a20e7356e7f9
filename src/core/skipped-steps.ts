import { activeCommands, pathsIn } from './active-commands.ts';
import { toParked } from './command-end.ts';
import { isBackward, type SagaTrace } from './saga-trace.ts';
import { nodeWith } from './rewind.ts';
import { membersOf, recordsOf, type SagaPlan } from './steps.ts';
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
    /** The step that the saga was sent back to, and goes on from. */
    readonly rewound: string | undefined;
  },
): readonly string[] {
  const { before, plan, settled, rewound } = at;
  const isForward = row.status === 'completed' || row.status === 'running';
  if (plan === undefined || !isForward) return [];
  const from = rewound === undefined ? whereFrom(row, before, plan) : nodeOfStep(plan, rewound) - 1;
  if (from === undefined) return [];
  const again = rewound === undefined ? [] : plan.nodes.slice(from + 1).flatMap(recordsOf);
  const over = (before?.over ?? []).filter((step) => !again.includes(step));
  const known = new Set([...over, ...(settled === undefined ? [] : [settled])]);
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

/** The node that the saga was at, before it went on; `undefined`: it did not. */
function whereFrom(row: JournalRow, before: SagaTrace | undefined, plan: SagaPlan): number | undefined {
  if (before === undefined) return -1;
  // Nothing was gone past: the saga is still where it was.
  const isThere = nodeOf(before.state) === nodeOf(row.state) && !row.state.includes('.done');
  return isThere || isBackward(before.status) ? undefined : nodeIndexOf(plan, before);
}

/** The part of a state that names its node; also of several regions', which are all of one group. */
function nodeOf(state: string): string {
  return state.slice(0, state.indexOf('.', state.indexOf('.') + 1));
}

/** The node that the saga was at. */
function nodeIndexOf(plan: SagaPlan, before: SagaTrace): number {
  const parked = toParked(before.state, before, plan);
  const at = parked?.step ?? activeCommands(before.state, plan)[0]?.step ?? pathsIn(before.state)[0]?.[1];
  return nodeOfStep(plan, at ?? '');
}

function nodeOfStep(plan: SagaPlan, step: string): number {
  const node = nodeWith(plan, step);
  return plan.nodes.findIndex((one) => one === node);
}
