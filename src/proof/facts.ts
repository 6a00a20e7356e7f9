import type { SagaStatus } from '../core/store.ts';
import type { Effect } from './effects.ts';

/** What is known of a step and its effect at a moment. */
export interface StepFacts {
  readonly name: string;
  readonly effect: Effect;
  /** There is a way to undo it. */
  readonly isUndoable: boolean;
  /** Behind it nothing turns back. */
  readonly isForwardOnly: boolean;
  readonly isSkipped: boolean;
  /** Steps of a higher rank are undone first. */
  readonly rank: number;
}

/** What the properties of a saga are about. */
export interface Facts {
  readonly status: SagaStatus;
  /** A person took it upon themselves. */
  readonly isOverridden: boolean;
  /** It sends no new commands until a person resumes it. */
  readonly isPaused: boolean;
  /** Steps whose effects matter. */
  readonly steps: readonly StepFacts[];
}

/** Something that may happen, as far as the properties look at it. */
export interface NamedHappening {
  readonly name: string;
}

/** Who moves a saga: a participant that answers, time, a person, an engine that gives up, a command that comes late. */
export type Mover = 'answer' | 'time' | 'person' | 'engine' | 'arrival';
