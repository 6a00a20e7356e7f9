import type { SagaContext } from './context.ts';
import { operationOf } from './machine-parts.ts';
import { viewOf } from './saga-view.ts';
import { commandName, type SagaPlan, type SagaView, type Step, stepsOf } from './steps.ts';
import type { CommandRequest, Op } from './transport.ts';

/** A command that the chart wants sent: which attempt of what. */
export interface Command {
  /** `charge`, `undoCharge`, `sealCharge`: what its reply's event is named after. */
  readonly name: string;
  readonly step: string;
  readonly op: Op;
  readonly attempt: number;
  readonly generation: number;
}

/** The command that an `executing` state is about, from the context after it was entered. */
export function toCommand(
  context: SagaContext,
  { step, op }: { readonly step: string; readonly op: Op },
): Command {
  const record = context.steps[step];
  return {
    name: commandName(step, op),
    step,
    op,
    attempt: record?.attempts[op] ?? 1,
    generation: record?.generation ?? 1,
  };
}

/** Whether a reply is to the attempt that the saga awaits; late, duplicate and foreign ones are not. */
export function isAwaited(
  context: SagaContext,
  event: { readonly step: string; readonly op: Op; readonly attempt: number; readonly generation: number },
): boolean {
  const record = context.steps[event.step];
  const isLatest = record?.attempts[event.op] === event.attempt && record.generation === event.generation;
  return isLatest && record.held !== event.op;
}

const indexes = new WeakMap<SagaPlan, ReadonlyMap<string, Step>>();

/** Looks a step up by name; throws when there is none. */
export function stepNamed(plan: SagaPlan, name: string): Step {
  const index = indexes.get(plan) ?? new Map(stepsOf(plan).map((step) => [step.name, step]));
  indexes.set(plan, index);
  const step = index.get(name);
  if (step === undefined) throw new Error(`saga '${plan.name}' has no step '${name}'`);
  return step;
}

/** Contract §3: the same for all attempts of one op. Loops are not there yet: the iteration is 1. */
export function idempotencyKey(
  tenant: string,
  sagaId: string,
  command: Pick<Command, 'step' | 'generation' | 'op'>,
): string {
  return [tenant, sagaId, command.step, 1, command.generation, command.op].join(':');
}

/**
 * The request that carries a command out. Throws what the step's `input` function throws: then nothing was sent,
 * nor ever will be under this key.
 */
export function toRequest(
  plan: SagaPlan,
  command: Command,
  from: { readonly tenant: string; readonly context: SagaContext; readonly deadline: number },
): CommandRequest {
  const { context, tenant, deadline } = from;
  const step = stepNamed(plan, command.step);
  const operation = operationOf(step, command.op);
  const original = command.op === 'undo' ? context.results[step.name] : undefined;
  const view = viewOf(plan, context, step.name);
  return {
    participant: operation.participant,
    operation: operation.operation,
    tenant,
    sagaId: context.id,
    sagaName: plan.name,
    step: step.name,
    attempt: command.attempt,
    op: command.op,
    idempotencyKey: idempotencyKey(tenant, context.id, command),
    deadline,
    ...(context.traceparent === undefined ? {} : { traceparent: context.traceparent }),
    body: {
      input: context.inputs === undefined ? operation.input(view) : inputOf(step, command, { context, view }),
      ...(original === undefined ? {} : { original }),
    },
  };
}

/** The input that a person gave, where one did; the definition's undo of an action is made from what its action was given. */
function inputOf(
  step: Step,
  { name, op }: Command,
  { context, view }: { readonly context: SagaContext; readonly view: SagaView },
): unknown {
  const operation = operationOf(step, op);
  const { inputs = {} } = context;
  if (Object.hasOwn(inputs, name)) return inputs[name];
  const isActions = operation.input === step.action.input && Object.hasOwn(inputs, step.name);
  return isActions ? inputs[step.name] : operation.input(view);
}
