import { type Actor, createActor } from 'xstate';
import type { SagaMachine } from './machine.ts';
import { type SagaSnapshot, toStored } from './snapshot.ts';

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
