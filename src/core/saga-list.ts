import type { CauseType, SagaFigures, SagaRecord, SagaStatus } from './saga-row.ts';
import type { Op } from './transport.ts';

/** Which sagas to list. Every given field must match. */
export interface SagaFilter {
  readonly tenant: string;
  readonly status?: readonly SagaStatus[];
  readonly name?: string;
  /** Definition version. */
  readonly version?: number;
  readonly cause?: CauseType;
  /** The step at hand, also while it is undone or sealed; or a parked command, such as `undoCharge`. */
  readonly step?: string;
  /** Whose answer is awaited, or would be asked again. */
  readonly participant?: string;
  /** The code of the failure it deals with, turned back for, or waits for a person with. */
  readonly error?: string;
  /** Business keys given at the start, each with this value. */
  readonly attributes?: Readonly<Record<string, string>>;
  /** A person overrode what the saga promises; `false`: nobody did. */
  readonly overridden?: boolean;
  /**
   * Should be moving, and did not since this instant: neither settled nor asleep until a timer that lies ahead, nor kept
   * by a person or a signal that has not come. ms since the epoch.
   */
  readonly stuckSince?: number;
  /** Words, each of which is in the failure's code, message or step; in whatever case. */
  readonly text?: string;
  /** Created at or after; ms since the epoch. */
  readonly since?: number;
  /** Created before; ms since the epoch. */
  readonly until?: number;
}

/** A position in a list, newest first: the last row seen. */
export interface SagaCursor {
  readonly createdAt: number;
  readonly id: string;
}

/** A part of a list. A search through texts may end before it found as many as were asked for: `next` leads on. */
export interface SagaSlice {
  readonly records: readonly SagaRecord[];
  /** Where the list goes on; `null`: it does not. */
  readonly next: SagaCursor | null;
}

/** How many sagas have the same definition and figures. */
export interface SagaTally {
  readonly name: string;
  /** Definition version. */
  readonly version: number;
  readonly status: SagaStatus;
  readonly isOverridden: boolean;
  readonly error: FaultKind | null;
  readonly count: number;
}

/** What makes two faults the same one. */
export interface FaultKind {
  readonly step: string;
  readonly op: Op;
  readonly code: string;
}

/** Which faults to group. */
export interface FaultFilter {
  readonly tenant: string;
  readonly name?: string;
  /** Only of sagas that met theirs at or after; ms since the epoch. */
  readonly since?: number;
  /** At most so many groups. */
  readonly limit: number;
}

/** Sagas of one definition that met the same fault. */
export interface FaultGroup extends FaultKind {
  /** The definition's. */
  readonly name: string;
  readonly count: number;
  /** The newest saga's. */
  readonly message: string;
  /** ms since the epoch. */
  readonly firstAt: number;
  readonly lastAt: number;
  /** The newest, at most five. */
  readonly sagaIds: readonly string[];
}

/** How many sagas with a fault one search through texts looks at: it may find none, and must not take long. */
export const searchDepth = 4_000;

/** The words of a search, as they are compared. */
export function searchWords(text: string): readonly string[] {
  return text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
}

/** Whether two sagas are counted together, as far as their figures go. */
export function isCountedAlike(a: SagaFigures, b: SagaFigures): boolean {
  return (
    a.status === b.status &&
    a.isOverridden === b.isOverridden &&
    a.error?.code === b.error?.code &&
    a.error?.step === b.error?.step &&
    a.error?.op === b.error?.op
  );
}
