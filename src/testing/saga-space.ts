import type { SnapshotFrom } from 'xstate';
import { toCommand } from '../core/command.ts';
import type { SagaContext } from '../core/context.ts';
import type { Failure } from '../core/errors.ts';
import { isClosed, isSettled, type SagaSnapshot, statusOf } from '../core/snapshot.ts';
import { ringing } from '../core/pause.ts';
import { commandName, stepsOf } from '../core/steps.ts';
import {
  advance,
  awaitedCommands,
  begin,
  legalEvents,
  type OperatorEvent,
  type SagaEvent,
  type SagaLogic,
} from '../core/transition.ts';
import type { Op } from '../core/transport.ts';

/** A saga as one sees it from outside: where it is, and which of its commands may still be answered. */
export interface SpaceState {
  readonly status: 'active' | 'done';
  readonly saga: SagaSnapshot;
  /** Names of commands whose answers somebody waits for. */
  readonly waiting: readonly string[];
}

/** What a saga's space is made of. */
export interface SagaSpaceOptions {
  readonly logic: SagaLogic;
  /** Results that a step may bring, by step. */
  readonly results: Readonly<Record<string, readonly unknown[]>>;
  /** The node restarts between every two events: every command under way is sent again. */
  readonly isRestarted: boolean;
  /** Only sagas that go well are paused or sent back to a step, and nothing else goes wrong meanwhile: few states, all arrows. */
  readonly isShort?: boolean;
}

/** When every path starts; ms since the epoch. In a path no time passes but that its timers ring. */
export const pathStart = 0;

/** All that can happen to a saga, as an actor logic that XState's graph functions can walk. */
export class SagaSpace {
  readonly #options: SagaSpaceOptions;
  /** Step and op by command name. */
  readonly #commands: ReadonlyMap<string, { readonly step: string; readonly op: Op }>;

  constructor(options: SagaSpaceOptions) {
    this.#options = options;
    const ops = ['do', 'undo', 'seal'] as const;
    this.#commands = new Map(
      stepsOf(options.logic.plan).flatMap(({ name }) =>
        ops.map((op) => [commandName(name, op), { step: name, op }] as const),
      ),
    );
  }

  /** Where a saga with this input begins. */
  start(input: unknown): SpaceState {
    const { snapshot, commands } = begin(this.#options.logic, { id: 'path', input, now: pathStart });
    return toState(
      snapshot,
      this.#listenedTo(
        snapshot,
        commands.map(({ name }) => name),
      ),
    );
  }

  /** The state after an event; `undefined`: it cannot happen there. */
  next({ saga, waiting }: SpaceState, event: SagaEvent): SpaceState | undefined {
    const move = advance(this.#options.logic, saga, event, { now: pathStart, deadline: undefined });
    if (move === undefined) return undefined;
    const { snapshot } = move;
    if (isSettled(statusOf(snapshot))) return toState(snapshot, []);
    if (this.#options.isRestarted)
      return toState(
        snapshot,
        // Nothing of a paused saga is sent again.
        snapshot.state.context.paused === undefined
          ? awaitedCommands(snapshot)
              .map(({ name }) => name)
              .toSorted()
          : [],
      );
    const left = waiting.filter(
      (name) => !event.type.startsWith(`${name}.`) && !event.type.startsWith(`xstate.after.${name}.timeout.`),
    );
    // A command that is sent anew is the one that is waited for.
    const names = new Set([...left, ...move.commands.map(({ name }) => name)]);
    return toState(snapshot, this.#listenedTo(snapshot, [...names]));
  }

  /** What can happen next: answers, timers, a person, an engine that gives up. */
  events({ saga, waiting }: SpaceState): readonly SagaEvent[] {
    const status = statusOf(saga);
    if (isClosed(status)) return [];
    const timers = Object.keys(ringing(saga)).map((type) => ({ type }) as SagaEvent);
    const answers = waiting.flatMap((name) => this.#answers(saga.state.context, name));
    // The engine gives up on what it cannot store: an answer.
    const park: readonly SagaEvent[] =
      waiting.length > 0 ? [{ type: 'park', error: failure('unstorable') }] : [];
    const all = [...answers, ...timers, ...this.#actions(saga), ...park];
    return this.#options.isShort === true
      ? all.filter((event) => isOnTheWay(saga.state.context, event))
      : all;
  }

  /** An event of the same kind, as it would be in this state: to the attempt that is under way here. */
  restamp(event: SagaEvent, { saga }: SpaceState): SagaEvent {
    return 'attempt' in event
      ? ({ ...event, ...this.#stamp(saga.state.context, event) } as SagaEvent)
      : event;
  }

  /** What people may do, each action in each of its forms; a signal with each of the data that it may bring. */
  #actions(saga: SagaSnapshot): readonly OperatorEvent[] {
    const { logic, results } = this.#options;
    return legalEvents(logic.plan, saga).flatMap((event) =>
      event.name === undefined
        ? [event]
        : (results[event.name] ?? [{ of: event.name }]).map((data) => ({ ...event, data })),
    );
  }

  #answers(context: SagaContext, name: string): readonly SagaEvent[] {
    const command = this.#commands.get(name) as { readonly step: string; readonly op: Op };
    const results = (command.op === 'undo' ? undefined : this.#options.results[command.step]) ?? [
      { of: name },
    ];
    const stamp = {
      ...this.#stamp(context, command),
      ...(this.#options.isRestarted ? { resent: true } : {}),
    };
    const failing = (['refused', 'failed', 'unreachable'] as const).map((end) => ({
      type: `${name}.${end}`,
      error: failure(end),
    }));
    const lost = [true, false].map((retryable) => ({
      type: `${name}.lost`,
      error: failure('lost'),
      retryable,
    }));
    const others = [{ type: `${name}.inProgress`, retryAfter: 100 }, { type: `${name}.sealed` }];
    return [
      ...results.map((result) => ({ type: `${name}.succeeded`, result })),
      ...failing,
      ...lost,
      ...others,
    ].map((event) => ({ ...event, ...stamp }) as unknown as SagaEvent);
  }

  #stamp(context: SagaContext, command: { readonly step: string; readonly op: Op }) {
    const { step, op, attempt, generation } = toCommand(context, command);
    return { step, op, attempt, generation };
  }

  /** Answers that the chart has no arrow for any more are late, whatever they say. */
  #listenedTo({ state }: SagaSnapshot, names: readonly string[]): readonly string[] {
    return names.filter((name) => state.can({ type: `${name}.sealed` } as never)).toSorted();
  }
}

function toState(saga: SagaSnapshot, waiting: readonly string[]): SpaceState {
  return {
    status: (saga.state as SnapshotFrom<SagaLogic['machine']>).status === 'done' ? 'done' : 'active',
    saga,
    waiting,
  };
}

/** What may happen to a paused saga, and to one that goes back only to go forward again. */
const whilePaused = /^(?:resume|cancel)$|^undo.*\.refused$/;
const whileRewinding =
  /^(?:cancel|compensate|deadline|retry)$|\.(?:succeeded|sealed)$|\.timeout\.|^undo.*\.refused$/;

function isOnTheWay({ steps, paused, parked, rewind }: SagaContext, event: SagaEvent): boolean {
  if (paused !== undefined) return whilePaused.test(event.type);
  const to = 'to' in event ? event.to : undefined;
  if (event.type !== 'pause' && to === undefined)
    return rewind === undefined || whileRewinding.test(event.type);
  const goesWell = Object.values(steps).every(({ error, inDoubt }) => !error && !inDoubt);
  return rewind === undefined && (goesWell || (to !== undefined && to === parked?.command));
}

function failure(code: string): Failure {
  return { code, message: code };
}
