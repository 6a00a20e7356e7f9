import { createInbox, type Msg, type MsgHdrs, type NatsConnection } from 'nats';
import { UnavailableError } from '../core/errors.ts';

/** A message for a stream. */
export interface StreamMessage {
  readonly subject: string;
  readonly body: Uint8Array;
  readonly headers: MsgHdrs;
}

/** Who waits for an acknowledgement. */
interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** A stream's answer to a message. */
interface Acknowledgement {
  readonly seq?: number;
  readonly error?: { readonly code?: number; readonly description?: string };
}

/**
 * Publishes to JetStream and waits for the stream's acknowledgements, on one subscription for all. (The client's own
 * `publish` makes a request for each message: six times the CPU.)
 */
export class StreamAcks {
  readonly #connection: NatsConnection;
  readonly #inbox: string;
  readonly #waiting = new Map<string, Waiting>();
  /** Why no acknowledgement can ever come. */
  #refused: string | undefined;
  #count = 0;
  #answers = 0;

  /** `inboxPrefix`: what this user may read. */
  constructor(connection: NatsConnection, inboxPrefix?: string) {
    this.#connection = connection;
    this.#inbox = `${createInbox(inboxPrefix)}.`;
    connection.subscribe(`${this.#inbox}*`, {
      callback: (error, message) => {
        if (error === null) this.#receive(message);
        else this.#refused = `The NATS server refused the inbox ${this.#inbox}*: ${error.message}.`;
      },
    });
  }

  /** How many acknowledgements came so far, to see whether any do. */
  get answers(): number {
    return this.#answers;
  }

  /** Publishes a message; resolves when the stream has stored it, now or before. Rejects with `UnavailableError`. */
  publish({ subject, body, headers }: StreamMessage): Promise<void> {
    if (this.#refused !== undefined)
      return Promise.reject(new UnavailableError(this.#refused, { reason: 'inbox_refused' }));
    this.#count += 1;
    const token = this.#count.toString(36);
    return new Promise((resolve, reject) => {
      // Throws when the connection is closed, or the message too large.
      this.#connection.publish(subject, body, { headers, reply: this.#inbox + token });
      this.#waiting.set(token, { resolve, reject });
    });
  }

  /** Nobody waits any longer. */
  failAll(error: UnavailableError): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }

  #receive(message: Msg): void {
    const token = message.subject.slice(this.#inbox.length);
    const waiting = this.#waiting.get(token);
    if (waiting === undefined) return;
    this.#waiting.delete(token);
    this.#answers += 1;
    const refusal = toRefusal(message);
    if (refusal === undefined) waiting.resolve();
    else waiting.reject(new UnavailableError(refusal, { reason: 'not_stored' }));
  }
}

/**
 * Why a message was not stored; `undefined`: it was. A `duplicate` that has no sequence number was seen by the stream, but
 * never stored (nats-server PRs 6415 and 6486): taken for stored, it would be lost.
 */
function toRefusal({ headers, data }: Msg): string | undefined {
  if (headers?.code === 503) return 'No stream takes the message.';
  const { seq = 0, error } = parse(data);
  if (error !== undefined)
    return `The stream refused the message: ${error.description ?? `code ${error.code}`}.`;
  return seq > 0 ? undefined : 'The stream did not say that it has stored the message.';
}

function parse(data: Uint8Array): Acknowledgement {
  try {
    return (JSON.parse(new TextDecoder().decode(data)) as Acknowledgement | null) ?? {};
  } catch {
    return {};
  }
}
