import type { SagaContext } from './context.ts';
import { isAmbiguous, isWait, mayTakeInput } from './override-input.ts';
import { type SagaSnapshot, statusOf } from './snapshot.ts';
import { mayTurnBackFrom, type SagaPlan, stepsOf, waitsOf } from './steps.ts';
import { legalActions, legalSignals, type OperatorEvent, type SagaEvent } from './transition.ts';
import { isWithinReach, nodeWith } from './rewind.ts';

/** Why the chart has no arrow for an event, in words for the person who asked for it: what is wrong, and what to do. */
export function refusalOf(
  { plan }: { readonly plan: SagaPlan },
  snapshot: SagaSnapshot,
  event: SagaEvent,
): string {
  const { id, paused } = snapshot.state.context;
  const particular = particularRefusal(plan, snapshot, event);
  const legal = legalActions(snapshot);
  const status = `${statusOf(snapshot)}${paused === undefined ? '' : ' and paused'}`;
  return `${particular ?? `'${event.type}' is not possible while saga '${id}' is ${status}`}; possible now: ${legal.join(', ') || 'nothing'}`;
}

/** What is wrong with the event's own data; `undefined`: nothing, it is the wrong time for it. */
function particularRefusal(plan: SagaPlan, snapshot: SagaSnapshot, event: SagaEvent): string | undefined {
  const { context } = snapshot.state;
  if (event.type === 'retry' && event.input !== undefined && legalActions(snapshot).includes('retry'))
    return inputRefusal(plan, context, event);
  if (event.type === 'compensate' && event.to !== undefined && !isWithinReach(plan, context, event))
    return reachRefusal(plan, context.id, event.to);
  return event.type === 'signal' ? signalRefusal(plan, snapshot, event) : undefined;
}

function inputRefusal(plan: SagaPlan, context: SagaContext, event: OperatorEvent): string | undefined {
  const { command = '' } = context.parked ?? {};
  if (isWait(plan, command))
    return `saga '${context.id}' waits for the signal '${command}' and asks nobody: there is no command whose input could be changed. Retry without an input, to wait once more`;
  const isOver = (name: string) =>
    ['completed', 'skipped', 'compensated'].includes(context.steps[name]?.status ?? '');
  const open = stepsOf(plan).filter(({ name }) => context.steps[name] !== undefined && !isOver(name));
  if (open.some(({ name }) => isAmbiguous(plan, context, event, { step: name, op: 'do' })))
    return `several steps wait, and an input can be meant for one of them only: retry without an input`;
  const doubtful = open.find(({ name }) => !mayTakeInput(plan, context, event, { step: name, op: 'do' }));
  return doubtful === undefined
    ? undefined
    : `step '${doubtful.name}' may have had an effect with the input it was given, and is asked under the same key again: another input would be answered as the old one was. Retry without an input, or compensate first`;
}

function reachRefusal(plan: SagaPlan, id: string, to: string): string {
  const node = nodeWith(plan, to);
  return node === undefined || mayTurnBackFrom(plan, node)
    ? `saga '${id}' did not come to a step '${to}': it cannot go back there`
    : `step '${to}' lies behind the point of no return: saga '${id}' cannot go back there`;
}

function signalRefusal(plan: SagaPlan, snapshot: SagaSnapshot, event: SagaEvent): string | undefined {
  const name = 'name' in event ? event.name : undefined;
  const { context } = snapshot.state;
  const isKnown = waitsOf(plan).some((wait) => wait.name === name);
  const wasHeard =
    name !== undefined &&
    (context.signals?.[name] !== undefined || context.steps[name]?.status === 'completed');
  if (isKnown && wasHeard) return `saga '${context.id}' heard the signal '${name}' already`;
  const heard = legalSignals(plan, snapshot);
  return heard.length === 0
    ? undefined
    : `saga '${context.id}' does not hear '${name}' now; it hears: ${heard.join(', ')}`;
}
