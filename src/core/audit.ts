import type { SagaKey, SagaStatus } from './saga-row.ts';

/** Events of the journal that a person causes. */
export const personalEvents = [
  'cancel',
  'retry',
  'skip',
  'compensate',
  'resolve',
  'decide',
  'signal',
  'pause',
  'resume',
  'migrated',
] as const;

/** Which of people's actions to list. */
export interface AuditFilter {
  readonly tenant: string;
  /** Only those on this saga. */
  readonly sagaId?: string;
  /** Only actions of this kind. */
  readonly action?: string;
  /** Only what was done before this position. */
  readonly before?: number;
  readonly limit: number;
}

/** What a person did to a saga: a line of its journal. */
export interface AuditEntry extends SagaKey {
  readonly action: string;
  /** JSON of the event, without its type: who, why, and what else was said. */
  readonly data: string;
  /** What it led to. */
  readonly status: SagaStatus;
  readonly state: string;
  /** The line in the saga's journal. */
  readonly seq: number;
  /** ms since the epoch. */
  readonly at: number;
  /** Its place among the lines of all sagas. */
  readonly position: number;
}
