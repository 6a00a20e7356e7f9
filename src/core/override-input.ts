import { type EventData, owesUndo, type SagaContext, withStep } from './context.ts';
import { nodeWith } from './rewind.ts';
import { commandName, membersOf, type SagaPlan, waitsOf } from './steps.ts';
import type { Op } from './transport.ts';

/** A command whose input a person may change. */
interface CommandOf {
  readonly step: string;
  readonly op: Op;
}

/**
 * Whether an event that sends a command again may bring another input. An action that may have had an effect keeps its
 * key, and under that key a participant may answer what it answered to the old input; an undo may always be asked anew.
 * A wait asks nobody: there is nothing that an input could be for.
 */
export function mayTakeInput(
  plan: Pick<SagaPlan, 'nodes'>,
  context: SagaContext,
  { input }: EventData,
  { step, op }: CommandOf,
): boolean {
  if (input === undefined || op === 'undo') return true;
  if (isWait(plan, step)) return false;
  return op === 'do' && isEffectFree(context, step);
}

/** Whether a name is that of a wait. */
export function isWait(plan: Pick<SagaPlan, 'nodes'>, name: string): boolean {
  return waitsOf(plan).some((wait) => wait.name === name);
}

/**
 * Whether an event's input could be meant for several actions: of a group's members all that wait to be asked again hear
 * the event, and each would take it.
 */
export function isAmbiguous(
  plan: Pick<SagaPlan, 'nodes'>,
  context: SagaContext,
  { input }: EventData,
  { step, op }: CommandOf,
): boolean {
  if (input === undefined || op !== 'do' || context.parked !== null) return false;
  const node = nodeWith(plan, step);
  const waits = (name: string) => {
    const record = context.steps[name];
    return record?.status === 'running' && record.held === undefined && isEffectFree(context, name);
  };
  return node !== undefined && membersOf(node).some(({ name }) => name !== step && waits(name));
}

/** Whether it is proven that a step has no effect. */
export function isEffectFree(context: SagaContext, step: string): boolean {
  return context.steps[step]?.inFlight !== true && !owesUndo(context, step);
}

/** From now on the command is sent with the input that a person gave; an action that `isRenewed` gets a new key with it. */
export function inputTaken(
  context: SagaContext,
  { input }: EventData,
  { step, op, isRenewed }: CommandOf & { readonly isRenewed: boolean },
): SagaContext {
  if (input === undefined) return context;
  const inputs = { ...context.inputs, [commandName(step, op)]: input };
  const next: SagaContext = { ...context, overridden: true, inputs };
  const generation = next.steps[step]?.generation ?? 1;
  return isRenewed && op === 'do' ? withStep(next, step, { generation: generation + 1 }) : next;
}
