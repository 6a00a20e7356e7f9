import { type Command, stepNamed, toRequest } from '../core/command.ts';
import type { SagaContext } from '../core/context.ts';
import { operationOf } from '../core/machine-parts.ts';
import type { SagaPlan } from '../core/steps.ts';
import type { ReplyEvent } from '../core/transition.ts';
import type { Reply } from '../core/transport.ts';
import type { Clock } from '../core/clock.ts';
import type { CommandGate, GatedCommand } from './command-gate.ts';
import { checkReply } from './reply-check.ts';

/** What a saga's commands need. */
export interface CommandsOptions {
  readonly plan: SagaPlan;
  readonly tenant: string;
  readonly clock: Clock;
  readonly gate: CommandGate;
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

  /** Sends a command as soon as that may be; an earlier attempt of it is forgotten. */
  send(command: Command, context: SagaContext, isResent: boolean): void {
    const { plan, tenant, clock, gate } = this.#options;
    this.#forget(command.name);
    const { participant, timeout } = operationOf(stepNamed(plan, command.step), command.op);
    const make = () => toRequest(plan, command, { tenant, context, deadline: clock.now() + timeout });
    const gated = gate.send({ participant, isBackward: command.op !== 'do' }, make, (answer) => {
      if (this.#underWay.get(command.name)?.gated !== gated) return;
      this.#underWay.delete(command.name);
      void this.#reply(command, answer, isResent);
    });
    this.#underWay.set(command.name, { command, isResent, gated, timeout });
  }

  /** An attempt's time is up: nobody waits for its answer any longer. Other timers change nothing. */
  timedOut(timer: string): void {
    const name = timedOutCommand(timer);
    if (name !== undefined) this.#forget(name);
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
      void this.#reply(
        command,
        { type: 'unreachable', error: { code: 'not_sent', message: 'withdrawn before it was sent' } },
        isResent,
      );
    }
  }

  /** When a timer is due, ms since the epoch. An attempt's timeout counts from when it was really sent. */
  dueAt(timer: string, at: number): number {
    const underWay = this.#underWay.get(timedOutCommand(timer) ?? '');
    if (underWay === undefined) return at;
    return Math.max(at, (underWay.gated.sentAt ?? this.#options.clock.now()) + underWay.timeout);
  }

  #forget(name: string): void {
    this.#underWay.get(name)?.gated.abandon();
    this.#underWay.delete(name);
  }

  async #reply(command: Command, answer: Reply, isResent: boolean): Promise<void> {
    const checked = checkReply(this.#options.plan, command, answer);
    this.#options.onReply(
      toReplyEvent(command, checked instanceof Promise ? await checked : checked, isResent),
    );
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
