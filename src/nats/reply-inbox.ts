import { createInbox, type Msg, type NatsConnection, type NatsError } from 'nats';
import type { Failure } from '../core/errors.ts';
import type { Reply } from '../core/transport.ts';
import { decodeReply } from './wire.ts';

/** What a request waits with. */
interface Pending {
  readonly subject: string;
  readonly settle: (reply: Reply) => void;
}

/**
 * One subscription for the replies to all requests, told apart by the last token of their subject. (The client's own
 * `request` makes a timer, a promise and a stack trace for each: six times the CPU.)
 */
export class ReplyInbox {
  readonly #prefix: string;
  readonly #maxReplyBytes: number;
  readonly #pending = new Map<string, Pending>();
  #count = 0;
  #failure: Failure | undefined;

  constructor(
    connection: NatsConnection,
    options: { readonly inboxPrefix: string; readonly maxReplyBytes: number },
  ) {
    this.#prefix = `${createInbox(options.inboxPrefix)}.`;
    this.#maxReplyBytes = options.maxReplyBytes;
    connection.subscribe(`${this.#prefix}*`, { callback: (error, message) => this.#receive(error, message) });
  }

  /** Why no reply can ever come, such as a missing permission. */
  get failure(): Failure | undefined {
    return this.#failure;
  }

  /** Where the reply to `token` is to be sent. */
  address(token: string): string {
    return this.#prefix + token;
  }

  /** Waits for one reply to a request on `subject`. */
  expect(subject: string, settle: (reply: Reply) => void): string {
    this.#count += 1;
    const token = this.#count.toString(36);
    this.#pending.set(token, { subject, settle });
    return token;
  }

  /** Settles a request, unless it was settled or forgotten. */
  settle(token: string, reply: Reply): void {
    const pending = this.#pending.get(token);
    if (pending === undefined) return;
    this.#pending.delete(token);
    callSafely(pending.settle, reply);
  }

  /** Forgets a request: its reply will be dropped. */
  forget(token: string): void {
    this.#pending.delete(token);
  }

  /** Settles every request, or every one on `subject`. */
  settleAll(reply: Reply, subject?: string): void {
    for (const [token, pending] of this.#pending) {
      if (subject === undefined || pending.subject === subject) this.settle(token, reply);
    }
  }

  #receive(error: NatsError | null, message: Msg): void {
    if (error !== null) {
      this.#failure = {
        code: 'inbox_refused',
        message: `The NATS server refused the reply inbox ${this.#prefix}*: ${error.message}`,
      };
      this.settleAll({ type: 'lost', retryable: false, error: this.#failure });
      return;
    }
    const token = message.subject.slice(this.#prefix.length);
    // Looked up first: a late or foreign reply costs no decoding.
    if (this.#pending.has(token)) this.settle(token, decodeReply(message, this.#maxReplyBytes));
  }
}

/** An exception here would end the client's reader for good: it is thrown where it is seen, but not where it kills. */
function callSafely(settle: (reply: Reply) => void, reply: Reply): void {
  try {
    settle(reply);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
