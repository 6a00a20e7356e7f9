import type { Clock } from '../core/clock.ts';
import type { PendingHook } from '../core/hooks.ts';
import type { Logger } from '../core/logger.ts';
import type { SagaSnapshot } from '../core/snapshot.ts';
import type { SagaPlan } from '../core/steps.ts';
import type { SagaKey, SagaRecord, SagaRelease } from '../core/store.ts';
import type { ObservedMove } from '../core/observer.ts';
import type { CommandGate } from './command-gate.ts';
import type { GroupCommit } from './group-commit.ts';
import type { Observers } from './observers.ts';

/** An actor, seen from the node it lives on. */
export interface DrivenSaga {
  readonly key: SagaKey;
  /** The row as this node last wrote or read it. */
  readonly record: SagaRecord;
  /** How to let go of the row: at rest for good, or to be claimed at `now` (ms since the epoch) where work is left. */
  release(dueAt: number | null): SagaRelease;
  /** Stops driving: timers and replies are forgotten, waiting events are to be delivered elsewhere. */
  leave(): void;
}

/** What an actor knows of the node it lives on. */
export interface ActorContext {
  readonly node: string;
  /** The store's time. */
  readonly clock: Clock;
  readonly gate: CommandGate;
  readonly committer: GroupCommit;
  readonly logger: Logger;
  readonly observers: Observers;
  /** Runs a hook of the definition; never rejects. */
  runHook(plan: SagaPlan, hook: PendingHook, record: SagaRecord, snapshot: SagaSnapshot): Promise<void>;
  /** A move is durable. */
  onMoved(moved: ObservedMove): void;
  /** Asks the store whether the saga is still this node's; lets go of one that is not. Rejects with the store's errors. */
  isOurs(actor: DrivenSaga): Promise<boolean>;
  /** Somebody else wrote the saga: this node's copy is worthless. */
  overtaken(actor: DrivenSaga): void;
  /** The saga's row has no owner any more: the actor has no further part in it. */
  dismissed(actor: DrivenSaga): void;
  /** The actor's part is over, but its row still names this node. `dueAt`: when the saga wants to go on by itself; ms since the epoch. */
  release(actor: DrivenSaga, dueAt: number | null): void;
}
