import { type Actor, type ActorOptions, createActor } from 'xstate';
import type { SagaMachine } from './machine.ts';
import { toSagaEvent, toStartEvent } from './replayed.ts';
import type { JournalRow } from './saga-row.ts';
import { type SagaSnapshot, toStored } from './snapshot.ts';

/** What XState tells of everything an actor does: a callback, or an inspector's `inspect`. */
export type Inspect = NonNullable<ActorOptions<SagaMachine>['inspect']>;

/**
 * A live XState actor in the state of a snapshot, for inspection and what-if: it carries nothing out, and its timers do
 * not run. Started; stop it when done.
 */
export function toActor(machine: SagaMachine, snapshot: SagaSnapshot): Actor<SagaMachine> {
  const actor = createActor(machine, {
    snapshot: JSON.parse(JSON.stringify(toStored(snapshot))) as unknown,
  } as never);
  return actor.start();
}

/**
 * A live XState actor that goes through a saga's journal once more, first line first, and tells `inspect` of it. It carries
 * nothing out, and no timer of its own goes off: what was due is in the journal. Left in the state of the last line; stop
 * it when done. Its sessionId is XState's own, not the saga's id.
 */
export function toReplayingActor(
  machine: SagaMachine,
  { id, rows, inspect }: ReplayingOptions,
): Actor<SagaMachine> {
  const [first, ...others] = rows;
  const { input, traceparent } = first === undefined ? { input: null } : toStartEvent(first);
  const actor = createActor(machine, {
    id,
    input: { id, input, traceparent },
    clock: silentClock,
    inspect,
  });
  actor.start();
  for (const row of others) {
    const event = toSagaEvent(row);
    actor.send((event.type === 'pause' ? { ...event, at: row.at } : event) as never);
  }
  return actor;
}

/** A saga's journal, and who looks. */
export interface ReplayingOptions {
  readonly id: string;
  readonly rows: readonly JournalRow[];
  readonly inspect: Inspect;
}

const silentClock = { setTimeout: () => 0, clearTimeout: () => undefined };
