import type { RetryPolicy } from './retry-policy.ts';
import type { Schema } from './schema.ts';
import type { HookCall } from './hooks.ts';

/**
 * What a step means for going backward (Richardson's words): `compensatable` is undone; a `pivot` decides, nothing
 * before it is undone once it succeeded; `retriable` comes after the point of no return and is only repeated;
 * `readonly` has nothing to undo.
 */
export type StepKind = 'compensatable' | 'pivot' | 'retriable' | 'readonly';

/** What a step's functions look at: the saga's input and the results of earlier steps. */
export interface SagaView<Input = unknown, Results = Readonly<Record<string, unknown>>> {
  readonly sagaId: string;
  readonly input: Input;
  readonly results: Results;
}

/** What a participant is asked for. */
export interface Operation {
  readonly participant: string;
  readonly operation: string;
  /** Makes the command's input; pure. */
  readonly input: (view: SagaView) => unknown;
  /** How long one attempt may take; ms. */
  readonly timeout: number;
  readonly retry: RetryPolicy;
}

/** What happens on a refusal: go backward, try again as if it were temporary, or park for a person. */
export type OnFailure = 'compensate' | 'retry' | 'ask';

/** What happens when all attempts are used up: go backward, or park for a person. */
export type OnExhausted = 'compensate' | 'ask';

/** What happens when a signal does not come in time: go backward, park for a person, or go on without. */
export type OnTimeout = 'compensate' | 'ask' | 'continue';

/** A function that is told of something after it is durable; at least once. */
export type Hook = (call: HookCall) => void | Promise<void>;

/** A step with all defaults filled in. */
export interface Step {
  readonly type: 'step';
  readonly name: string;
  readonly kind: StepKind;
  readonly description: string;
  readonly action: Operation;
  readonly reply: Schema | undefined;
  readonly compensation: Operation | undefined;
  /** Why there is no compensation, for a compensatable step without one. */
  readonly noCompensation: string | undefined;
  readonly when: ((view: SagaView) => boolean) | undefined;
  /** Undo even a refusal, for participants whose refusals can leave effects behind. */
  readonly undoAlways: boolean;
  readonly onFailure: OnFailure;
  readonly onExhausted: OnExhausted;
  readonly hooks: Readonly<Partial<Record<'onSuccess' | 'onFailure', Hook>>>;
}

/** Steps that run at the same time. */
export interface Group {
  readonly type: 'group';
  readonly name: string;
  readonly members: readonly Step[];
}

/** A place where the saga waits for a signal of its name from outside. Nobody is asked for anything, and there is nothing to undo. */
export interface Wait {
  readonly type: 'wait';
  readonly name: string;
  readonly description: string;
  /** Validates the signal's data; its output is the result. */
  readonly schema: Schema | undefined;
  /** ms; `undefined`: as long as it takes. */
  readonly timeout: number | undefined;
  readonly onTimeout: OnTimeout;
  readonly when: ((view: SagaView) => boolean) | undefined;
}

/** What a saga is a list of. */
export type SagaNode = Step | Group | Wait;

/** The saga as the machine builder sees it: data and pure functions, types erased. */
export interface SagaPlan {
  readonly name: string;
  readonly version: number;
  readonly description: string;
  readonly nodes: readonly SagaNode[];
  /** ms; `undefined`: the saga has no deadline. */
  readonly timeout: number | undefined;
  readonly hooks: Readonly<Partial<Record<'onCompleted' | 'onCompensated' | 'onFailed', Hook>>>;
}

const stepLists = new WeakMap<readonly SagaNode[], readonly Step[]>();

/** All steps in the order of the definition, groups opened. */
export function stepsOf({ nodes }: Pick<SagaPlan, 'nodes'>): readonly Step[] {
  const steps = stepLists.get(nodes) ?? nodes.flatMap(membersOf);
  stepLists.set(nodes, steps);
  return steps;
}

/** The steps of a node; none of a wait. */
export function membersOf(node: SagaNode): readonly Step[] {
  return node.type === 'group' ? node.members : node.type === 'step' ? [node] : [];
}

/** The places where the saga waits for a signal, in order. */
export function waitsOf(plan: Pick<SagaPlan, 'nodes'>): readonly Wait[] {
  return plan.nodes.flatMap((node) => (node.type === 'wait' ? [node] : []));
}

/** Everything of a node that keeps a record in the saga's context: its steps, or the wait itself. */
export function recordsOf(node: SagaNode): readonly string[] {
  return node.type === 'wait' ? [node.name] : membersOf(node).map(({ name }) => name);
}

/** The index of the first node from which a saga only goes forward: the pivot, or the first retriable; `nodes.length` when none. */
export function pointOfNoReturn(plan: Pick<SagaPlan, 'nodes'>): number {
  const index = plan.nodes.findIndex((node) => membersOf(node).some((step) => isForwardOnly(step)));
  return index < 0 ? plan.nodes.length : index;
}

/** Whether a saga may turn back from a node: up to the point of no return, and from a pivot, which may prove not to have happened. */
export function mayTurnBackFrom(plan: Pick<SagaPlan, 'nodes'>, node: SagaNode): boolean {
  const [index, from] = [plan.nodes.indexOf(node), pointOfNoReturn(plan)];
  return index < from || (index === from && node.type === 'step' && node.kind === 'pivot');
}

/** Whether a step lies at or behind the point of no return. */
export function isForwardOnly(step: Step): boolean {
  return step.kind === 'pivot' || step.kind === 'retriable';
}

/** The name of a step's command: `charge`, `undoCharge`, `sealCharge`. Events, delays and parked states are named after it. */
export function commandName(step: string, op: 'do' | 'undo' | 'seal'): string {
  return op === 'do' ? step : op + step.charAt(0).toUpperCase() + step.slice(1);
}
