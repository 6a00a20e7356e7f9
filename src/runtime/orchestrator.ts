import type { AnySagaDefinition } from '../core/definition.ts';
import { StorageUnavailableError } from '../core/errors.ts';
import type { toActor } from '../core/live.ts';
import type { ServedParticipant } from '../core/served-participant.ts';
import { isSettled, type StoredSnapshot } from '../core/snapshot.ts';
import type { ObservedMove } from '../core/observer.ts';
import type { JournalRow, SagaCursor, SagaFilter, SagaStatus } from '../core/store.ts';
import type { Choice } from '../core/transition.ts';
import type { ActionRequest, ForeseenAction } from './actions.ts';
import type { Batches } from './batches.ts';
import { toHealth, toLoad } from './health.ts';
import type { JournalFeed } from './journal-feed.ts';
import { type Metrics, MoveCounter, toMetrics } from './metrics.ts';
import {
  type ActionOptions,
  defaultTenant,
  type Health,
  type Load,
  type OrchestratorOptions,
  type ResolveOptions,
  type RetryActionOptions,
  type SagaPage,
  type SignalOptions,
  type StartedSaga,
  type StartOptions,
} from './orchestrator-options.ts';
import { type OrchestratorParts, toParts } from './orchestrator-parts.ts';
import { type Saga, toResults } from './saga.ts';
import type { HistoryOptions, MomentOptions, ReplayOptions } from './saga-reader.ts';
import { pinDefinitions } from './pin-definitions.ts';
import type { Reports } from './reports.ts';
import { Settlement } from './settlement.ts';
import type { UpkeepStats } from './upkeep.ts';

/** Drives sagas. Make one with `createOrchestrator`. */
export class Orchestrator {
  readonly #options: OrchestratorOptions;
  readonly #parts: OrchestratorParts;
  readonly #settlement = new Settlement();
  readonly #counter = new MoveCounter();
  #closed: Promise<void> | undefined;

  /** Use `createOrchestrator`, which also opens it. */
  constructor(options: OrchestratorOptions) {
    this.#options = options;
    this.#parts = toParts(options, (moved) => this.#moved(moved));
  }

  /** Has the definitions accepted, takes the lease, and begins to look for sagas that are due. */
  async open(): Promise<void> {
    await pinDefinitions(this.#options.store, this.#parts.registry.all);
    await this.#parts.lease.open();
    this.#parts.claims.open();
    this.#parts.watch.open();
    this.#parts.runner.open();
    await this.#parts.upkeep.open().catch(async (error: unknown) => {
      await this.close();
      throw error;
    });
  }

  /**
   * Starts a saga; resolves once that is durable, before any participant answered. `isReplayed`: the same request had
   * started it before; then `saga` is as it is now. Throws `NotFoundError` (no such definition), `ValidationError` (input, id),
   * `ConflictError` (id or key taken by another request), `OverloadedError` and `StorageUnavailableError` (try again later).
   */
  async start(name: string, input: unknown, options: StartOptions = {}): Promise<StartedSaga> {
    if (this.#closed !== undefined) this.#parts.observers.refused('closing');
    if (this.#closed !== undefined)
      throw new StorageUnavailableError('this node is shutting down: start the saga on another');
    return this.#parts.starter.start(this.#parts.registry.named(name, options.version), input, options);
  }

  /**
   * Starts a saga and waits for its end; resolves with the steps' results. Rejects with `SagaFailedError`, carrying the
   * original error and those of compensations, when it ends otherwise or parks; with what `start` throws; with
   * `ConflictError` when it is not settled after `timeout` ms (default 60,000): it goes on nevertheless.
   */
  async execute(
    name: string,
    input: unknown,
    options: StartOptions & { readonly timeout?: number } = {},
  ): Promise<Readonly<Record<string, unknown>>> {
    const { timeout = 60_000, ...start } = options;
    const { saga } = await this.start(name, input, start);
    return toResults(await this.settled(saga.id, { timeout, tenant: saga.tenant }), timeout);
  }

  /** The saga once it is settled (closed or parked), or as it is after `timeout` ms. */
  async settled(
    id: string,
    { timeout, tenant = defaultTenant }: { readonly timeout: number; readonly tenant?: string },
  ): Promise<Saga> {
    const { reader, lease: clock } = this.#parts;
    return reader.toSaga(await this.#settlement.wait({ tenant, id }, { timeout, clock, reader }));
  }

  /** One saga. Throws `NotFoundError`. */
  async get(id: string, { tenant = defaultTenant }: { readonly tenant?: string } = {}): Promise<Saga> {
    return this.#parts.reader.toSaga(await this.#parts.reader.record({ tenant, id }));
  }

  /** Sagas that match, newest first. */
  list(
    filter: Partial<SagaFilter> = {},
    page: { readonly after?: SagaCursor; readonly limit?: number } = {},
  ): Promise<SagaPage> {
    return this.#parts.reader.list(filter, page);
  }

  /** A saga's journal, oldest first, after position `after`. Throws `NotFoundError`. */
  history(id: string, page: HistoryOptions = {}): Promise<readonly JournalRow[]> {
    return this.#parts.reader.history(id, page);
  }

  /** The stored snapshot, now or after journal position `seq`. Throws `NotFoundError`. */
  snapshot(id: string, at: MomentOptions = {}): Promise<StoredSnapshot> {
    return this.#parts.reader.snapshot(id, at);
  }

  /**
   * A live, silent XState actor in the saga's state, now or after journal position `seq`. What it does stays in this
   * process. Throws `NotFoundError`.
   */
  restore(id: string, at: MomentOptions = {}): Promise<ReturnType<typeof toActor>> {
    return this.#parts.reader.restore(id, at);
  }

  /**
   * A live, silent XState actor that goes through the saga's journal once more and tells `inspect` of every event and
   * state; then it stays where the saga is now, or was after journal position `seq`. Throws `NotFoundError`.
   */
  replay(id: string, options: ReplayOptions): Promise<ReturnType<typeof toActor>> {
    return this.#parts.reader.replay(id, options);
  }

  /** Turns a running saga back. Once accepted it never completes. Throws `NotAllowedError` behind the point of no return. */
  cancel(id: string, options: ActionOptions = {}): Promise<Saga> {
    return this.act(id, { action: 'cancel' }, options);
  }

  /** Tries again now what is parked or waits; `input` replaces the input of what proved to have no effect, and marks the saga overridden. */
  retry(id: string, options: RetryActionOptions = {}): Promise<Saga> {
    return this.act(id, { action: 'retry', input: options.input }, options);
  }

  /** Goes on without the parked command; `result` stands in for its result. Marks the saga overridden. */
  skip(id: string, options: ActionOptions & { readonly result?: unknown } = {}): Promise<Saga> {
    return this.act(id, { action: 'skip', result: options.result }, options);
  }

  /** Turns back a saga before the point of no return; with `to`, back to that step, and forward again from there. */
  compensate(id: string, options: ActionOptions & { readonly to?: string } = {}): Promise<Saga> {
    return this.act(id, { action: 'compensate', to: options.to }, options);
  }

  /** Says how a parked command really ended, or closes the saga as `abandoned`. Marks the saga overridden. */
  resolve(id: string, options: ResolveOptions): Promise<Saga> {
    return this.act(id, { action: 'resolve', as: options.as, result: options.result }, options);
  }

  /** Decides upon a step that parked because its definition asks a person. */
  decide(id: string, options: ActionOptions & { readonly choice: Choice }): Promise<Saga> {
    return this.act(id, { action: 'decide', choice: options.choice }, options);
  }

  /** Gives the saga a signal: it goes on, or keeps it until it waits for it. Throws `NotAllowedError` the second time. */
  signal(id: string, options: SignalOptions): Promise<Saga> {
    return this.act(id, { action: 'signal', name: options.name, data: options.data }, options);
  }

  /** No new command is sent until `resume`; answers, the deadline and a cancel still count. */
  pause(id: string, options: ActionOptions = {}): Promise<Saga> {
    return this.act(id, { action: 'pause' }, options);
  }

  /** A paused saga goes on. */
  resume(id: string, options: ActionOptions = {}): Promise<Saga> {
    return this.act(id, { action: 'resume' }, options);
  }

  /** Any action by its name. Throws `NotFoundError`, `ValidationError`, `NotAllowedError`; `ConflictError` when the saga is not at `ifVersion`. */
  act(id: string, request: ActionRequest, options: ActionOptions = {}): Promise<Saga> {
    return this.#parts.actions.act(id, request, options);
  }

  /** What an action would do now; nothing is written or sent. Throws `NotFoundError`, `ValidationError`. */
  preview(id: string, request: ActionRequest, options: ActionOptions = {}): Promise<ForeseenAction> {
    return this.#parts.actions.preview(id, request, options);
  }

  /** The definitions it knows. */
  get definitions(): readonly AnySagaDefinition[] {
    return this.#parts.registry.all.map(({ definition }) => definition);
  }

  /** One definition; the newest version when none is asked for. Throws `NotFoundError`. */
  definition(name: string, version?: number): AnySagaDefinition {
    return this.#parts.registry.named(name, version).definition;
  }

  /** Who can be asked for operations now; `undefined`: the transport cannot tell. Throws `UnavailableError`. */
  async participants(): Promise<readonly ServedParticipant[] | undefined> {
    return this.#options.transport.participants?.();
  }

  /** What happens to sagas, whichever node moves them, for those who watch. */
  get changes(): Pick<JournalFeed, 'follow'> {
    return this.#parts.feed;
  }

  /** How many sagas there are, by status. */
  counts(tenant: string = defaultTenant): Promise<Readonly<Partial<Record<SagaStatus, number>>>> {
    return this.#options.store.counts(tenant);
  }

  /** Operator actions on many sagas at once. */
  get batches(): Batches {
    return this.#parts.batches;
  }

  /** What there is to say about many sagas at once. */
  get reports(): Reports {
    return this.#parts.reports;
  }

  /** Deletes a closed saga and its journal. Throws `NotFoundError`, and `NotAllowedError` while anybody still needs it. */
  delete(id: string, { tenant = defaultTenant }: { readonly tenant?: string } = {}): Promise<void> {
    return this.#parts.upkeep.delete({ tenant, id });
  }

  /** Publishes events again from a journal position on (`data.position` of an event); 0: all there still are. */
  republish({ from }: { readonly from: number }): Promise<boolean> {
    return this.#parts.upkeep.republish(from);
  }

  /** What was published and cleaned up here. */
  upkeep(): UpkeepStats {
    return this.#parts.upkeep.stats;
  }

  /** Whether this node can do its work. */
  health(): Health {
    const { transport } = this.#options;
    return toHealth(this.#parts, { transport, isClosing: this.#closed !== undefined });
  }

  /** What this node has to do for each participant, and what it knows of all sagas. */
  load(): Load {
    return toLoad(this.#parts);
  }

  /** What this process did and does. */
  metrics(): Metrics {
    return toMetrics(this.#counter, this.#parts);
  }

  /** Takes no more work, makes durable what is decided, and lets go of every saga. Store and transport stay open. */
  close(): Promise<void> {
    this.#closed ??= this.#shutDown();
    return this.#closed;
  }

  async #shutDown(): Promise<void> {
    try {
      const { claims, upkeep, watch, feed, runner } = this.#parts;
      await Promise.all([claims, upkeep, watch, feed, runner].map((part) => part.close()));
      await this.#parts.host.close();
    } finally {
      // Whatever could not be let go of in order is free to be taken over now, or when the lease lapses.
      await this.#parts.lease.close();
    }
  }

  #moved(moved: ObservedMove): void {
    const { record, move } = moved;
    this.#parts.observers.moved(moved);
    this.#counter.count(record, move);
    if (isSettled(record.status)) this.#settlement.settled(record);
    try {
      this.#options.onMoved?.(record, move, moved);
    } catch (error) {
      this.#options.logger?.error({ err: error, sagaId: record.id }, 'onMoved threw');
    }
  }
}

/**
 * Makes an orchestrator and opens it: it drives sagas from now on. Throws `DefinitionError` for an unsound definition, and
 * for one whose structure changed without a new version while sagas are open that run on the former one.
 */
export async function createOrchestrator(options: OrchestratorOptions): Promise<Orchestrator> {
  const orchestrator = new Orchestrator(options);
  await orchestrator.open();
  return orchestrator;
}
