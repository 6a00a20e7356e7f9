import { type Command, stepNamed, toRequest } from '../core/command.ts';
import type { SagaContext } from '../core/context.ts';
import { operationOf } from '../core/machine-parts.ts';
import type { SagaPlan } from '../core/steps.ts';
import type { ReplyEvent } from '../core/transition.ts';
import type { Reply } from '../core/transport.ts';
import type { Clock } from '../core/clock.ts';
import type { AttemptOutcome, AttemptWatch, EngineObserver } from '../core/observer.ts';
import type { CommandGate, GatedCommand } from './command-gate.ts';
import { checkReply } from './reply-check.ts';

/** What a saga's commands need. */
export interface CommandsOptions {
  readonly plan: SagaPlan;
  readonly tenant: string;
  readonly clock: Clock;
  readonly gate: CommandGate;
  readonly observers: Pick<Required<EngineObserver>, 'sending'>;
  /** Whether the saga is still this node's, as the store knows it. */
  readonly isOurs: () => Promise<boolean>;
  /** Told how an attempt ended. */
  readonly onReply: (event: ReplyEvent) => void;
}

/** A command whose answer is awaited. */
interface UnderWay {
  readonly command: Command;
  /** It was sent before, by a node that is gone. */
  readonly isResent: boolean;
  readonly gated: GatedCommand;
  /** ms. */
  readonly timeout: number;
  /** Whoever watches the attempt, from when it is sent. */
  readonly watch: () => AttemptWatch | undefined;
}

/** The commands of one saga that were handed out and not answered yet. */
export class CommandsUnderWay {
  readonly #options: CommandsOptions;
  readonly #underWay = new Map<string, UnderWay>();

  constructor(options: CommandsOptions) {
    this.#options = options;
  }

  /** How many answers are awaited. */
  get size(): number {
    return this.#underWay.size;
  }

  /** Commands that wait at the gate, and were never sent before. */
  get unsent(): readonly string[] {
    return [...this.#underWay.values()].flatMap(({ command, gated, isResent }) =>
      gated.sentAt === undefined && !isResent ? [command.name] : [],
    );
  }

  /** Whether an answer to this command is awaited. */
  has(name: string): boolean {
    return this.#underWay.has(name);
  }

  /** Sends a command as soon as that may be; an earlier attempt of it is forgotten. */
  send(command: Command, context: SagaContext, isResent: boolean): void {
    const { plan, tenant, clock, gate, observers, isOurs } = this.#options;
    this.#forget(command.name);
    const { participant, timeout } = operationOf(stepNamed(plan, command.step), command.op);
    let watch: AttemptWatch | undefined;
    const make = () => {
      const request = toRequest(plan, command, { tenant, context, deadline: clock.now() + timeout });
      watch = observers.sending(request, isResent);
      const { traceparent } = watch ?? {};
      return traceparent === undefined ? request : Object.assign(request, { traceparent });
    };
    const gated = gate.send({ participant, isBackward: command.op !== 'do', isOurs }, make, (answer) => {
      if (this.#underWay.get(command.name) !== underWay) return;
      watch?.ended(answer.type, 'error' in answer ? answer.error.code : undefined);
      watch = undefined;
      this.#check(underWay, answer);
    });
    const underWay: UnderWay = { command, isResent, gated, timeout, watch: () => watch };
    this.#underWay.set(command.name, underWay);
  }

  /** An attempt's time is up: nobody waits for its answer any longer. Other timers change nothing. */
  timedOut(timer: string): void {
    const name = timedOutCommand(timer);
    if (name !== undefined) this.#forget(name, 'timedOut');
  }

  /** Nobody waits for any answer any longer. */
  forgetAll(): void {
    for (const name of this.#underWay.keys()) this.#forget(name);
  }

  /** Commands that wait at the gate are not sent any more. */
  forgetUnsent(): void {
    for (const { command, gated } of this.#underWay.values())
      if (gated.sentAt === undefined) this.#forget(command.name);
  }

  /** A saga that turned back asks for no action any more: one that was not sent yet reached nobody. */
  withdraw(): void {
    for (const { command, gated, isResent } of this.#underWay.values()) {
      if (command.op !== 'do' || gated.sentAt !== undefined) continue;
      this.#forget(command.name);
      const error = { code: 'not_sent', message: 'withdrawn before it was sent' };
      this.#options.onReply(toReplyEvent(command, { type: 'unreachable', error }, isResent));
    }
  }

  /** When a timer is due, ms since the epoch. An attempt's timeout counts from when it was really sent. */
  dueAt(timer: string, at: number): number {
    const underWay = this.#underWay.get(timedOutCommand(timer) ?? '');
    if (underWay === undefined) return at;
    return Math.max(at, (underWay.gated.sentAt ?? this.#options.clock.now()) + underWay.timeout);
  }

  #forget(name: string, outcome: AttemptOutcome = 'abandoned'): void {
    const forgotten = this.#underWay.get(name);
    if (forgotten === undefined) return;
    forgotten.gated.abandon();
    forgotten.watch()?.ended(outcome);
    this.#underWay.delete(name);
  }

  /** A check may take its time: until it is done the command is under way, and the saga not at rest. */
  #check(underWay: UnderWay, answer: Reply): void {
    const checked = checkReply(this.#options.plan, underWay.command, answer);
    if (checked instanceof Promise) void checked.then((reply) => this.#answered(underWay, reply));
    else this.#answered(underWay, checked);
  }

  #answered(underWay: UnderWay, reply: Reply): void {
    const { command, isResent } = underWay;
    if (this.#underWay.get(command.name) !== underWay) return;
    this.#underWay.delete(command.name);
    this.#options.onReply(toReplyEvent(command, reply, isResent));
  }
}

/** The command whose attempt a timer ends, if that is what it does. */
function timedOutCommand(timer: string): string | undefined {
  return /^xstate\.after\.([^.]+)\.timeout\./.exec(timer)?.[1];
}

function toReplyEvent(
  { name, step, op, attempt, generation }: Command,
  reply: Reply,
  isResent: boolean,
): ReplyEvent {
  // `Object.assign`, for a literal that begins with a spread is slow on Node 20, and every reply comes through here.
  const event = Object.assign({}, reply, {
    type: `${name}.${reply.type}` as const,
    step,
    op,
    attempt,
    generation,
  });
  return isResent ? Object.assign(event, { resent: true }) : event;
}
