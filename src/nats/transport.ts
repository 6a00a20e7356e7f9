import { ErrorCode, Events, type NatsConnection, NatsError, type Status } from 'nats';
import { toFailure, UnavailableError } from '../core/errors.ts';
import type { Abandon, CommandRequest, Reply, Service, Serving, Transport } from '../core/transport.ts';
import { MAX_REPLY_BYTES, oversizeRequest, requirePrefix, requireService } from '../core/wire-limits.ts';
import type { ServedParticipant } from '../core/served-participant.ts';
import { connectNats, type NatsConnectOptions } from './connection.ts';
import { discoverParticipants } from './discovery.ts';
import { ReplyInbox } from './reply-inbox.ts';
import { flushed, NatsServing } from './serving.ts';
import { DEFAULT_PREFIX, encodeRequest, toSubject } from './wire.ts';

/** How a NATS transport connects, and what it reads. */
export interface NatsTransportOptions extends NatsConnectOptions {
  /** Dot-separated tokens before `<participant>.<operation>`; `saga.v1` by default. */
  readonly prefix?: string;
  /** The largest reply that is read, in bytes; 256 KiB by default. */
  readonly maxReplyBytes?: number;
}

/**
 * Connects to NATS as a transport for commands. Throws `DefinitionError` for a prefix that is none and
 * `UnavailableError` when no server answers, or when it does not let us read replies.
 */
export async function createNatsTransport(options: NatsTransportOptions): Promise<NatsTransport> {
  const { prefix = DEFAULT_PREFIX, maxReplyBytes = MAX_REPLY_BYTES, inboxPrefix = '_INBOX' } = options;
  requirePrefix(prefix);
  requirePrefix(inboxPrefix);
  const connection = await connectNats(options);
  const inbox = new ReplyInbox(connection, { inboxPrefix, maxReplyBytes });
  const transport = new NatsTransport(connection, inbox, prefix);
  await flushed(connection);
  if (inbox.failure === undefined) return transport;
  await transport.close();
  throw new UnavailableError(inbox.failure.message, { reason: inbox.failure.code });
}

/** Commands over NATS core request-reply (docs: wire protocol). Made by `createNatsTransport`. */
export class NatsTransport implements Transport {
  readonly #connection: NatsConnection;
  readonly #inbox: ReplyInbox;
  readonly #prefix: string;
  readonly #servings = new Set<Serving>();
  /** Whoever asks meanwhile gets the same answer. */
  #discovery: Promise<readonly ServedParticipant[]> | undefined;
  #connected = true;
  #closing: Promise<void> | undefined;

  /** Use `createNatsTransport`. */
  constructor(connection: NatsConnection, inbox: ReplyInbox, prefix: string) {
    this.#connection = connection;
    this.#inbox = inbox;
    this.#prefix = prefix;
    void this.#watch();
  }

  request(request: CommandRequest, settle: (reply: Reply) => void): Abandon {
    const subject = toSubject(this.#prefix, request.participant, request.operation);
    const token = this.#inbox.expect(subject, settle);
    const failure = this.#send(subject, token, request);
    if (failure !== undefined) queueMicrotask(() => this.#inbox.settle(token, failure));
    return () => this.#inbox.forget(token);
  }

  async serve(service: Service): Promise<Serving> {
    requireService(service);
    if (this.#closing !== undefined)
      throw new UnavailableError('The transport is closed.', { reason: 'closed' });
    const serving = await NatsServing.open(this.#connection, this.#prefix, service);
    this.#servings.add(serving);
    return {
      close: async () => {
        await serving.close();
        this.#servings.delete(serving);
      },
    };
  }

  participants(): Promise<readonly ServedParticipant[]> {
    this.#discovery ??= discoverParticipants(this.#connection, this.#prefix).finally(() => {
      this.#discovery = undefined;
    });
    return this.#discovery;
  }

  isConnected(): boolean {
    return this.#connected;
  }

  close(): Promise<void> {
    this.#closing ??= this.#shutDown();
    return this.#closing;
  }

  async #shutDown(): Promise<void> {
    this.#connected = false;
    // A turn later, so that nobody is settled inside their own call.
    await Promise.resolve();
    this.#inbox.settleAll(CLOSED);
    await Promise.all([...this.#servings].map((serving) => serving.close()));
    await flushed(this.#connection);
    await this.#connection.close();
  }

  /** Sends a command; the reply is how it ended when it could not be sent. */
  #send(subject: string, token: string, request: CommandRequest): Reply | undefined {
    try {
      const { body, headers } = encodeRequest(request);
      if (this.#closing !== undefined || this.#connection.isClosed()) return CLOSED;
      // The client would keep the command and send it after reconnecting, long after the engine gave it up.
      if (!this.#connected) return DISCONNECTED;
      if (this.#inbox.failure !== undefined)
        return { type: 'lost', retryable: false, error: this.#inbox.failure };
      const reply = this.#inbox.address(token);
      this.#connection.publish(subject, body, headers === undefined ? { reply } : { reply, headers });
      return undefined;
    } catch (error) {
      return this.#toRefusal(error);
    }
  }

  #toRefusal(error: unknown): Reply {
    if (error instanceof NatsError && error.code === ErrorCode.MaxPayloadExceeded) {
      return oversizeRequest(this.#connection.info?.max_payload ?? 0);
    }
    return { type: 'refused', error: { ...toFailure(error), code: 'invalid_request' } };
  }

  /** Follows the connection; ends when it is closed for good. */
  async #watch(): Promise<void> {
    for await (const status of this.#connection.status()) this.#follow(status);
    this.#connected = false;
    this.#inbox.settleAll(CLOSED);
  }

  #follow(status: Status): void {
    if (status.type === Events.Reconnect) this.#connected = this.#closing === undefined;
    if (status.type === Events.Disconnect) {
      this.#connected = false;
      this.#inbox.settleAll(DISCONNECTED);
    }
    if (status.permissionContext?.operation === 'publish') {
      const { subject } = status.permissionContext;
      const error = {
        code: 'permission_denied',
        message: `The NATS server does not let us publish to ${subject}.`,
      };
      this.#inbox.settleAll({ type: 'lost', retryable: false, error }, subject);
    }
  }
}

const CLOSED: Reply = {
  type: 'lost',
  retryable: true,
  error: { code: 'closed', message: 'The transport is closed.' },
};

const DISCONNECTED: Reply = {
  type: 'lost',
  retryable: true,
  error: { code: 'disconnected', message: 'The connection to NATS is lost.' },
};
