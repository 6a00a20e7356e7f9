import type { AnySagaDefinition } from '../../src/core/definition.ts';

/** What a participant, or the way to it, may do besides answering with success. */
export type Trouble =
  /** The action is refused: it had no effect. */
  | 'refused'
  /** The action is refused and leaves an effect behind. */
  | 'dirtyRefused'
  /** The handler fails and is rolled back. */
  | 'failed'
  /** The handler is not done yet. */
  | 'inProgress'
  /** The undo is refused. */
  | 'undoRefused'
  /** The reply cannot be read or stored; asking again cannot help. */
  | 'garbled'
  /** The message finds nobody who listens. */
  | 'unreachable'
  /** The action cannot be sent at all: its input throws, or is too large. */
  | 'actionUnsendable'
  /** The seal cannot be sent at all. */
  | 'sealUnsendable';

/** How often something may happen that nobody can rule out; left out: never. */
export interface Budgets {
  /** Nodes that take the saga over from one that may be alive. */
  readonly takeovers?: number;
  /** Nodes that forget everything they have in memory. */
  readonly crashes?: number;
  readonly cancels?: number;
  /** What a person does with a parked saga. */
  readonly persons?: number;
  /** The engine leaves the saga to a person: a definition threw, a result cannot be stored. */
  readonly engineParks?: number;
  /** Answers "in progress". */
  readonly polls?: number;
  /** Writes that reach the database twice, the second time late. */
  readonly doubleWrites?: number;
}

/** A bounded world. Messages are delayed without bound, lost and reordered in every one, unless `boundedDelay`. */
export interface Scenario {
  readonly saga: AnySagaDefinition;
  readonly nodes: 1 | 2;
  readonly troubles: readonly Trouble[];
  readonly budgets: Budgets;
  /** Every command may be delivered any number of times. */
  readonly duplicates?: boolean;
  /** A command's timeout never comes before its message arrived or was lost. */
  readonly boundedDelay?: boolean;
}

/** As often as the states of the world allow. */
export const unlimited = 255;
