import { commandName } from '../core/steps.ts';
import { UnavailableError } from '../core/errors.ts';
import type { Abandon, CommandRequest, Reply, Serving, Transport } from '../core/transport.ts';

/** How a scripted participant answers one attempt: a reply, nothing at all, or later by hand (`answer`). */
export type ScriptedReply = Reply | 'silence' | 'held';

/** Replies by command (`charge`, `undoCharge`, `sealCharge`): the first attempt gets the first, the last one stands for all that follow. */
export type Script = Readonly<Record<string, readonly ScriptedReply[]>>;

/** One command as it reached its participant. */
export interface SentCommand {
  /** `charge`, `undoCharge`, `sealCharge`. */
  readonly name: string;
  readonly request: CommandRequest;
}

interface Held extends SentCommand {
  readonly settle: (reply: Reply) => void;
}

/** A transport whose participants answer by a script and keep a ledger; commands never leave the process. For tests and simulation. */
export class ScriptedParticipants implements Transport {
  readonly #script: Script;
  readonly #others: ScriptedReply | undefined;
  readonly #sent: SentCommand[] = [];
  #held: Held[] = [];
  #isClosed = false;

  /** `others`: how commands without a line in the script are answered; they succeed with `{ of: <command> }` when left out. */
  constructor({ script = {}, others }: { readonly script?: Script; readonly others?: ScriptedReply } = {}) {
    this.#script = script;
    this.#others = others;
  }

  /** Every command sent so far, in order; those sent again, too. */
  get sent(): readonly SentCommand[] {
    return [...this.#sent];
  }

  /** Commands that wait to be answered by hand. */
  get held(): readonly SentCommand[] {
    return this.#held.map(({ name, request }) => ({ name, request }));
  }

  /** Answers the held command of that name; of several sagas' the longest held. Throws when there is none. */
  answer(name: string, reply: Reply): void {
    const held = this.#held.find((one) => one.name === name);
    if (held === undefined)
      throw new Error(
        `nobody waits for '${name}'; held: ${this.#held.map((one) => one.name).join(', ') || 'nothing'}`,
      );
    this.#forget(held);
    held.settle(reply);
  }

  request(request: CommandRequest, settle: (reply: Reply) => void): Abandon {
    const name = commandName(request.step, request.op);
    this.#sent.push({ name, request });
    const held = { name, request, settle };
    const reply = this.#isClosed ? closed : this.#replyTo(name, request.attempt);
    if (reply === 'silence') return () => {};
    this.#held.push(held);
    if (reply !== 'held') {
      queueMicrotask(() => {
        if (this.#forget(held)) settle(reply);
      });
    }
    return () => void this.#forget(held);
  }

  /** Throws `UnavailableError`: the participants are the script's. */
  async serve(): Promise<Serving> {
    throw new UnavailableError('Scripted participants answer by their script; nothing else can be served.', {
      reason: 'scripted',
    });
  }

  isConnected(): boolean {
    return !this.#isClosed;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { settle } of this.#held.splice(0)) settle(closed);
  }

  #replyTo(name: string, attempt: number): ScriptedReply {
    const lines = this.#script[name] ?? [];
    return (
      lines[Math.min(attempt, lines.length) - 1] ??
      this.#others ?? { type: 'succeeded', result: { of: name } }
    );
  }

  /** Whether it was still held. */
  #forget(held: Held): boolean {
    const before = this.#held.length;
    this.#held = this.#held.filter((one) => one !== held);
    return this.#held.length < before;
  }
}

const closed: Reply = {
  type: 'lost',
  retryable: true,
  error: { code: 'closed', message: 'The transport is closed.' },
};
