import type { AnySagaDefinition } from '../core/definition.ts';
import type { SagaMachine } from '../core/machine.ts';
import { type ReplayedMove, replayed } from '../core/replayed.ts';
import type { InspectedEvent } from './inspection-message.ts';
import type { InspectionOptions } from './inspection.ts';
import { type ChartPart, type MachineArrow, type MachineNode, toPart, toTrigger } from './graph.ts';

/** A message as `@xstate/inspect` 0.8 takes it: machine, state and event are JSON texts. */
export type InspectionV4Message =
  | {
      readonly type: 'service.register';
      readonly sessionId: string;
      readonly id: string;
      readonly machine: string;
      readonly state: string;
    }
  | { readonly type: 'service.event'; readonly sessionId: string; readonly event: string }
  | { readonly type: 'service.state'; readonly sessionId: string; readonly state: string }
  | { readonly type: 'service.stop'; readonly sessionId: string };

/**
 * A saga's journal as the messages of `@xstate/inspect` 0.8, which knows XState 4 only: the machine is translated, and its
 * guards and delays are names. Pure. `see` is applied to states and events before they become text. Throws
 * `NotFoundError` for a journal of another definition.
 */
export function toInspectionV4(
  { definition, saga, rows, after = 0 }: InspectionOptions,
  see: (value: unknown) => unknown = (value) => value,
): readonly InspectionV4Message[] {
  const logic = { plan: definition.plan, machine: definition.machine as SagaMachine };
  const toText = (value: unknown) => JSON.stringify(see(value));
  return [...replayed(logic, saga, rows)]
    .filter(({ row }) => row.seq > after)
    .flatMap((line) => toMessages(definition, saga.id, line, toText));
}

function toMessages(
  { machine, plan }: InspectionOptions['definition'],
  sessionId: string,
  { event, move }: ReplayedMove,
  toText: (value: unknown) => string,
): readonly InspectionV4Message[] {
  const { state } = move.snapshot;
  const told: InspectedEvent = { ...event, type: event.type === 'start' ? 'xstate.init' : event.type };
  const text = toText(toStateV4(sessionId, told, state));
  const moved: readonly InspectionV4Message[] =
    event.type === 'start'
      ? [{ type: 'service.register', sessionId, id: plan.name, machine: toMachineV4(machine), state: text }]
      : [
          { type: 'service.event', sessionId, event: toText(toScxml(told)) },
          { type: 'service.state', sessionId, state: text },
        ];
  return state.status === 'done' ? [...moved, { type: 'service.stop', sessionId }] : moved;
}

/** A machine as XState 4 reads it, as text. Targets are ids, so that they need no paths. */
export function toMachineV4(machine: AnySagaDefinition['machine']): string {
  return JSON.stringify(toNodeV4((machine as { readonly root: MachineNode }).root));
}

interface ArrowV4 {
  readonly target: readonly string[] | undefined;
  readonly actions: readonly ChartPart[];
  readonly cond?: ChartPart;
}

function toNodeV4(node: MachineNode): object {
  const on: Record<string, readonly ArrowV4[]> = {};
  const after: Record<string, readonly ArrowV4[]> = {};
  for (const [type, arrows] of node.transitions) {
    const { trigger, event } = toTrigger(node, type);
    if (trigger === 'after') after[event] = arrows.map(toArrowV4);
    else on[trigger === 'done' ? `done.state.${node.id}` : event] = arrows.map(toArrowV4);
  }
  const states = Object.entries(node.states).map(([key, child]) => [key, toNodeV4(child)] as const);
  const initial = node.type === 'compound' ? node.initial.target?.[0]?.key : undefined;
  return {
    id: node.id,
    key: node.key,
    ...(node.type === 'parallel' || node.type === 'final' ? { type: node.type } : {}),
    ...(initial === undefined ? {} : { initial }),
    on,
    after,
    ...(node.always === undefined ? {} : { always: node.always.map(toArrowV4) }),
    tags: [...node.tags],
    description: node.description,
    ...(states.length === 0 ? {} : { states: Object.fromEntries(states) }),
  };
}

function toArrowV4({ target, guard, actions }: MachineArrow): ArrowV4 {
  return {
    target: target?.map(({ id }) => `#${id}`),
    actions: actions.map(toPart).filter(({ type }) => !type.startsWith('xstate.')),
    ...(guard === undefined ? {} : { cond: toPart(guard) }),
  };
}

function toStateV4(
  sessionId: string,
  event: InspectedEvent,
  state: ReplayedMove['move']['snapshot']['state'],
): object {
  const none = { actions: [], meta: {}, events: [], configuration: [], transitions: [] };
  return {
    value: state.value,
    context: state.context,
    event,
    _event: toScxml(event),
    _sessionid: sessionId,
    ...none,
    activities: {},
    children: {},
    done: state.status === 'done',
    tags: [...state.tags],
    changed: true,
  };
}

function toScxml(event: InspectedEvent): object {
  return { name: event.type, data: event, $$type: 'scxml', type: 'external' };
}
