import { type Actor, type ActorOptions, createActor } from 'xstate';
import type { SagaMachine } from './machine.ts';
import { sinceUpgrade, toSagaEvent, toStartEvent } from './replayed.ts';
import type { JournalRow } from './saga-row.ts';
import { type SagaSnapshot, toStored } from './snapshot.ts';
import { toMigratedData } from './upgrade.ts';

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
 * A live XState actor that goes through a saga's journal once more, first line first (or from its latest upgrade on), and
 * tells `inspect` of it. It carries nothing out, and no timer of its own goes off: what was due is in the journal. Left in
 * the state of the last line; stop it when done. Its sessionId is XState's own, not the saga's id.
 */
export function toReplayingActor(
  machine: SagaMachine,
  { id, rows, inspect }: ReplayingOptions,
): Actor<SagaMachine> {
  const [first, ...others] = sinceUpgrade(rows);
  const actor = createActor(machine, { id, clock: silentClock, inspect, ...toBeginning(id, first) } as never);
  actor.start();
  for (const row of others) {
    const event = toSagaEvent(row);
    actor.send((event.type === 'pause' ? { ...event, at: row.at } : event) as never);
  }
  return actor;
}

/** What an actor begins with: the saga's input, or what an upgrade made of it. */
function toBeginning(id: string, first: JournalRow | undefined): object {
  const migrated = first === undefined ? undefined : toMigratedData(first);
  if (migrated !== undefined) return { snapshot: migrated.snapshot };
  const { input, traceparent } = first === undefined ? { input: null } : toStartEvent(first);
  return { input: { id, input, traceparent } };
}

/** A saga's journal, and who looks. */
export interface ReplayingOptions {
  readonly id: string;
  readonly rows: readonly JournalRow[];
  readonly inspect: Inspect;
}

const silentClock = { setTimeout: () => 0, clearTimeout: () => undefined };
