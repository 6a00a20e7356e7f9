import type { AnySagaDefinition } from '../core/definition.ts';
import { ConflictError, NotFoundError, SagaFailedError, StorageUnavailableError } from '../core/errors.ts';
import { toActor } from '../core/live.ts';
import { silentLogger } from '../core/logger.ts';
import { isSettled, type StoredSnapshot, toStored } from '../core/snapshot.ts';
import type { JournalRow, SagaCursor, SagaFilter, SagaKey, SagaRecord, SagaStatus } from '../core/store.ts';
import type { Move, OperatorEvent } from '../core/transition.ts';
import { ActorHost } from './actor-host.ts';
import { ClaimLoop } from './claim-loop.ts';
import { CommandGate } from './command-gate.ts';
import { GroupCommit } from './group-commit.ts';
import { Lease } from './lease.ts';
import { type Metrics, MoveCounter } from './metrics.ts';
import {
  type ActionOptions,
  defaultLimits,
  defaultTenant,
  type Health,
  type OrchestratorOptions,
  type SagaPage,
  type StartedSaga,
  type StartOptions,
} from './orchestrator-options.ts';
import { Registry } from './registry.ts';
import { replay } from './replay.ts';
import { type Saga, toSaga, toSummary } from './saga.ts';
import { Settlement } from './settlement.ts';
import { Starter } from './starter.ts';
import { systemClock, systemIds } from './system.ts';

/** Drives sagas. Make one with `createOrchestrator`. */
export class Orchestrator {
  readonly #options: OrchestratorOptions;
  readonly #registry: Registry;
  readonly #lease: Lease;
  readonly #committer: GroupCommit;
  readonly #gate: CommandGate;
  readonly #host: ActorHost;
  readonly #claims: ClaimLoop;
  readonly #settlement = new Settlement();
  readonly #counter = new MoveCounter();
  readonly #starter: Starter;
  #isClosing = false;

  /** Use `createOrchestrator`, which also opens it. */
  constructor(options: OrchestratorOptions) {
    const { store, transport, clock = systemClock, ids = systemIds, logger = silentLogger } = options;
    const limits = { ...defaultLimits, ...options.limits };
    this.#options = options;
    this.#registry = new Registry(options.sagas);
    const node = ids.next();
    this.#lease = new Lease({ node, store, clock, logger, ttl: limits.leaseTtl });
    this.#committer = new GroupCommit({ store, clock, ids, logger, maxBatch: limits.maxBatch, concurrency: limits.commitConcurrency });
    const onMoved = (record: SagaRecord, move: Move) => this.#moved(record, move);
    const { maxInFlight, maxActors } = limits;
    this.#gate = new CommandGate({ transport, clock: this.#lease, mayAct: () => this.#lease.isHeld, maxInFlight });
    this.#host = new ActorHost({ node, store, gate: this.#gate, committer: this.#committer, clock: this.#lease, lease: this.#lease, logger, maxActors, onMoved });
    for (const { ref, logic } of this.#registry.all) this.#host.register(ref, logic);
    this.#starter = new Starter({ node, store, committer: this.#committer, host: this.#host, lease: this.#lease, ids });
    this.#claims = new ClaimLoop({
      lease: this.#lease,
      store,
      clock,
      logger,
      definitions: this.#registry.all.map(({ ref }) => ref),
      interval: limits.claimInterval,
      free: () => (this.#lease.isHeld ? this.#host.load.free : 0),
      take: (record) => void this.#host.resume(record),
    });
  }

  /** Takes the lease and begins to look for sagas that are due. */
  async open(): Promise<void> {
    await this.#lease.open();
    this.#claims.open();
  }

  /**
   * Starts a saga; resolves once that is durable, before any participant answered. `isReplayed`: the same request had
   * started it before; then `saga` is as it is now. Throws `NotFoundError` (no such definition), `ValidationError` (input, id),
   * `ConflictError` (id or key taken by another request).
   */
  async start(name: string, input: unknown, options: StartOptions = {}): Promise<StartedSaga> {
    if (this.#isClosing) throw new StorageUnavailableError('this node is shutting down: start the saga on another');
    return this.#starter.start(this.#registry.named(name, options.version), input, options);
  }

  /**
   * Starts a saga and waits for its end; resolves with the steps' results. Rejects with `SagaFailedError`, carrying the
   * original error and those of compensations, when it ends otherwise or parks; with what `start` throws; with
   * `ConflictError` when it is not settled after `timeout` ms (default 60,000): it goes on nevertheless.
   */
  async execute(name: string, input: unknown, options: StartOptions & { readonly timeout?: number } = {}): Promise<Readonly<Record<string, unknown>>> {
    const { timeout = 60_000, ...start } = options;
    const { saga } = await this.start(name, input, start);
    const settled = await this.settled(saga.id, { timeout, tenant: saga.tenant });
    if (!isSettled(settled.status)) throw new ConflictError(`saga '${saga.id}' is not settled after ${timeout} ms; it goes on`);
    if (settled.status === 'completed') return settled.results;
    throw toSagaFailedError(settled);
  }

  /** The saga once it is settled (closed or parked), or as it is after `timeout` ms. */
  async settled(id: string, { timeout, tenant = defaultTenant }: { readonly timeout: number; readonly tenant?: string }): Promise<Saga> {
    const key = { tenant, id };
    const look = async () => {
      const record = await this.#record(key);
      return isSettled(record.status) ? record : undefined;
    };
    const record = await this.#settlement.wait(key, { timeout, clock: this.#lease, look });
    return this.#toSaga(record ?? (await this.#record(key)));
  }

  /** One saga. Throws `NotFoundError`. */
  async get(id: string, { tenant = defaultTenant }: { readonly tenant?: string } = {}): Promise<Saga> {
    return this.#toSaga(await this.#record({ tenant, id }));
  }

  /** Sagas that match, newest first. */
  async list(filter: Partial<SagaFilter> = {}, page: { readonly after?: SagaCursor; readonly limit?: number } = {}): Promise<SagaPage> {
    const { limit = 50, ...position } = page;
    const rows = await this.#options.store.list({ tenant: defaultTenant, ...filter }, { ...position, limit: limit + 1 });
    const items = rows.slice(0, limit).map(toSummary);
    const last = items.at(-1);
    return { items, next: rows.length > limit && last !== undefined ? { createdAt: last.createdAt, id: last.id } : null };
  }

  /** A saga's journal, oldest first, after position `after`. Throws `NotFoundError`. */
  async history(id: string, { tenant = defaultTenant, after = 0, limit = 1_000 }: { readonly tenant?: string; readonly after?: number; readonly limit?: number } = {}): Promise<readonly JournalRow[]> {
    await this.#record({ tenant, id });
    return this.#options.store.history({ tenant, id }, { after, limit });
  }

  /** The stored snapshot, now or after journal position `seq`. Throws `NotFoundError`. */
  async snapshot(id: string, options: { readonly tenant?: string; readonly seq?: number } = {}): Promise<StoredSnapshot> {
    const { tenant = defaultTenant, seq } = options;
    const record = await this.#record({ tenant, id });
    if (seq === undefined) return JSON.parse(record.snapshot) as StoredSnapshot;
    return toStored(await this.#replay(record, seq));
  }

  /**
   * A live, silent XState actor in the saga's state, now or after journal position `seq`. What it does stays in this
   * process. Throws `NotFoundError`.
   */
  async restore(id: string, options: { readonly tenant?: string; readonly seq?: number } = {}): Promise<ReturnType<typeof toActor>> {
    const { tenant = defaultTenant, seq } = options;
    const record = await this.#record({ tenant, id });
    const { logic } = this.#registry.pinned(record.definition);
    return toActor(logic.machine, await this.#replay(record, seq ?? record.version));
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
  resolve(id: string, options: ActionOptions & { readonly as: 'succeeded' | 'refused' | 'abandoned'; readonly result?: unknown }): Promise<Saga> {
    return this.#act(id, { type: 'resolve', as: options.as, ...withResult(options) }, options);
  }

  /** The definitions it knows. */
  get definitions(): readonly AnySagaDefinition[] {
    return this.#registry.all.map(({ definition }) => definition);
  }

  /** One definition; the newest version when none is asked for. Throws `NotFoundError`. */
  definition(name: string, version?: number): AnySagaDefinition {
    return this.#registry.named(name, version).definition;
  }

  /** How many sagas there are, by status. */
  counts(tenant: string = defaultTenant): Promise<Readonly<Partial<Record<SagaStatus, number>>>> {
    return this.#options.store.counts(tenant);
  }

  /** Whether this node can do its work. */
  health(): Health {
    const store = this.#committer.stats.isFailing ? 'failing' : 'ok';
    const transport = this.#options.transport.isConnected() ? 'ok' : 'disconnected';
    const lease = this.#lease.isHeld ? 'held' : 'lapsed';
    const isReady = store === 'ok' && transport === 'ok' && lease === 'held' && !this.#isClosing;
    return { isReady, store, transport, lease, isClosing: this.#isClosing };
  }

  /** What this process did and does. */
  metrics(): Metrics {
    return { ...this.#counter.counts, active: this.#host.load.actors, waitingCommands: this.#gate.waiting, commit: this.#committer.stats };
  }

  /** Takes no more work, makes durable what is decided, and lets go of every saga. Store and transport stay open. */
  async close(): Promise<void> {
    if (this.#isClosing) return;
    this.#isClosing = true;
    await this.#claims.close();
    await this.#host.close();
    await this.#lease.close();
  }

  async #act(id: string, event: OperatorEvent, { tenant = defaultTenant, actor, reason, ifVersion }: ActionOptions): Promise<Saga> {
    const who = { ...(actor === undefined ? {} : { actor }), ...(reason === undefined ? {} : { reason }) };
    return this.#toSaga(await this.#host.deliver({ tenant, id }, { ...event, ...who }, ifVersion));
  }

  async #record(key: SagaKey): Promise<SagaRecord> {
    const record = await this.#options.store.get(key);
    if (record === undefined) throw new NotFoundError(`there is no saga '${key.id}'`);
    return record;
  }

  async #replay(record: SagaRecord, seq: number) {
    const { logic } = this.#registry.pinned(record.definition);
    if (!(Number.isInteger(seq) && seq >= 1 && seq <= record.version)) {
      throw new NotFoundError(`saga '${record.id}' has journal positions 1 to ${record.version}, not ${seq}`);
    }
    return replay(logic, record, await this.#options.store.history(record, { limit: seq }));
  }

  #toSaga(record: SagaRecord): Saga {
    return toSaga(record, this.#registry.pinned(record.definition).logic);
  }

  #moved(record: SagaRecord, move: Move): void {
    this.#counter.count(record, move);
    if (isSettled(record.status)) this.#settlement.settled(record);
    this.#options.onMoved?.(record, move);
  }
}

/** Makes an orchestrator and opens it: it drives sagas from now on. Throws `DefinitionError` for an unsound definition. */
export async function createOrchestrator(options: OrchestratorOptions): Promise<Orchestrator> {
  const orchestrator = new Orchestrator(options);
  await orchestrator.open();
  return orchestrator;
}

function withResult({ result }: { readonly result?: unknown }) {
  return result === undefined ? {} : { result };
}

function toSagaFailedError(saga: Saga): SagaFailedError {
  const failure = saga.causedBy?.error ?? saga.parked?.error;
  const compensationFailures = saga.steps.filter(({ status, error }) => status === 'compensating' && error !== undefined).flatMap(({ error }) => (error === undefined ? [] : [error]));
  const because = failure === undefined ? '' : `: ${failure.message}`;
  return new SagaFailedError(`saga '${saga.id}' is ${saga.status}${because}`, { sagaId: saga.id, status: saga.status, failure, compensationFailures });
}
