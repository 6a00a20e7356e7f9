import type { AnySagaDefinition } from '../core/definition.ts';
import { ConflictError, StorageUnavailableError } from '../core/errors.ts';
import type { toActor } from '../core/live.ts';
import { toJson } from '../core/schema.ts';
import { isSettled, type StoredSnapshot } from '../core/snapshot.ts';
import type { JournalRow, SagaCursor, SagaFilter, SagaRecord, SagaStatus } from '../core/store.ts';
import type { Move, OperatorEvent } from '../core/transition.ts';
import { type Metrics, MoveCounter } from './metrics.ts';
import {
  type ActionOptions,
  defaultTenant,
  type Health,
  type OrchestratorOptions,
  type SagaPage,
  type StartedSaga,
  type StartOptions,
} from './orchestrator-options.ts';
import { type OrchestratorParts, toParts } from './orchestrator-parts.ts';
import { type Saga, toSagaFailedError } from './saga.ts';
import type { HistoryOptions, MomentOptions } from './saga-reader.ts';
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
    this.#parts = toParts(options, (record, move) => this.#moved(record, move));
  }

  /** Takes the lease and begins to look for sagas that are due. */
  async open(): Promise<void> {
    await this.#parts.lease.open();
    this.#parts.claims.open();
    await this.#parts.upkeep.open().catch(async (error: unknown) => {
      await this.close();
      throw error;
    });
  }

  /**
   * Starts a saga; resolves once that is durable, before any participant answered. `isReplayed`: the same request had
   * started it before; then `saga` is as it is now. Throws `NotFoundError` (no such definition), `ValidationError` (input, id),
   * `ConflictError` (id or key taken by another request).
   */
  async start(name: string, input: unknown, options: StartOptions = {}): Promise<StartedSaga> {
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
    const settled = await this.settled(saga.id, { timeout, tenant: saga.tenant });
    if (!isSettled(settled.status))
      throw new ConflictError(`saga '${saga.id}' is not settled after ${timeout} ms; it goes on`);
    if (settled.status === 'completed') return settled.results;
    throw toSagaFailedError(settled);
  }

  /** The saga once it is settled (closed or parked), or as it is after `timeout` ms. */
  async settled(
    id: string,
    { timeout, tenant = defaultTenant }: { readonly timeout: number; readonly tenant?: string },
  ): Promise<Saga> {
    const key = { tenant, id };
    const look = async () => {
      const record = await this.#parts.reader.record(key);
      return isSettled(record.status) ? record : undefined;
    };
    const record = await this.#settlement.wait(key, { timeout, clock: this.#parts.lease, look });
    return this.#parts.reader.toSaga(record ?? (await this.#parts.reader.record(key)));
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

  /** Turns a running saga back. Once accepted it never completes. Throws `NotAllowedError` behind the point of no return. */
  cancel(id: string, options: ActionOptions = {}): Promise<Saga> {
    return this.#act(id, { type: 'cancel' }, options);
  }

  /** Tries again now: a parked command, or one that waits for its next attempt. */
  retry(id: string, options: ActionOptions = {}): Promise<Saga> {
    return this.#act(id, { type: 'retry' }, options);
  }

  /** Goes on without the parked command; `result` stands in for its result. Marks the saga overridden. */
  skip(id: string, options: ActionOptions & { readonly result?: unknown } = {}): Promise<Saga> {
    return this.#act(id, { type: 'skip', ...withResult(options) }, options);
  }

  /** Turns back a running saga, or one that parked before the point of no return. */
  compensate(id: string, options: ActionOptions = {}): Promise<Saga> {
    return this.#act(id, { type: 'compensate' }, options);
  }

  /** Says how a parked command really ended, or closes the saga as `abandoned`. Marks the saga overridden. */
  resolve(
    id: string,
    options: ActionOptions & {
      readonly as: 'succeeded' | 'refused' | 'abandoned';
      readonly result?: unknown;
    },
  ): Promise<Saga> {
    return this.#act(id, { type: 'resolve', as: options.as, ...withResult(options) }, options);
  }

  /** The definitions it knows. */
  get definitions(): readonly AnySagaDefinition[] {
    return this.#parts.registry.all.map(({ definition }) => definition);
  }

  /** One definition; the newest version when none is asked for. Throws `NotFoundError`. */
  definition(name: string, version?: number): AnySagaDefinition {
    return this.#parts.registry.named(name, version).definition;
  }

  /** How many sagas there are, by status. */
  counts(tenant: string = defaultTenant): Promise<Readonly<Partial<Record<SagaStatus, number>>>> {
    return this.#options.store.counts(tenant);
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
    const isClosing = this.#closed !== undefined;
    const store = this.#parts.committer.stats.isFailing ? 'failing' : 'ok';
    const transport = this.#options.transport.isConnected() ? 'ok' : 'disconnected';
    const lease = this.#parts.lease.isHeld ? 'held' : 'lapsed';
    const isReady = store === 'ok' && transport === 'ok' && lease === 'held' && !isClosing;
    return { isReady, store, transport, lease, isClosing };
  }

  /** What this process did and does. */
  metrics(): Metrics {
    return {
      ...this.#counter.counts,
      active: this.#parts.host.load.actors,
      waitingCommands: this.#parts.gate.waiting,
      commit: this.#parts.committer.stats,
    };
  }

  /** Takes no more work, makes durable what is decided, and lets go of every saga. Store and transport stay open. */
  close(): Promise<void> {
    this.#closed ??= this.#shutDown();
    return this.#closed;
  }

  async #shutDown(): Promise<void> {
    try {
      await Promise.all([this.#parts.claims.close(), this.#parts.upkeep.close()]);
      await this.#parts.host.close();
    } finally {
      // Whatever could not be let go of in order is free to be taken over now, or when the lease lapses.
      await this.#parts.lease.close();
    }
  }

  async #act(
    id: string,
    event: OperatorEvent,
    { tenant = defaultTenant, actor, reason, ifVersion }: ActionOptions,
  ): Promise<Saga> {
    const who = { ...(actor === undefined ? {} : { actor }), ...(reason === undefined ? {} : { reason }) };
    return this.#parts.reader.toSaga(
      await this.#parts.host.deliver({ tenant, id }, { ...event, ...who }, ifVersion),
    );
  }

  #moved(record: SagaRecord, move: Move): void {
    this.#counter.count(record, move);
    if (isSettled(record.status)) this.#settlement.settled(record);
    try {
      this.#options.onMoved?.(record, move);
    } catch (error) {
      this.#options.logger?.error({ err: error, sagaId: record.id }, 'onMoved threw');
    }
  }
}

/** Makes an orchestrator and opens it: it drives sagas from now on. Throws `DefinitionError` for an unsound definition. */
export async function createOrchestrator(options: OrchestratorOptions): Promise<Orchestrator> {
  const orchestrator = new Orchestrator(options);
  await orchestrator.open();
  return orchestrator;
}

function withResult({ result }: { readonly result?: unknown }) {
  return result === undefined ? {} : { result: toJson(result, 'the result') };
}
