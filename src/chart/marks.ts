import type { Cause, Parked, SagaContext, StepRecord } from '../core/context.ts';
import type { AnySagaDefinition } from '../core/definition.ts';
import type { SagaMachine } from '../core/machine.ts';
import type { StoredSnapshot } from '../core/snapshot.ts';
import { commandName, membersOf, type SagaPlan } from '../core/steps.ts';
import type { JournalRow, SagaStatus } from '../core/store.ts';
import { GraphLookup, withAncestors } from './graph-lookup.ts';
import { type Step, walk } from './chart-walk.ts';
import type { ChartGraph } from './graph.ts';
import { possibleEdges, toGuardCheck } from './possible-edges.ts';

/** What a saga did in a state, and what it may do there. */
export interface StateMark {
  /** How often it came there. */
  readonly visits: number;
  /** How long it was there in stays that are over; ms. */
  readonly spent: number;
  readonly isActive: boolean;
  /** What the state stands for went wrong. */
  readonly isFailed: boolean;
  /** The effect of the step is taken back. */
  readonly isUndone: boolean;
  /** It may come there next. */
  readonly isPossible: boolean;
}

/** What a saga did on a transition. */
export interface EdgeMark {
  /** How often it was taken. */
  readonly taken: number;
  /** The last line of the journal took it. */
  readonly isLast: boolean;
  readonly isPossible: boolean;
  /** When it is taken by itself, if nothing comes before; ms since the epoch. */
  readonly dueAt: number | null;
}

/** A saga's way through its chart. */
export interface Marks {
  readonly status: SagaStatus;
  /** The innermost states it is in. */
  readonly active: readonly string[];
  /** By state; one that is left out was not come to and cannot be next. */
  readonly states: Readonly<Record<string, StateMark>>;
  /** By position in the graph's `edges`; one that is left out was not taken and cannot be next. */
  readonly edges: Readonly<Record<string, EdgeMark>>;
  /** By step, as far as it came to them. */
  readonly steps: Readonly<Record<string, StepRecord>>;
  readonly cause: Cause | null;
  readonly parked: Parked | null;
}

/** What marks are made from: the definition, and the saga's journal with the snapshot after its last line. */
export interface MarksOptions {
  readonly graph: ChartGraph;
  readonly definition: Pick<AnySagaDefinition, 'plan' | 'machine'>;
  readonly snapshot: StoredSnapshot;
  /** From the first line on, oldest first. */
  readonly rows: readonly JournalRow[];
}

/** A saga's way through its chart: where it was, where it is, what may come next. Pure. */
export function toMarks({ graph, definition, snapshot, rows }: MarksOptions): Marks {
  const index = new GraphLookup(graph);
  const steps = walk(index, rows);
  const { context, timers } = snapshot;
  const last = rows.at(-1);
  const active = steps.at(-1)?.active ?? [];
  const possible = possibleEdges(index, active, toGuardCheck(definition.machine as SagaMachine, context));
  const states = new Map<string, StateMark>();
  const edges = new Map<number, EdgeMark>();
  const mark = (id: string, patch: Partial<StateMark>) =>
    states.set(id, { ...(states.get(id) ?? unmarked), ...patch });
  for (const [id, stay] of staysOf(steps, rows)) mark(id, stay);
  for (const id of active.flatMap(withAncestors)) mark(id, { isActive: true });
  for (const id of failedStates(definition.plan, context, active)) mark(id, { isFailed: true });
  for (const id of undoneStates(definition.plan, context)) mark(id, { isUndone: true });
  for (const edge of possible) {
    const entered = index.take(edge, active).entered.flatMap(withAncestors);
    for (const id of entered.filter((one) => states.get(one)?.isActive !== true))
      mark(id, { isPossible: true });
    const armed = Object.entries(timers).find(([type]) => index.isSetOffBy(edge, type));
    edges.set(edge.index, { ...untaken, isPossible: true, dueAt: armed?.[1] ?? null });
  }
  for (const [position, { edges: taken }] of steps.entries())
    for (const one of taken) {
      const before = edges.get(one) ?? untaken;
      edges.set(one, { ...before, taken: before.taken + 1, isLast: position === steps.length - 1 });
    }
  return {
    status: last?.status ?? 'running',
    active,
    // A step without a compensation has no state for it.
    states: Object.fromEntries([...states].filter(([id]) => index.has(id))),
    edges: Object.fromEntries(edges),
    steps: context.steps,
    cause: context.cause,
    parked: context.parked,
  };
}

const unmarked: StateMark = {
  visits: 0,
  spent: 0,
  isActive: false,
  isFailed: false,
  isUndone: false,
  isPossible: false,
};
const untaken: EdgeMark = { taken: 0, isLast: false, isPossible: false, dueAt: null };

type Stay = Pick<StateMark, 'visits' | 'spent'>;

function staysOf(steps: readonly Step[], rows: readonly JournalRow[]): ReadonlyMap<string, Stay> {
  const stays = new Map<string, Stay>();
  const since = new Map<string, number>();
  for (const [position, { entered, active }] of steps.entries()) {
    const at = rows[position]?.at ?? 0;
    const now = new Set(active.flatMap(withAncestors));
    const come = new Set([...entered, ...active].flatMap(withAncestors).filter((id) => !since.has(id)));
    for (const id of come)
      stays.set(id, { visits: (stays.get(id)?.visits ?? 0) + 1, spent: stays.get(id)?.spent ?? 0 });
    for (const [id, from] of since)
      if (!now.has(id)) {
        const { visits = 0, spent = 0 } = stays.get(id) ?? {};
        stays.set(id, { visits, spent: spent + at - from });
        since.delete(id);
      }
    for (const id of now) if (!since.has(id)) since.set(id, at);
  }
  return stays;
}

/** Where a failure is shown: at the step that gave up or is the cause, at the command that waits for a person. */
function failedStates(
  plan: SagaPlan,
  { steps, cause, parked }: SagaContext,
  active: readonly string[],
): readonly string[] {
  return [
    ...pathsOf(plan).flatMap(({ step, path }) => {
      const isFailed =
        steps[step]?.status === 'failed' ||
        (cause?.type === 'stepFailed' && cause.step === step) ||
        parked?.command === step;
      const isUndoFailed = parked?.command === commandName(step, 'undo');
      return [...(isFailed ? [`running.${path}`] : []), ...(isUndoFailed ? [`compensating.${path}`] : [])];
    }),
    ...active.filter((id) => id.startsWith('failed.')).flatMap(withAncestors),
  ];
}

function undoneStates(plan: SagaPlan, { steps }: SagaContext): readonly string[] {
  const undone = pathsOf(plan).filter(({ step }) => steps[step]?.status === 'compensated');
  return undone.flatMap(({ path }) => [`running.${path}`, `compensating.${path}`]);
}

/** Each step with its path in `running` and `compensating`. */
function pathsOf(plan: SagaPlan): readonly { readonly step: string; readonly path: string }[] {
  return plan.nodes.flatMap((node) =>
    membersOf(node).map(({ name }) => ({
      step: name,
      path: node.type === 'group' ? `${node.name}.${name}` : name,
    })),
  );
}
