import { type Command, isAwaited, toCommand } from './command.ts';
import type { SagaContext } from './context.ts';
import type { PendingHook } from './hooks.ts';
import type { SagaMachine } from './machine.ts';
import { type MachineState, type SagaSnapshot, statusOf } from './snapshot.ts';
import { isHeld, ringing } from './pause.ts';
import { remembered } from './requests.ts';
import { type SagaPlan, waitsOf } from './steps.ts';
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

/** What a person or an API may ask of a saga. */
export type OperatorAction =
  | 'cancel'
  | 'retry'
  | 'skip'
  | 'compensate'
  | 'resolve'
  | 'decide'
  | 'signal'
  | 'pause'
  | 'resume';

/** What a person may decide where a step asks. */
export type Choice = 'retry' | 'skip' | 'compensate';

/** A person acts, or the world outside gives a signal. */
export interface OperatorEvent {
  readonly type: OperatorAction;
  readonly actor?: string;
  readonly reason?: string;
  /** Of resolve. */
  readonly as?: 'succeeded' | 'refused' | 'abandoned';
  /** Of skip and resolve: what stands in for the step's result. */
  readonly result?: unknown;
  /** Of decide. */
  readonly choice?: Choice;
  /** Of retry: the command's input from now on. */
  readonly input?: unknown;
  /** Of compensate: the step to go back to, and forward again from. */
  readonly to?: string;
  /** Of signal. */
  readonly name?: string;
  /** Of signal. */
  readonly data?: unknown;
  /** Of pause: commands that were handed out and reached nobody yet; the engine says which. */
  readonly unsent?: readonly string[];
  /** The same key with the same request acts once. */
  readonly idempotencyKey?: string;
  /** Fingerprint of the request that came with the key. */
  readonly requestHash?: string;
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
  start: {
    readonly id: string;
    readonly input: unknown;
    readonly now: number;
    /** Kept with the saga, for its commands. */
    readonly traceparent?: string | undefined;
  },
): Move {
  const { id, input, traceparent } = start;
  const [state, actions] = initialStep(machine, { id, input, traceparent });
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
  const [next, actions] = nextStep(machine, state, event.type === 'pause' ? stamped(event, at.now) : event);
  if (next === state) return undefined;
  const { [event.type]: _fired, ...armed } = timers;
  const move = withRequests(toMove(next, actions, { timers: armed, ...at }), snapshot, event);
  return event.type === 'resume' ? { ...move, commands: released(state.context, move) } : move;
}

/** A pause tells since when it is. */
function stamped<Event extends { readonly type: string }>(event: Event, at: number): Event {
  return { ...event, at };
}

/** The commands that were held while the saga was paused. */
function released(before: SagaContext, { snapshot }: Move): readonly Command[] {
  return awaitedCommands(snapshot).filter((command) => isHeld(before, command));
}

/** The move with what is remembered of requests that came with a key. */
function withRequests(move: Move, before: SagaSnapshot, event: SagaEvent): Move {
  const requests = remembered(before.requests, event);
  return requests === undefined ? move : { ...move, snapshot: { ...move.snapshot, requests } };
}

/** The commands that the saga awaits answers to: what a node sends again that takes it over. */
export function awaitedCommands({ state }: SagaSnapshot): readonly Command[] {
  return Object.values(state.getMeta() as Record<string, { step: string; op: Op } | undefined>)
    .filter((meta) => meta !== undefined)
    .map((meta) => toCommand(state.context, meta));
}

/** Whether there is nothing to do for a saga just now: it waits for a person, a signal, or a timer that is not due at `now` (ms since the epoch). */
export function isWaiting(snapshot: SagaSnapshot, now: number): boolean {
  const isDue = Object.values(ringing(snapshot)).some((at) => at <= now);
  const isPaused = snapshot.state.context.paused !== undefined;
  return !isDue && (isPaused || awaitedCommands(snapshot).length === 0);
}

/** Every operator action, with the variants to try whether the chart has an arrow for it. */
const operatorActions: readonly (readonly [OperatorAction, readonly object[]])[] = [
  ['cancel', [{}]],
  ['retry', [{}]],
  ['skip', [{}]],
  ['compensate', [{}]],
  ['resolve', [{ as: 'succeeded' }, { as: 'refused' }, { as: 'abandoned' }]],
  ['decide', [{ choice: 'retry' }, { choice: 'skip' }, { choice: 'compensate' }]],
  // Without a name: whether any signal is heard.
  ['signal', [{}]],
  ['pause', [{}]],
  ['resume', [{}]],
];

/** Which operator actions the chart has an arrow for now. */
export function legalActions({ state }: SagaSnapshot): readonly OperatorAction[] {
  return operatorActions.flatMap(([type, variants]) =>
    variants.some((variant) => state.can({ type, ...variant })) ? [type] : [],
  );
}

/** What people may ask for now, each legal action in each of its forms. */
export function legalEvents(plan: SagaPlan, snapshot: SagaSnapshot): readonly OperatorEvent[] {
  return heardEvents(plan, snapshot).filter((event) => snapshot.state.can(event as never));
}

/** The same, and what a guard says no to: whether an event is legal shows when it is taken. */
export function heardEvents(plan: SagaPlan, { state }: SagaSnapshot): readonly OperatorEvent[] {
  return operatorActions.flatMap(([type, variants]): readonly OperatorEvent[] => {
    // Most of it no state of the saga hears at all.
    if (!state._nodes.some(({ transitions }) => transitions.has(type))) return [];
    if (type === 'signal') return waitsOf(plan).map(({ name }) => ({ type, name, data: { of: name } }));
    const to = type === 'compensate' ? plan.nodes.map(({ name }) => ({ to: name })) : [];
    return [...variants, ...to].map((variant) => ({ type, ...variant }));
  });
}

/** Which signals the saga hears now: the one that it waits for, and those that may come early. */
export function legalSignals(plan: SagaPlan, { state }: SagaSnapshot): readonly string[] {
  return waitsOf(plan).flatMap(({ name }) => (state.can({ type: 'signal', name }) ? [name] : []));
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
  // What a paused saga wants sent is held until it is resumed.
  const sent = state.context.paused === undefined ? commands : [];
  return { snapshot: withDeadline({ state, timers }, timing), commands: sent, hooks };
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

/** Whether the saga goes back only to go forward again. */
function isRewinding(snapshot: SagaSnapshot): boolean {
  return snapshot.state.context.rewind !== undefined && statusOf(snapshot) === 'compensating';
}

/**
 * The deadline is absolute, and only a running saga has it. One that a person sends forward again keeps it while it
 * lies ahead; a deadline that passed is the person's business.
 */
function withDeadline(snapshot: SagaSnapshot, { now, deadline }: Timing): SagaSnapshot {
  const { deadline: armed, ...others } = snapshot.timers;
  const isRunning = statusOf(snapshot) === 'running' || isRewinding(snapshot);
  if (!isRunning) return armed === undefined ? snapshot : { ...snapshot, timers: others };
  if (armed !== undefined || deadline === undefined || deadline <= now) return snapshot;
  return { ...snapshot, timers: { ...others, deadline } };
}
