import {
  ErrorCode,
  type NatsConnection,
  NatsError,
  type Service as MicroService,
  type ServiceMsg,
} from 'nats';
import { toFailure, UnavailableError } from '../core/errors.ts';
import { unusableReply } from '../core/reply-text.ts';
import { OperationCounter } from '../core/served-participant.ts';
import type { CommandRequest, Reply, Service, Serving } from '../core/transport.ts';
import { decodeRequest, encodeReply, encodeReplyText, toSubject, type WireMessage } from './wire.ts';

interface NatsServingParts {
  readonly service: Service;
  readonly micro: MicroService;
  readonly counter: OperationCounter;
}

/** A participant served over NATS: a queue group, and a micro service that `nats micro` and `$SRV.INFO` show. */
export class NatsServing implements Serving {
  readonly #connection: NatsConnection;
  readonly #service: Service;
  readonly #micro: MicroService;
  readonly #counter: OperationCounter;
  readonly #running = new Set<Promise<void>>();
  #closing: Promise<void> | undefined;

  private constructor(connection: NatsConnection, { service, micro, counter }: NatsServingParts) {
    this.#connection = connection;
    this.#service = service;
    this.#micro = micro;
    this.#counter = counter;
  }

  /** Starts serving; resolves when the server knows. Throws `UnavailableError` when it refuses. */
  static async open(connection: NatsConnection, prefix: string, service: Service): Promise<NatsServing> {
    const { participant, version, description } = service;
    const counter = new OperationCounter(service.operations);
    const micro = await connection.services.add({
      name: participant,
      version,
      description,
      queue: participant,
      statsHandler: (endpoint) =>
        Promise.resolve(counter.of('name' in endpoint ? String(endpoint.name) : '')),
    });
    const serving = new NatsServing(connection, { service, micro, counter });
    for (const operation of service.operations)
      serving.#listen(operation, toSubject(prefix, participant, operation));
    await flushed(connection);
    if (micro.isStopped && !connection.isClosed()) {
      const message = `The NATS server refused to let ${participant} listen: ${(await micro.stopped)?.message ?? 'no reason'}`;
      throw new UnavailableError(message, { reason: 'serve_refused' });
    }
    return serving;
  }

  close(): Promise<void> {
    this.#closing ??= this.#drain();
    return this.#closing;
  }

  async #drain(): Promise<void> {
    // Commands that the server had handed out before it knew still arrive, and are answered.
    await Promise.race([this.#micro.stop(), this.#connection.closed()]);
    while (this.#running.size > 0) await Promise.all(this.#running);
    await flushed(this.#connection);
  }

  #listen(operation: string, subject: string): void {
    this.#micro.addEndpoint(operation, {
      subject,
      handler: (error, message) => {
        if (error !== null) return;
        const answering = this.#answer(operation, message).finally(() => this.#running.delete(answering));
        this.#running.add(answering);
      },
    });
  }

  async #answer(operation: string, message: ServiceMsg): Promise<void> {
    const since = performance.now();
    const reply = await this.#handle(operation, message);
    this.#counter.count(operation, reply, performance.now() - since);
    if (reply !== undefined) respond(message, encodeReply(reply));
  }

  async #handle(operation: string, message: ServiceMsg): Promise<Reply | undefined> {
    let request: CommandRequest;
    try {
      request = decodeRequest({ participant: this.#service.participant, operation }, message);
    } catch (error) {
      return { type: 'refused', error: { code: 'bad_request', message: toFailure(error).message } };
    }
    try {
      return await this.#service.handle(request);
    } catch (error) {
      return { type: 'failed', error: toFailure(error) };
    }
  }
}

/** Waits until the server has seen everything sent so far, or the connection is gone. */
export async function flushed(connection: NatsConnection): Promise<void> {
  if (connection.isClosed()) return;
  await Promise.race([connection.flush().catch(() => undefined), connection.closed()]);
}

function respond(message: ServiceMsg, reply: WireMessage): void {
  try {
    send(message, reply);
  } catch (error) {
    // Too large for the server: the requester learns that now, not by timeout. A connection that is gone answers nobody.
    if (!(error instanceof NatsError) || error.code !== ErrorCode.MaxPayloadExceeded) return;
    send(
      message,
      encodeReplyText(
        unusableReply(
          'oversize_reply',
          `The reply has ${reply.body.length} bytes; the NATS server takes less.`,
        ),
      ),
    );
  }
}

function send(message: ServiceMsg, { body, headers }: WireMessage): void {
  message.respond(body, headers === undefined ? {} : { headers });
}
