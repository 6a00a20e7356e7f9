import type { CauseType, SagaKey, SagaStatus } from './saga-row.ts';

/** A definition by its name and version, as sagas are counted. */
export interface DefinitionName {
  readonly name: string;
  readonly version: number;
}

/** The sagas of one definition that are not closed. */
export interface DefinitionCensus extends DefinitionName {
  /** Whether living nodes said that they can run them, in the structure that they are pinned to: what a claim asks for. */
  readonly isRunnable: boolean;
  readonly counts: Readonly<Partial<Record<SagaStatus, number>>>;
}

/** A saga that should move and does not. */
export interface StuckSaga extends SagaKey {
  readonly definition: DefinitionName;
  readonly version: number;
  readonly status: SagaStatus;
  readonly step: string | null;
  readonly cause: CauseType | null;
  /** Since when it could have moved; ms since the epoch. */
  readonly since: number;
}

/** How all sagas are that are not closed, whoever's they are. */
export interface Census {
  readonly definitions: readonly DefinitionCensus[];
  readonly stuck: readonly StuckSaga[];
}

/** A line of a journal that left its saga parked. */
export interface ParkedLine extends SagaKey {
  readonly definition: DefinitionName;
  readonly seq: number;
  /** The chart's state: `failed.charge`. */
  readonly state: string;
  /** ms since the epoch. */
  readonly at: number;
  readonly position: number;
}

/** What those who watch over all sagas ask of a store. The part of `SagaStore` that is about that. */
export interface CensusStore {
  /**
   * Counts the sagas that are not closed, by definition, and gives up to `limit` that are stuck: running or compensating,
   * without a move for longer than `stuckAfter` ms, though they neither sleep until a time that lies ahead nor wait for
   * somebody without a limit.
   */
  census(options: { readonly stuckAfter: number; readonly limit: number }): Promise<Census>;
  /**
   * Up to `limit` lines after position `after` that left a saga parked, in the order of their positions. There are no others
   * up to `upTo`, and none will come. Throws `StorageUnavailableError` where that is not certain yet.
   */
  readParked(page: {
    readonly after: number;
    readonly limit: number;
  }): Promise<{ readonly lines: readonly ParkedLine[]; readonly upTo: number }>;
}
