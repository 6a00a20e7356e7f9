import type { SnapshotFrom, StateValue } from 'xstate';
import type { SagaContext } from './context.ts';
import type { SagaMachine } from './machine.ts';
import type { KeyedRequest } from './requests.ts';
import type { SagaStatus } from './store.ts';

/** A saga at rest: the machine's state, and when its timers are due (ms since the epoch, by the event they send). */
export interface SagaSnapshot {
  readonly state: MachineState;
  readonly timers: Readonly<Record<string, number>>;
  /** The latest requests that came with an idempotency key. */
  readonly requests?: readonly KeyedRequest[];
}

/** XState's snapshot of a saga's machine. */
export type MachineState = SnapshotFrom<SagaMachine>;

/** A snapshot as it is stored: what XState persists, and the timers, which XState itself would lose. */
export interface StoredSnapshot {
  readonly status: 'active' | 'done';
  readonly value: StateValue;
  readonly context: SagaContext;
  readonly historyValue: Readonly<Record<string, never>>;
  readonly children: Readonly<Record<string, never>>;
  readonly timers: Readonly<Record<string, number>>;
  readonly requests?: readonly KeyedRequest[];
  /** Never set: what XState's type of a snapshot asks for. */
  readonly output: undefined;
  readonly error: undefined;
}

/** The snapshot as plain data, fit for `JSON.stringify` and for XState's `createActor(machine, { snapshot })`. */
export function toStored({ state, timers, requests }: SagaSnapshot): StoredSnapshot {
  const status = state.status === 'done' ? 'done' : 'active';
  const stored = {
    status,
    value: state.value,
    context: state.context,
    historyValue: {},
    children: {},
    timers,
    output: undefined,
    error: undefined,
  } as const;
  return requests === undefined ? stored : { ...stored, requests };
}

/** The snapshot from its stored text. Throws when the machine does not know its state. */
export function parseSnapshot(machine: SagaMachine, text: string): SagaSnapshot {
  const { timers, requests, ...stored } = JSON.parse(text) as StoredSnapshot;
  const snapshot = { state: machine.resolveState(stored as never), timers };
  return requests === undefined ? snapshot : { ...snapshot, requests };
}

/** The status: the top-level state. */
export function statusOf({ state }: SagaSnapshot): SagaStatus {
  return (typeof state.value === 'string' ? state.value : Object.keys(state.value)[0]) as SagaStatus;
}

/** Whether the saga came to its end. A parked saga did not. */
export function isClosed(status: SagaStatus): boolean {
  return status === 'completed' || status === 'compensated' || status === 'abandoned';
}

/** Whether nothing happens any more by itself: closed, or parked for a person. */
export function isSettled(status: SagaStatus): boolean {
  return status === 'failed' || isClosed(status);
}

/** The state as people and SQL read it: `running.charge.executing`; regions of a parallel group side by side, with ` | `. */
export function stateText({ state }: SagaSnapshot): string {
  return pathsOf(state.value).join(' | ');
}

/** The node or parked command at hand: the second word of the state. */
export function stepOf({ state }: SagaSnapshot): string | null {
  const inner = typeof state.value === 'string' ? undefined : Object.values(state.value)[0];
  if (inner === undefined) return null;
  return typeof inner === 'string' ? inner : (Object.keys(inner)[0] ?? null);
}

function pathsOf(value: StateValue): readonly string[] {
  if (typeof value === 'string') return [value];
  return Object.entries(value).flatMap(([key, inner]) =>
    inner === undefined ? [key] : pathsOf(inner).map((path) => `${key}.${path}`),
  );
}
