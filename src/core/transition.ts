import { type Command, isAwaited, toCommand } from './command.ts';
import type { PendingHook } from './hooks.ts';
import type { SagaMachine } from './machine.ts';
import { type MachineState, type SagaSnapshot, statusOf } from './snapshot.ts';
import type { SagaPlan } from './steps.ts';
import { type ActionData, initialStep, nextStep } from './stepper.ts';
import type { Op, Reply } from './transport.ts';

/** A saga's definition as the pure functions need it. */
export interface SagaLogic {
  readonly plan: SagaPlan;
  readonly machine: SagaMachine;
}

/** What happens to a saga; plain JSON, journaled as it is. */
export type SagaEvent = ReplyEvent | OperatorEvent | TimerEvent | EngineEvent;

/** An attempt ended. `type` is `<command>.<reply>`; `resent`: it was sent again after a takeover. */
export type ReplyEvent = Omit<Reply, 'type'> & {
  readonly type: `${string}.${Reply['type']}`;
  readonly step: string;
  readonly op: Op;
  readonly attempt: number;
  readonly generation: number;
  readonly resent?: boolean;
};

/** What a person or an API may ask of a running saga. */
export type OperatorAction = 'cancel' | 'retry' | 'skip' | 'compensate' | 'resolve';

/** A person acts. `as` goes with resolve, `result` with skip and resolve. */
export interface OperatorEvent {
  readonly type: OperatorAction;
  readonly actor?: string;
  readonly reason?: string;
  readonly as?: 'succeeded' | 'refused' | 'abandoned';
  readonly result?: unknown;
}

/** A timer is due: a delay of the chart, or the saga's deadline. */
export interface TimerEvent {
  readonly type: 'deadline' | `xstate.after.${string}`;
}

/** The engine gives up on a saga and leaves it to a person. */
export interface EngineEvent {
  readonly type: 'park';
  readonly error: { readonly code: string; readonly message: string };
}

/** A saga moved: where it is now, and what the world has to do about it, once that is durable. */
export interface Move {
  readonly snapshot: SagaSnapshot;
  readonly commands: readonly Command[];
  readonly hooks: readonly PendingHook[];
}

/** Starts a saga at `now` (ms since the epoch). Pure. */
export function begin(
  { plan, machine }: SagaLogic,
  start: { readonly id: string; readonly input: unknown; readonly now: number },
): Move {
  const [state, actions] = initialStep(machine, { id: start.id, input: start.input });
  const deadline = plan.timeout === undefined ? {} : { deadline: start.now + plan.timeout };
  return toMove(state, actions, { timers: deadline, now: start.now, deadline: undefined });
}

/**
 * Moves a saga by one event at `now` (ms since the epoch). Pure. `undefined`: the chart has no arrow for it now, or it
 * is the reply to an attempt that nobody awaits.
 * `deadline` is the saga's own, for when it runs again after it had left `running`.
 */
export function advance(
  { machine }: SagaLogic,
  snapshot: SagaSnapshot,
  event: SagaEvent,
  at: { readonly now: number; readonly deadline: number | undefined },
): Move | undefined {
  const { state, timers } = snapshot;
  if ('attempt' in event && !isAwaited(state.context, event)) return undefined;
  const [next, actions] = nextStep(machine, state, event);
  if (next === state) return undefined;
  const { [event.type]: _fired, ...armed } = timers;
  return toMove(next, actions, { timers: armed, ...at });
}

/** The commands that the saga awaits answers to: what a node sends again that takes it over. */
export function awaitedCommands({ state }: SagaSnapshot): readonly Command[] {
  return Object.values(state.getMeta() as Record<string, { step: string; op: Op } | undefined>)
    .filter((meta) => meta !== undefined)
    .map((meta) => toCommand(state.context, meta));
}

const operatorActions: readonly OperatorAction[] = ['cancel', 'retry', 'skip', 'compensate', 'resolve'];

/** Which operator actions the chart has an arrow for now. */
export function legalActions({ state }: SagaSnapshot): readonly OperatorAction[] {
  const as = ['succeeded', 'refused', 'abandoned'];
  return operatorActions.filter((type) =>
    type === 'resolve' ? as.some((one) => state.can({ type, as: one })) : state.can({ type }),
  );
}

interface Timing {
  readonly timers: Readonly<Record<string, number>>;
  readonly now: number;
  readonly deadline: number | undefined;
}

/** XState's actions, in our words. */
function toMove(state: MachineState, actions: readonly ActionData[], timing: Timing): Move {
  const timers: Record<string, number> = { ...timing.timers };
  const commands: Command[] = [];
  const hooks: PendingHook[] = [];
  for (const { type, params } of actions) {
    if (type === 'command') commands.push(toCommand(state.context, params as { step: string; op: Op }));
    else if (type === 'hook') hooks.push(params as PendingHook);
    else setTimer(timers, type, params as TimerParams, timing.now);
  }
  return { snapshot: withDeadline({ state, timers }, timing), commands, hooks };
}

interface TimerParams {
  readonly id: string;
  readonly delay?: number;
  readonly sendId: string;
}

/** A delay's id is the type of the event it sends. */
function setTimer(timers: Record<string, number>, type: string, params: TimerParams, now: number): void {
  if (type === 'xstate.raise' && params.delay !== undefined) timers[params.id] = now + params.delay;
  if (type === 'xstate.cancel') delete timers[params.sendId];
}

/**
 * The deadline is absolute, and only a running saga has it. One that a person sends forward again keeps it while it
 * lies ahead; a deadline that passed is the person's business.
 */
function withDeadline(snapshot: SagaSnapshot, { now, deadline }: Timing): SagaSnapshot {
  const { deadline: armed, ...others } = snapshot.timers;
  const isRunning = statusOf(snapshot) === 'running';
  if (!isRunning) return armed === undefined ? snapshot : { ...snapshot, timers: others };
  if (armed !== undefined || deadline === undefined || deadline <= now) return snapshot;
  return { ...snapshot, timers: { ...others, deadline } };
}
