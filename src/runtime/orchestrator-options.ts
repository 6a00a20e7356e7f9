import type { Clock, Ids } from '../core/clock.ts';
import type { AnySagaDefinition } from '../core/definition.ts';
import type { JournalWalker } from '../core/journal-walker.ts';
import type { Logger } from '../core/logger.ts';
import type { EngineObserver, ObservedMove } from '../core/observer.ts';
import type { SagaCursor, SagaRecord, SagaStore } from '../core/store.ts';
import type { Move } from '../core/transition.ts';
import type { Transport } from '../core/transport.ts';
import type { AlertStats } from './alert-relay.ts';
import type { CensusOptions, DatedCensus } from './census-loop.ts';
import type { LaneStats } from './command-gate.ts';
import type { EventsOptions } from './relay.ts';
import type { RetentionOptions } from './retention.ts';
import type { SagaSummary } from './saga.ts';
import type { AlertsOptions } from './watch.ts';

/** What an orchestrator is made of. */
export interface OrchestratorOptions {
  readonly store: SagaStore;
  readonly transport: Transport;
  /** The definitions it may start and drive; several versions of one saga may stand side by side. */
  readonly sagas: readonly AnySagaDefinition[];
  readonly clock?: Clock;
  readonly ids?: Ids;
  readonly logger?: Logger;
  /** Told of every durable move, after the commit; must not throw. */
  readonly onMoved?: (record: SagaRecord, move: Move, moved: ObservedMove) => void;
  /** Those who measure and trace what this engine does. */
  readonly observers?: readonly EngineObserver[];
  /** Counts all open sagas now and then, for metrics and `/readyz`; nothing is counted when left out. */
  readonly census?: CensusOptions;
  /** Tells people of sagas that parked or are stuck; nobody is told when left out. */
  readonly alerts?: AlertsOptions;
  readonly limits?: Partial<Limits>;
  /** Publishes what happens to sagas as events; nothing is published when left out. */
  readonly events?: EventsOptions;
  /** Deletes sagas that were closed long ago; none are when left out. */
  readonly retention?: RetentionOptions;
  /** Who looks through all journals beside the sagas, on one node at a time. */
  readonly walkers?: readonly JournalWalker[];
}

/** Sizes and times of one orchestrator. */
export interface Limits {
  /** The most sagas driven at once; others wait as rows. Default 20,000. */
  readonly maxActors: number;
  /** The most sagas in one statement. Default 512. */
  readonly maxBatch: number;
  /** Statements under way at once. Default 2. */
  readonly commitConcurrency: number;
  /** The most commands that one participant has to answer at once; others wait. Default 4,096. */
  readonly maxInFlight: number;
  /** How much of `maxInFlight` is kept for undos and seals, in percent. Default 25. */
  readonly reservedPercent: number;
  /** With how many actions waiting for a participant no more sagas are started that would ask it first. Default 16,384. */
  readonly maxWaiting: number;
  /** The most starts that are being made durable at once; more are refused. Default 8,192. */
  readonly maxStarting: number;
  /** How long after this process died others take its sagas over; ms. Default 10,000. */
  readonly leaseTtl: number;
  /** How often to look for sagas that are due; ms. Default 250. */
  readonly claimInterval: number;
}

/** The limits where none are given. */
export const defaultLimits: Limits = {
  maxActors: 20_000,
  maxInFlight: 4_096,
  reservedPercent: 25,
  maxWaiting: 16_384,
  maxStarting: 8_192,
  maxBatch: 512,
  commitConcurrency: 2,
  leaseTtl: 10_000,
  claimInterval: 250,
};

/** The tenant of those who have none. */
export const defaultTenant = 'default';

/** How to start a saga. */
export interface StartOptions {
  readonly tenant?: string;
  /** The saga's id; a new one when left out. The same id with the same request answers the same saga. */
  readonly id?: string;
  /** Definition version; the newest when left out. */
  readonly version?: number;
  /** The same key with the same request answers the same saga. */
  readonly idempotencyKey?: string;
  /** Business keys to find the saga by. */
  readonly attributes?: Readonly<Record<string, string>>;
  /** Where the caller is in a distributed trace (W3C): the saga becomes part of it. One that is malformed is ignored. */
  readonly traceparent?: string;
}

/** A saga that `start` answers with: its row; `get` tells the rest. */
export interface StartedSaga {
  readonly saga: SagaSummary;
  /** The same request had started it before. */
  readonly isReplayed: boolean;
}

/** What an operator says with an action. */
export interface ActionOptions {
  readonly tenant?: string;
  readonly actor?: string;
  readonly reason?: string;
  /** Refuse unless the saga is at this version. */
  readonly ifVersion?: number;
  /** The same key with the same action on the same saga acts once, and is answered with the saga as it is then. */
  readonly idempotencyKey?: string;
}

/** What goes with a retry. */
export interface RetryActionOptions extends ActionOptions {
  /** The command's input from now on. */
  readonly input?: unknown;
}

/** What goes with saying how a parked command really ended. */
export interface ResolveOptions extends ActionOptions {
  readonly as: 'succeeded' | 'refused' | 'abandoned';
  /** Stands in for the step's result. */
  readonly result?: unknown;
}

/** A signal from outside. */
export interface SignalOptions extends ActionOptions {
  readonly name: string;
  /** What the definition's schema for it accepts. */
  readonly data?: unknown;
}

/** A page of a list, newest first. `next` leads to the following page. */
export interface SagaPage {
  readonly items: readonly SagaSummary[];
  readonly next: SagaCursor | null;
}

/** What a node has to do, and what it knows of all sagas. */
export interface Load {
  /** Every participant that this node ever asked. */
  readonly lanes: readonly LaneStats[];
  /** `undefined`: none was taken yet, or none is wanted. */
  readonly census: DatedCensus | undefined;
  readonly alerts: readonly AlertStats[];
}

/** Sagas that go on nowhere. */
export interface UnrunnableSagas {
  /** The definition's. */
  readonly name: string;
  readonly version: number;
  /** How many of them are not closed. */
  readonly open: number;
}

/** Whether this node can do its work. */
export interface Health {
  readonly isReady: boolean;
  readonly store: 'ok' | 'failing';
  readonly transport: 'ok' | 'disconnected';
  readonly lease: 'held' | 'lapsed';
  readonly isClosing: boolean;
  /** Definitions with open sagas that no living node can run, as of the latest census. Another node's deployment, not this one's failure. */
  readonly unrunnable: readonly UnrunnableSagas[];
}
