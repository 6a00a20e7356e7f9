import { type AnyEventObject, assign, setup } from 'xstate';
import type { StateConfig } from '../../src/core/attempts.ts';
import {
  abandoned,
  type EventData,
  owesUndo,
  recorded,
  type SagaContext,
  type StepRecord,
} from '../../src/core/context.ts';
import { type SagaMachine, toConfig } from '../../src/core/machine.ts';
import { sagaActions, sagaDelays, sagaGuards } from '../../src/core/machine-parts.ts';
import { membersOf, type SagaPlan } from '../../src/core/steps.ts';
import type { Rules } from './rules.ts';

type RecordParams = Parameters<typeof recorded>[1];
interface Args {
  readonly context: SagaContext;
}
interface Happened extends Args {
  readonly event: { readonly type: string };
}
interface StepParams {
  readonly step: string;
}

/** The product's own statechart, less the rules that were taken away. */
export function toRuledMachine(plan: SagaPlan, rules: Rules): SagaMachine {
  const machine = setup({
    types: {} as { context: SagaContext; events: AnyEventObject },
    actions: { ...sagaActions(plan), ...looseActions(rules) } as never,
    guards: { ...sagaGuards(plan), ...looseGuards(rules) } as never,
    delays: sagaDelays(plan),
  }).createMachine(ruledConfig(plan, rules) as never);
  return machine as unknown as SagaMachine;
}

function looseActions(rules: Rules): object {
  const record = assign(({ context, event }: Happened, params: RecordParams) =>
    forgetful(rules, recorded(context, params, event as EventData), params),
  );
  const abandonAttempt = assign(({ context, event }: Happened, { step }: StepParams) =>
    event.type === 'park' ? context : abandoned(context, step),
  );
  const forgets = !rules.unreachableKeepsDoubt || !rules.refusalKeepsDoubt;
  return { ...(forgets ? { record } : {}), ...(rules.parkInDoubt ? {} : { abandonAttempt }) };
}

/** What was learnt of an attempt, less the doubt that a rule would have kept. */
function forgetful(rules: Rules, context: SagaContext, { step, op, outcome }: RecordParams): SagaContext {
  const record = context.steps[step];
  const isKept =
    (outcome !== 'unreachable' || rules.unreachableKeepsDoubt) &&
    (outcome !== 'refused' || rules.refusalKeepsDoubt);
  if (isKept || op !== 'do' || record === undefined) return context;
  return { ...context, steps: { ...context.steps, [step]: omitDoubt(record) } };
}

function omitDoubt({ inDoubt: _inDoubt, ...record }: StepRecord): StepRecord {
  return record;
}

function looseGuards(rules: Rules): object {
  const always = (answer: boolean) => () => answer;
  const completed = ({ context }: Args, { step }: StepParams) =>
    owesUndo(context, step) && context.steps[step]?.ordinal !== undefined;
  const orInFlight = ({ context }: Args, { step }: StepParams) =>
    owesUndo(context, step) || context.steps[step]?.inFlight === true;
  const firstFirst = ({ context }: Args, { step, of }: StepParams & { readonly of: readonly string[] }) =>
    step ===
    of
      .filter((name) => owesUndo(context, name))
      .toSorted((a, b) => ordinal(context, a) - ordinal(context, b))[0];
  return {
    ...(rules.undoInDoubt ? {} : { owesUndo: completed }),
    ...(rules.settleFirst ? {} : { isInFlight: always(false), owesUndo: orInFlight }),
    ...(rules.reverseOrder ? {} : { isUndoneNext: firstFirst }),
    ...(rules.sealRefusedInDoubt ? {} : { isRefusedInDoubt: always(false), mustClear: always(false) }),
    ...(rules.noCancelPastPivot ? {} : { canTurnBack: always(true) }),
  };
}

function ordinal(context: SagaContext, step: string): number {
  return context.steps[step]?.ordinal ?? 0;
}

function ruledConfig(plan: SagaPlan, rules: Rules): StateConfig {
  const config = rules.sealPivot ? toConfig(plan) : turnBackInDoubt(plan, toConfig(plan));
  const loosened = rules.parkStuckUndo ? config : giveUpSilently(plan, config);
  return rules.reverseOrder ? loosened : undoFirstFirst(plan, loosened);
}

/** A pivot in doubt counts as failed. */
function turnBackInDoubt(plan: SagaPlan, config: StateConfig): StateConfig {
  const last = undoneNodes(plan).at(-1);
  return retarget(config, (target) => (target.endsWith('sealing') ? toUndo(plan, last) : target));
}

/** An undo that cannot be had counts as done. */
function giveUpSilently(plan: SagaPlan, config: StateConfig): StateConfig {
  const undone = undoneNodes(plan);
  return retarget(config, (target, node) => {
    if (node === undefined || !target.startsWith(at(plan, 'failed'))) return target;
    return toUndo(plan, undone[undone.indexOf(node) - 1]);
  });
}

/** Each undo leads to that of the step after it, and whoever turns back begins with the first step. */
function undoFirstFirst(plan: SagaPlan, config: StateConfig): StateConfig {
  const undone = undoneNodes(plan);
  const swapped = retarget(config, (target, node) => {
    const isUndo = undone.some((name) => target === toUndo(plan, name));
    if (node === undefined) return isUndo ? toUndo(plan, undone[0]) : target;
    const isNext = target === toUndo(plan, undone[undone.indexOf(node) - 1]);
    return isNext ? toUndo(plan, undone[undone.indexOf(node) + 1]) : target;
  });
  const states = swapped['states'] as Readonly<Record<string, StateConfig>>;
  return {
    ...swapped,
    states: { ...states, compensating: { ...states['compensating'], initial: undone[0] } },
  };
}

function undoneNodes(plan: SagaPlan): readonly string[] {
  return plan.nodes
    .filter((node) => membersOf(node).some((step) => step.compensation !== undefined))
    .map(({ name }) => name);
}

function toUndo(plan: SagaPlan, node: string | undefined): string {
  return at(plan, 'compensating', node ?? 'undone');
}

function at(plan: SagaPlan, ...path: readonly string[]): string {
  return `#${[plan.name, ...path].join('.')}`;
}

/** The configuration with its arrows' targets changed; `node` is the node whose undo an arrow belongs to. */
function retarget(
  config: StateConfig,
  change: (target: string, node: string | undefined) => string,
): StateConfig {
  const walk = (value: unknown, path: readonly string[]): unknown => {
    if (Array.isArray(value)) return value.map((item) => walk(item, path));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [
        key,
        key === 'target' && typeof inner === 'string'
          ? change(inner, undoNodeOf(path))
          : walk(inner, [...path, key]),
      ]),
    );
  };
  return walk(config, []) as StateConfig;
}

/** Paths go `states.compensating.states.<node>…`. */
function undoNodeOf([, state, , node]: readonly string[]): string | undefined {
  return state === 'compensating' ? node : undefined;
}
