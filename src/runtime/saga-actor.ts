import { NotAllowedError, type StorageRefusedError, toFailure } from '../core/errors.ts';
import type { PendingHook } from '../core/hooks.ts';
import { ringing } from '../core/pause.ts';
import { isSettled, type SagaSnapshot, stateText, statusOf } from '../core/snapshot.ts';
import type { SagaKey, SagaRecord, SagaRelease } from '../core/store.ts';
import {
  awaitedCommands,
  type Move,
  type OperatorEvent,
  type SagaEvent,
  type SagaLogic,
} from '../core/transition.ts';
import { CommandsUnderWay } from './commands-under-way.ts';
import { decide, type Decision } from './decide.ts';
import type { Delivery } from './delivery.ts';
import type { CommitOutcome } from './group-commit.ts';
import { letGoAfter, toRecord, toWrite } from './saga-record.ts';
import type { ActorContext, DrivenSaga } from './actor-context.ts';

/**
 * One saga that this node drives: takes one event at a time, decides with the pure machine, has the move made durable,
 * and only then acts on it.
 */
export class SagaActor implements DrivenSaga {
  readonly key: SagaKey;
  readonly #logic: SagaLogic;
  readonly #context: ActorContext;
  #record: SagaRecord;
  #snapshot: SagaSnapshot;
  #hooks: readonly PendingHook[];
  readonly #mailbox: Delivery[] = [];
  readonly #commands: CommandsUnderWay;
  #isCommitting = false;
  #isRetired = false;
  #isGone = false;
  #alarm: { readonly at: number; readonly forget: () => void } | undefined;

  constructor(
    context: ActorContext,
    logic: SagaLogic,
    saga: { readonly record: SagaRecord; readonly snapshot: SagaSnapshot },
  ) {
    this.#context = context;
    this.#logic = logic;
    this.#record = saga.record;
    this.#snapshot = saga.snapshot;
    this.#hooks = saga.record.hooks === null ? [] : (JSON.parse(saga.record.hooks) as PendingHook[]);
    this.#commands = new CommandsUnderWay({
      plan: logic.plan,
      tenant: saga.record.tenant,
      clock: context.clock,
      gate: context.gate,
      observers: context.observers,
      isOurs: () => context.isOurs(this),
      onReply: (event) => this.deliver({ event }),
    });
    this.key = { tenant: saga.record.tenant, id: saga.record.id };
  }

  /** Carries out what the saga's start asked for; its row is durable. */
  begin(move: Move): void {
    for (const command of move.commands) this.#commands.send(command, move.snapshot.state.context, false);
    this.#runHooks(this.#hooks);
    this.#rest();
  }

  /**
   * Goes on with a saga that was taken over: sends again what it awaits, with the same keys, and arms its timers.
   * `first` is what it was taken over for; a saga at rest would else be let go of before it hears of it.
   */
  resume(first?: Delivery): void {
    if (this.#snapshot.state.context.paused === undefined) this.#sendAgain();
    this.#runHooks(this.#hooks);
    if (first !== undefined) this.deliver(first);
    this.#rest();
  }

  /** Puts an event into the mailbox. */
  deliver(delivery: Delivery): void {
    if (this.#isGone) return delivery.settle?.({ type: 'elsewhere' });
    this.#mailbox.push(delivery);
    if (!this.#isCommitting) this.#next();
  }

  /** Takes no more events: what is being made durable still will be, but is not acted on here. */
  retire(): void {
    this.#isRetired = true;
  }

  /** Stops driving: timers and replies are forgotten, waiting events are to be delivered elsewhere. */
  leave(): void {
    this.#isGone = true;
    this.#alarm?.forget();
    this.#commands.forgetAll();
    for (const { settle } of this.#mailbox.splice(0)) settle?.({ type: 'elsewhere' });
  }

  /** How to let go of the row: at rest for good, or to be claimed at `now` (ms since the epoch) where work is left. */
  release(now: number | null): SagaRelease {
    const { version, epoch, status } = this.#record;
    const isDone = this.#hooks.length === 0 && isSettled(status);
    return {
      key: this.key,
      version,
      epoch,
      dueAt: isDone ? null : now,
      hooks: this.#hooks.length === 0 ? null : JSON.stringify(this.#hooks),
    };
  }

  /** The row as this node last wrote or read it. */
  get record(): SagaRecord {
    return this.#record;
  }

  #next(): void {
    while (!this.#isCommitting && !this.#isGone && !this.#isRetired) {
      const delivery = this.#mailbox.shift();
      if (delivery === undefined) return;
      this.#take(delivery);
    }
  }

  #take(given: Delivery): void {
    const delivery = given.event.type === 'pause' ? this.#withUnsent(given, given.event) : given;
    // Read once: the journal must tell the very time that the timers are counted from.
    // A node's idea of the database's time may lie a little behind that of the one before: a saga's time never goes back.
    const now = Math.max(this.#context.clock.now(), this.#record.updatedAt);
    if (this.#isOutdated(delivery.event, now)) return this.#rest();
    const decision = this.#decide(delivery, now);
    if (decision.type === 'move') return this.#commit(decision.move, delivery, now);
    if (decision.type === 'refused' && decision.error instanceof NotAllowedError)
      this.#dropTimer(delivery.event);
    delivery.settle?.(decision.type === 'repeated' ? { type: 'moved', record: this.#record } : decision);
    this.#rest();
  }

  /** A timer rang while a move was made durable, and stands for another attempt by now, or for none. */
  #isOutdated({ type }: SagaEvent, now: number): boolean {
    if (type !== 'deadline' && !type.startsWith('xstate.after.')) return false;
    const at = ringing(this.#snapshot)[type];
    return at === undefined || this.#commands.dueAt(type, at) > now;
  }

  /** A command that was handed out and not sent is held like those to come. */
  #withUnsent(delivery: Delivery, event: OperatorEvent): Delivery {
    const { unsent } = this.#commands;
    return unsent.length === 0 ? delivery : { ...delivery, event: { ...event, unsent } };
  }

  /** What is awaited and not under way here may have been sent by another node. */
  #sendAgain(): void {
    const { context } = this.#snapshot.state;
    for (const command of awaitedCommands(this.#snapshot))
      if (!this.#commands.has(command.name)) this.#commands.send(command, context, true);
  }

  /** A timer without an arrow has nothing to say any more; left in place it would ring for ever. */
  #dropTimer({ type }: SagaEvent): void {
    const { [type]: dropped, ...timers } = this.#snapshot.timers;
    if (dropped !== undefined) this.#snapshot = { ...this.#snapshot, timers };
  }

  /** A definition's own code may throw; its saga is then left to a person, and no other saga suffers. */
  #decide(delivery: Delivery, now: number): Decision {
    const { event } = delivery;
    try {
      const [logic, record, snapshot] = [this.#logic, this.#record, this.#snapshot];
      return decide({ logic, record, snapshot }, delivery, now);
    } catch (error) {
      const refused = { type: 'refused', error: error as Error } as const;
      this.#context.logger.error(
        { err: error, sagaId: this.key.id, saga: this.#logic.plan.name, event: event.type },
        'the definition threw',
      );
      if (event.type === 'park') return refused;
      this.#mailbox.unshift({
        event: { type: 'park', error: { ...toFailure(error), code: 'definition_threw' } },
      });
      return refused;
    }
  }

  #commit(move: Move, delivery: Delivery, now: number): void {
    const { event, settle } = delivery;
    this.#commands.timedOut(event.type);
    if (isSettled(statusOf(move.snapshot))) this.#commands.forgetAll();
    // What was not sent yet need not be sent to be sealed.
    if (event.type === 'deadline' && stateText(move.snapshot).includes('.sealing'))
      this.#commands.forgetUnsent();
    if (event.type === 'pause') this.#commands.forgetUnsent();
    const hooks = [...this.#hooks, ...move.hooks];
    const isResumed = event.type === 'resume' && awaitedCommands(move.snapshot).length > 0;
    const hasWork = move.commands.length > 0 || this.#commands.size > 0 || hooks.length > 0 || isResumed;
    const { plan } = this.#logic;
    const write = toWrite(this.#record, move, { plan, event, hooks, node: this.#context.node, now, hasWork });
    this.#isCommitting = true;
    this.#context.committer.commit(write, (outcome) => {
      this.#isCommitting = false;
      if (outcome !== 'written')
        return this.#isGone ? settle?.({ type: 'elsewhere' }) : this.#notCommitted(outcome, event, settle);
      const written = toRecord(this.#record, write);
      // Whoever drives the saga now goes on from what was written: it is not to be delivered again.
      if (this.#isGone) return settle?.({ type: 'moved', record: written });
      this.#committed(move, written, delivery);
    });
  }

  #committed(move: Move, record: SagaRecord, { event, settle }: Delivery): void {
    const before = this.#record;
    this.#record = record;
    this.#snapshot = move.snapshot;
    this.#hooks = [...this.#hooks, ...move.hooks];
    this.#context.onMoved({ record, move, before, event });
    settle?.({ type: 'moved', record });
    if (this.#isRetired) return;
    for (const command of move.commands) this.#commands.send(command, move.snapshot.state.context, false);
    if (event.type === 'resume') this.#sendAgain();
    if (record.status !== 'running') this.#commands.withdraw();
    this.#runHooks(move.hooks);
    this.#next();
    this.#rest();
  }

  #notCommitted(
    outcome: Exclude<CommitOutcome, 'written'>,
    event: SagaEvent,
    settle: Delivery['settle'],
  ): void {
    if (outcome === 'stale') {
      settle?.({ type: 'elsewhere' });
      return this.#context.overtaken(this);
    }
    settle?.({ type: 'refused', error: outcome.refused });
    this.#parkUnstorable(outcome.refused, event);
  }

  /** What the database refuses for its content can never be written: the saga is left to a person, with the reason. */
  #parkUnstorable(refused: StorageRefusedError, event: SagaEvent): void {
    this.#context.logger.error(
      { err: refused, sagaId: this.key.id, event: event.type },
      'the database refused a transition',
    );
    if (event.type === 'park') return this.#context.overtaken(this);
    this.#mailbox.unshift({
      event: {
        type: 'park',
        error: { code: 'unstorable', message: `the result of '${event.type}' cannot be stored` },
      },
    });
    this.#next();
  }

  #runHooks(hooks: readonly PendingHook[]): void {
    for (const hook of hooks) {
      void this.#context.runHook(this.#logic.plan, hook, this.#record, this.#snapshot).then(() => {
        this.#hooks = this.#hooks.filter((pending) => pending !== hook);
        this.#rest();
      });
    }
  }

  /** Nothing to do just now: arms the next timer, or lets the saga go when this node has no more part in it. */
  #rest(): void {
    if (this.#isGone || this.#isRetired || this.#isCommitting || this.#mailbox.length > 0) return;
    if (this.#commands.size === 0 && this.#hooks.length === 0) {
      if (this.#record.owner === null) return this.#context.dismissed(this);
      // Without a timer it waits for a person, or for a signal.
      const at = isSettled(statusOf(this.#snapshot)) ? null : (this.#due()?.at ?? null);
      const isIdle = at === null || at - this.#context.clock.now() > letGoAfter;
      if (isIdle) return this.#context.release(this, at);
    }
    this.#arm();
  }

  #arm(): void {
    const due = this.#due();
    if (due === undefined || statusOf(this.#snapshot) === 'failed') return;
    if (this.#alarm !== undefined && this.#alarm.at <= due.at) return;
    this.#alarm?.forget();
    const forget = this.#context.clock.schedule(Math.max(0, due.at - this.#context.clock.now()), () =>
      this.#ring(),
    );
    this.#alarm = { at: due.at, forget };
  }

  #ring(): void {
    this.#alarm = undefined;
    const due = this.#due();
    if (due === undefined || this.#isGone || due.at > this.#context.clock.now()) return this.#rest();
    this.deliver({ event: { type: due.type } as SagaEvent });
  }

  /** The timer that is due first. */
  #due(): { readonly type: string; readonly at: number } | undefined {
    return Object.entries(ringing(this.#snapshot))
      .map(([type, at]) => ({ type, at: this.#commands.dueAt(type, at) }))
      .toSorted((a, b) => a.at - b.at)[0];
  }
}
