import type { Clock } from '../core/clock.ts';
import { NotAllowedError, NotFoundError, StorageUnavailableError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { ObservedMove } from '../core/observer.ts';
import { isClosed, isSettled, parseSnapshot, type SagaSnapshot } from '../core/snapshot.ts';
import type { DefinitionRef, SagaKey, SagaRecord, SagaStore } from '../core/store.ts';
import { isWaiting, type Move, type SagaEvent, type SagaLogic } from '../core/transition.ts';
import type { ActorContext, DrivenSaga } from './actor-context.ts';
import type { CommandGate } from './command-gate.ts';
import type { GroupCommit } from './group-commit.ts';
import { HookRunner } from './hook-runner.ts';
import type { Lease } from './lease.ts';
import type { Observers } from './observers.ts';
import { closedAnswer } from './decide.ts';
import type { Delivery, DeliveryResult } from './delivery.ts';
import { throwForeseen } from './foresee.ts';
import { SagaActor } from './saga-actor.ts';
import { toId } from './saga-record.ts';
import { withPatience } from './with-patience.ts';

/** What the host needs. */
export interface ActorHostOptions {
  readonly node: string;
  readonly store: SagaStore;
  readonly gate: CommandGate;
  readonly committer: GroupCommit;
  /** The store's time. */
  readonly clock: Clock;
  readonly lease: Pick<Lease, 'claiming' | 'isName'>;
  readonly logger: Logger;
  /** The most sagas this node drives at once; others wait as rows. */
  readonly maxActors: number;
  readonly observers: Observers;
  /** Told of every durable move. */
  readonly onMoved: (moved: ObservedMove) => void;
}

/** How often a saga may be claimed without moving before it is left to a person. */
const maxClaims = 20;

/** What such a saga is parked with: driving it ends processes. */
const poison: SagaEvent = {
  type: 'park',
  error: { code: 'poison', message: `taken over ${maxClaims} times without progress` },
};

/** The sagas that this node drives, and the one way in for everything that moves a saga: `deliver`. */
export class ActorHost {
  readonly #options: ActorHostOptions;
  readonly #actors = new Map<string, SagaActor>();
  readonly #logic = new Map<string, SagaLogic>();
  readonly #context: ActorContext;
  readonly #pending = new Set<Promise<unknown>>();
  #isClosed = false;
  /** Nothing is waited for any longer. */
  #isOver = false;

  constructor(options: ActorHostOptions) {
    this.#options = options;
    const { node, clock, gate, committer, logger, observers, onMoved } = options;
    const hooks = new HookRunner({ clock, logger });
    this.#context = {
      node,
      clock,
      gate,
      committer,
      logger,
      observers,
      onMoved,
      runHook: (plan, hook, record, snapshot) => hooks.run(plan, hook, record, snapshot),
      isOurs: (actor) => this.#isOurs(actor),
      overtaken: (actor) => this.#overtaken(actor),
      dismissed: (actor) => this.#forget(actor),
      release: (actor, dueAt) => this.#release(actor, dueAt),
    };
  }

  /** Lets the host drive sagas of this definition. */
  register(ref: DefinitionRef, logic: SagaLogic): void {
    this.#logic.set(toKey(ref), logic);
  }

  /** How many sagas the node drives now, and how many more it may take. */
  get load(): { readonly actors: number; readonly free: number } {
    return { actors: this.#actors.size, free: Math.max(0, this.#options.maxActors - this.#actors.size) };
  }

  /** Drives a saga that was just started by this node; its row is durable and names this node. */
  begin(record: SagaRecord, move: Move, logic: SagaLogic): void {
    // Somebody may have acted on the saga, and this node taken it over for that, before its start was answered.
    if (this.#actors.has(toId(record))) return this.noticed(record, move);
    const actor = new SagaActor(this.#context, logic, { record, snapshot: move.snapshot });
    this.#actors.set(toId(actor.key), actor);
    this.noticed(record, move);
    // A start that became durable while the node closes is let go of with the others.
    if (this.#isClosed) actor.retire();
    else actor.begin(move);
  }

  /** A saga was started, whoever drives it. */
  noticed(record: SagaRecord, move: Move): void {
    this.#options.onMoved({ record, move, before: null, event: { type: 'start' } });
  }

  /** Drives a saga that the store gave to this node; `first` is what it was taken over for. `false`: it cannot run here. */
  resume(record: SagaRecord, first?: Delivery): boolean {
    const present = this.#actors.get(toId(record));
    // This node may take a saga over twice at once, and hear of the later takeover first.
    if (present !== undefined && present.record.epoch >= record.epoch) {
      if (first !== undefined) present.deliver(first);
      return true;
    }
    const logic = this.#logic.get(toKey(record.definition));
    if (logic === undefined) return this.#unknown(record);
    const snapshot = this.#read(record, logic);
    if (snapshot === undefined) return false;
    present?.leave();
    const actor = new SagaActor(this.#context, logic, { record, snapshot });
    this.#actors.set(toId(record), actor);
    return this.#revive(actor, snapshot, first);
  }

  /** One saga's exception must not keep the others of a claim from going on. */
  #revive(actor: SagaActor, snapshot: SagaSnapshot, first: Delivery | undefined): boolean {
    const { record } = actor;
    try {
      const isHarmless = isSettled(record.status) || isWaiting(snapshot, this.#options.clock.now());
      const isPoison = record.claims > maxClaims && !isHarmless;
      if (isPoison) actor.deliver({ event: poison });
      // Whoever asks for something is answered, also where the saga is only parked.
      if (isPoison && first !== undefined) actor.deliver(first);
      if (!isPoison) actor.resume(first);
      return true;
    } catch (error) {
      this.#options.logger.error(
        { err: error, sagaId: record.id, definition: record.definition },
        'the saga cannot be driven',
      );
      this.#forget(actor);
      this.#letGo(record);
      return false;
    }
  }

  /**
   * Delivers an event to a saga, wherever it is: takes it over when this node does not drive it. Resolves with the row
   * after the move. Throws `NotFoundError`, `NotAllowedError`, and `ConflictError` when it is not at `ifVersion`.
   */
  async deliver(key: SagaKey, event: SagaEvent, ifVersion?: number): Promise<SagaRecord> {
    for (;;) {
      if (this.#isClosed) throw new StorageUnavailableError('this node is shutting down: ask another one');
      const actor = this.#actors.get(toId(key));
      const record = actor === undefined ? await this.#claim(key, event, ifVersion) : undefined;
      if (record !== undefined && isClosed(record.status)) return record;
      const result = await new Promise<DeliveryResult>((settle) => {
        const delivery = { event, settle, ...(ifVersion === undefined ? {} : { ifVersion }) };
        if (actor !== undefined) actor.deliver(delivery);
        else if (record !== undefined && !this.resume(record, delivery))
          settle({ type: 'refused', error: notHere(record) });
      });
      if (result.type === 'moved') return result.record;
      if (result.type === 'refused') throw result.error;
    }
  }

  /** Lets go of every saga, so that other nodes can go on with them at once. */
  async close(): Promise<void> {
    const { committer, clock, store } = this.#options;
    this.#isClosed = true;
    for (const actor of this.#actors.values()) actor.retire();
    await withPatience(clock, committer.drain());
    const actors = [...this.#actors.values()];
    for (const actor of actors) actor.leave();
    this.#actors.clear();
    await withPatience(clock, Promise.all(this.#pending));
    this.#isOver = true;
    committer.close();
    const driven = actors.filter(({ record }) => record.owner !== null);
    await store.release(driven.map((actor) => actor.release(clock.now())));
  }

  /** A closed saga is only given when the very request that asks for it was carried out before. */
  async #claim(key: SagaKey, event: SagaEvent, ifVersion: number | undefined): Promise<SagaRecord> {
    const { store, lease } = this.#options;
    const seen = await store.get(key);
    if (seen !== undefined && !isClosed(seen.status)) this.#foresee(seen, { event, ifVersion });
    const record = await lease.claiming((node) => store.claimOne(key, node));
    if (record !== undefined && this.#isClosed) this.#letGo(record, 0);
    if (this.#isClosed) throw new StorageUnavailableError('this node is shutting down: ask another one');
    if (record === undefined) throw new NotFoundError(`there is no saga '${key.id}'`);
    if (!isClosed(record.status)) return record;
    // It was taken over for the sake of its hooks: they are this node's to run now.
    if (record.hooks !== null) this.resume(record);
    return closedAnswer(record, event, ifVersion);
  }

  /** Looked at first: a node that cannot run a saga, or only would refuse, must not take it from one that can. */
  #foresee(seen: SagaRecord, asked: Parameters<typeof throwForeseen>[2]): void {
    const logic = this.#logic.get(toKey(seen.definition));
    if (logic === undefined) throw notHere(seen);
    throwForeseen(logic, seen, asked, this.#options.clock.now());
  }

  /** Every takeover raises the epoch. */
  async #isOurs(actor: DrivenSaga): Promise<boolean> {
    const { epoch } = (await this.#options.store.get(actor.key)) ?? {};
    if (epoch !== actor.record.epoch) this.#overtaken(actor);
    return epoch === actor.record.epoch;
  }

  /** Somebody else moved the saga. When it is still this node's, go on from what is stored now. */
  #overtaken(actor: DrivenSaga): void {
    this.#forget(actor);
    this.#track(
      this.#answered(() => this.#options.store.get(actor.key)).then((record) => {
        const isOurs =
          record !== undefined && record.owner !== null && this.#options.lease.isName(record.owner);
        if (isOurs && !this.#isClosed && !this.#actors.has(toId(actor.key))) this.resume(record);
      }),
    );
  }

  #forget(actor: DrivenSaga): void {
    if (this.#actors.get(toId(actor.key)) === actor) this.#actors.delete(toId(actor.key));
    actor.leave();
  }

  #release(actor: DrivenSaga, dueAt: number | null): void {
    this.#forget(actor);
    this.#track(this.#answered(() => this.#options.store.release([actor.release(dueAt)])));
  }

  #unknown(record: SagaRecord): false {
    this.#options.logger.warn(
      { sagaId: record.id, definition: record.definition },
      'this node has no such definition',
    );
    this.#letGo(record);
    return false;
  }

  #read(record: SagaRecord, { machine }: SagaLogic): SagaSnapshot | undefined {
    try {
      return parseSnapshot(machine, record.snapshot);
    } catch (error) {
      this.#options.logger.error(
        { err: error, sagaId: record.id, definition: record.definition },
        'the stored snapshot does not fit its definition',
      );
      this.#letGo(record);
      return undefined;
    }
  }

  /** What this node cannot run is left for a minute, so that it is not claimed over and over. */
  #letGo({ tenant, id, version, epoch, hooks }: SagaRecord, wait = 60_000): void {
    const dueAt = this.#options.clock.now() + wait;
    this.#track(
      this.#answered(() =>
        this.#options.store.release([{ key: { tenant, id }, version, epoch, dueAt, hooks }]),
      ),
    );
  }

  /** Asks the store until it answers: nobody else would, for the row names a node that lives. What is asked may be asked twice. */
  async #answered<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    const { clock, logger } = this.#options;
    for (let tries = 1; ; tries += 1) {
      try {
        return await ask();
      } catch (error) {
        if (this.#isOver) throw error;
        logger.warn({ err: error, tries }, 'the store did not answer: asking again');
        await new Promise<void>((resolve) => clock.schedule(Math.min(1_000, 25 * 2 ** tries), resolve));
      }
    }
  }

  /** Work that ends by itself; what it cannot do, a later claim will. */
  #track(work: Promise<unknown>): void {
    const tracked = work.catch((error: unknown) =>
      this.#options.logger.warn({ err: error }, 'a saga could not be let go of; its lease will'),
    );
    this.#pending.add(tracked);
    void tracked.then(() => this.#pending.delete(tracked));
  }
}

function notHere({ id, definition: { name, version } }: SagaRecord): NotAllowedError {
  return new NotAllowedError(
    `saga '${id}' cannot run here: this node has no definition '${name}' version ${version} that fits it`,
  );
}

function toKey({ name, version, hash }: DefinitionRef): string {
  return `${name}@${version}#${hash}`;
}
