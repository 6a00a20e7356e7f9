import { Events, type NatsConnection } from 'nats';
import { withoutPayload } from '../core/cloud-event.ts';
import { toFailure, UnavailableError } from '../core/errors.ts';
import type { EventMessage, EventPublisher } from '../core/event-publisher.ts';
import { requirePrefix } from '../core/wire-limits.ts';
import { connectNats, type NatsConnectOptions } from './connection.ts';
import { ensureStream, type EventStreamOptions } from './event-stream.ts';
import { flushed } from './serving.ts';
import { StreamAcks, type StreamMessage } from './stream-acks.ts';
import { DEFAULT_PREFIX, encodeEvent, toEventSubject } from './wire.ts';

/** How published events go to NATS. */
export interface NatsEventPublisherOptions extends NatsConnectOptions {
  /** Dot-separated tokens before `events.<saga>.<type>` and `dead.<participant>.<operation>`; `saga.v1` by default. */
  readonly prefix?: string;
  /**
   * The JetStream stream that keeps them; made when it is missing. `false`: none, whoever listens gets them. When left
   * out: a stream where the server has JetStream.
   */
  readonly stream?: EventStreamOptions | false;
  /** After how long without any acknowledgement a try is given up, in ms. Default 5,000. */
  readonly ackTimeout?: number;
}

/** Room for subject and headers within the server's limit, in bytes. */
const ENVELOPE = 2_048;

/**
 * Connects to NATS as a publisher of events. Throws `DefinitionError` for a prefix that is none and `UnavailableError`
 * when no server answers.
 */
export async function createNatsEventPublisher(
  options: NatsEventPublisherOptions,
): Promise<NatsEventPublisher> {
  requirePrefix(options.prefix ?? DEFAULT_PREFIX);
  return new NatsEventPublisher(await connectNats(options), options);
}

/** Published events over NATS, into a JetStream stream where there is one. Made by `createNatsEventPublisher`. */
export class NatsEventPublisher implements EventPublisher {
  readonly #connection: NatsConnection;
  readonly #prefix: string;
  readonly #stream: EventStreamOptions | false | undefined;
  readonly #ackTimeout: number;
  readonly #acks: StreamAcks;
  /** Whether the stream was found; `undefined`: it is to be looked for. */
  #hasStream: boolean | undefined;
  #isConnected = true;
  #denied: string | undefined;

  /** Use `createNatsEventPublisher`. */
  constructor(
    connection: NatsConnection,
    {
      prefix = DEFAULT_PREFIX,
      stream,
      ackTimeout = 5_000,
      inboxPrefix,
    }: Omit<NatsEventPublisherOptions, 'url'>,
  ) {
    this.#connection = connection;
    this.#prefix = prefix;
    this.#stream = stream;
    this.#ackTimeout = ackTimeout;
    this.#acks = new StreamAcks(connection, inboxPrefix);
    void this.#watch();
  }

  async publish(messages: readonly EventMessage[]): Promise<void> {
    this.#requireConnected();
    try {
      this.#hasStream ??= await this.#findStream();
      this.#denied = undefined;
      if (this.#hasStream) await this.#toStream(messages);
      else await this.#toListeners(messages);
    } catch (error) {
      // A stream that was removed is made again; where there was none there may be one by now.
      this.#hasStream = undefined;
      if (error instanceof UnavailableError) throw error;
      throw new UnavailableError(`Events could not be published: ${toFailure(error).message}`, {
        cause: error,
      });
    }
  }

  async close(): Promise<void> {
    this.#isConnected = false;
    this.#acks.failAll(new UnavailableError('The publisher is closed.', { reason: 'closed' }));
    await flushed(this.#connection);
    await this.#connection.close();
  }

  /** The client would keep what is published now, and send it after reconnecting: by then it is published again. */
  #requireConnected(): void {
    if (!this.#isConnected)
      throw new UnavailableError('The connection to NATS is lost.', { reason: 'disconnected' });
  }

  async #findStream(): Promise<boolean> {
    if (this.#stream === false) return false;
    const stream = this.#stream ?? { isOptional: true };
    return ensureStream(this.#connection, { prefix: this.#prefix, stream });
  }

  /** Without a stream the server's word that it has seen them is all there is. */
  async #toListeners(messages: readonly EventMessage[]): Promise<void> {
    for (const message of messages) {
      const { subject, body, headers } = this.#encode(message);
      this.#connection.publish(subject, body, { headers });
    }
    await this.#answered(this.#connection.flush());
    // The server's refusals came before its answer to the flush, but are told a turn later.
    await new Promise((resolve) => setImmediate(resolve));
    this.#requireConnected();
    if (this.#denied !== undefined)
      throw new UnavailableError(`The NATS server does not let us publish to ${this.#denied}.`, {
        reason: 'permission_denied',
      });
  }

  /** One message of a saga after the other, each after the one before was stored; many sagas side by side. */
  async #toStream(messages: readonly EventMessage[]): Promise<void> {
    const bySaga = new Map<string, EventMessage[]>();
    for (const message of messages) {
      const earlier = bySaga.get(message.key);
      if (earlier === undefined) bySaga.set(message.key, [message]);
      else earlier.push(message);
    }
    const watchdog = this.#watchAcks();
    const failure: { error?: unknown } = {};
    const chains = [...bySaga.values()].map(async (chain) => {
      try {
        for (const message of chain) {
          if ('error' in failure) return;
          await this.#acks.publish(this.#encode(message));
        }
      } catch (error) {
        failure.error ??= error;
      }
    });
    await Promise.all(chains);
    clearInterval(watchdog);
    if ('error' in failure) throw failure.error;
  }

  /** Gives up when nothing is acknowledged any more. */
  #watchAcks(): NodeJS.Timeout {
    let seen = -1;
    return setInterval(() => {
      if (this.#acks.answers === seen) {
        const why =
          this.#denied === undefined ? '' : ` The NATS server does not let us publish to ${this.#denied}.`;
        this.#acks.failAll(
          new UnavailableError(`No stream acknowledged an event for ${this.#ackTimeout} ms.${why}`, {
            reason: 'no_ack',
          }),
        );
      }
      seen = this.#acks.answers;
    }, this.#ackTimeout);
  }

  #encode({ topic, event }: EventMessage): StreamMessage {
    const subject = toEventSubject(this.#prefix, topic);
    const whole = encodeEvent(event);
    if (whole.body.length + ENVELOPE <= this.#maxPayload) return { subject, ...whole };
    return { subject, ...encodeEvent(withoutPayload(event)) };
  }

  get #maxPayload(): number {
    return this.#connection.info?.max_payload ?? Infinity;
  }

  /** Waits, but not for ever. */
  async #answered(flush: Promise<void>): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const silence = new Promise<never>((_, reject) => {
      const error = new UnavailableError('The NATS server does not answer.', { reason: 'no_answer' });
      timer = setTimeout(() => reject(error), this.#ackTimeout);
    });
    try {
      await Promise.race([flush, silence]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Follows the connection; ends when it is closed for good. */
  async #watch(): Promise<void> {
    for await (const status of this.#connection.status()) {
      if (status.type === Events.Reconnect) this.#isConnected = true;
      if (status.type === Events.Disconnect) this.#disconnected();
      if (status.permissionContext?.operation === 'publish') this.#denied = status.permissionContext.subject;
    }
    this.#disconnected();
  }

  #disconnected(): void {
    this.#isConnected = false;
    // The server that answers next may have JetStream, or not.
    this.#hasStream = undefined;
    this.#acks.failAll(
      new UnavailableError('The connection to NATS was lost before all events were acknowledged.', {
        reason: 'disconnected',
      }),
    );
  }
}
