import { type Failure, toFailure, UnavailableError } from '../core/errors.ts';
import { readReply, writeReply } from '../core/reply-text.ts';
import {
  OperationCounter,
  type ParticipantInstance,
  type ServedParticipant,
  toServedParticipants,
} from '../core/served-participant.ts';
import type { Abandon, CommandRequest, Reply, Service, Serving, Transport } from '../core/transport.ts';
import {
  MAX_REPLY_BYTES,
  MAX_REQUEST_BYTES,
  oversizeReply,
  oversizeRequest,
  requireSendable,
  requireService,
} from '../core/wire-limits.ts';

/** What an in-process transport lets through. */
export interface InProcessTransportOptions {
  /** The largest reply that is read, in bytes; 256 KiB by default. */
  readonly maxReplyBytes?: number;
  /** The largest command that is sent, in bytes; 1 MiB by default. */
  readonly maxRequestBytes?: number;
}

/**
 * Commands within one process, for tests, simulation and sagas without a broker. Everything passes through the same
 * JSON and the same limits as over NATS, so that what works here works there. Needs no timer: every hop is a microtask.
 */
export class InProcessTransport implements Transport {
  readonly #maxReplyBytes: number;
  readonly #maxRequestBytes: number;
  /** By `<participant>.<operation>`; the first one is next. */
  readonly #listeners = new Map<string, InProcessServing[]>();
  readonly #servings = new Set<InProcessServing>();
  readonly #pending = new Set<(reply: Reply) => void>();
  #closing: Promise<void> | undefined;

  constructor(options: InProcessTransportOptions = {}) {
    this.#maxReplyBytes = options.maxReplyBytes ?? MAX_REPLY_BYTES;
    this.#maxRequestBytes = options.maxRequestBytes ?? MAX_REQUEST_BYTES;
  }

  request(request: CommandRequest, settle: (reply: Reply) => void): Abandon {
    const once = (reply: Reply) => {
      if (this.#pending.delete(once)) settle(reply);
    };
    this.#pending.add(once);
    const sent = this.#encode(request);
    queueMicrotask(() => (typeof sent === 'string' ? this.#deliver(request, sent, once) : once(sent)));
    return () => void this.#pending.delete(once);
  }

  async serve(service: Service): Promise<Serving> {
    requireService(service);
    if (this.#closing !== undefined)
      throw new UnavailableError('The transport is closed.', { reason: 'closed' });
    const serving = new InProcessServing(service, () => this.#silence(serving));
    this.#servings.add(serving);
    for (const operation of service.operations) this.#listen(`${service.participant}.${operation}`, serving);
    return serving;
  }

  participants(): Promise<readonly ServedParticipant[]> {
    return Promise.resolve(toServedParticipants([...this.#servings].map((serving) => serving.instance)));
  }

  isConnected(): boolean {
    return this.#closing === undefined;
  }

  close(): Promise<void> {
    this.#closing ??= this.#shutDown();
    return this.#closing;
  }

  async #shutDown(): Promise<void> {
    // A turn later, so that nobody is settled inside their own call.
    await Promise.resolve();
    for (const settle of this.#pending) settle(CLOSED);
    await Promise.all([...this.#servings].map((serving) => serving.close()));
  }

  /** The body as it travels, or how the command ended because it cannot. */
  #encode(request: CommandRequest): string | Reply {
    try {
      requireSendable(request);
      const { input = null, original } = request.body;
      const body = JSON.stringify({ input, original });
      return Buffer.byteLength(body) > this.#maxRequestBytes ? oversizeRequest(this.#maxRequestBytes) : body;
    } catch (error) {
      return { type: 'refused', error: { ...toFailure(error), code: 'invalid_request' } };
    }
  }

  #deliver(request: CommandRequest, body: string, settle: (reply: Reply) => void): void {
    if (this.#closing !== undefined) return settle(CLOSED);
    const serving = this.#next(`${request.participant}.${request.operation}`);
    if (serving === undefined) return settle({ type: 'unreachable', error: UNSERVED });
    const received = { ...request, body: JSON.parse(body) as CommandRequest['body'] };
    void serving.answer(received).then((reply) => reply && settle(this.#receive(reply)));
  }

  #receive(reply: Reply): Reply {
    const written = writeReply(reply);
    const oversize =
      written.kind === 'success' && oversizeReply(Buffer.byteLength(written.text), this.#maxReplyBytes);
    return oversize || readReply(written);
  }

  #silence(serving: InProcessServing): void {
    this.#servings.delete(serving);
    for (const listeners of this.#listeners.values()) {
      const index = listeners.indexOf(serving);
      if (index >= 0) listeners.splice(index, 1);
    }
  }

  #listen(subject: string, serving: InProcessServing): void {
    this.#listeners.set(subject, [...(this.#listeners.get(subject) ?? []), serving]);
  }

  #next(subject: string): InProcessServing | undefined {
    const listeners = this.#listeners.get(subject);
    const serving = listeners?.shift();
    if (serving !== undefined) listeners?.push(serving);
    return serving;
  }
}

class InProcessServing implements Serving {
  readonly #service: Service;
  readonly #silence: () => void;
  readonly #counter: OperationCounter;
  readonly #running = new Set<Promise<unknown>>();

  constructor(service: Service, silence: () => void) {
    this.#service = service;
    this.#silence = silence;
    this.#counter = new OperationCounter(service.operations);
  }

  /** What it tells of itself. */
  get instance(): ParticipantInstance {
    const { participant: name, version } = this.#service;
    return { name, version, operations: this.#counter.all };
  }

  /** Answers one command; never rejects. */
  answer(request: CommandRequest): Promise<Reply | undefined> {
    const answering = this.#count(request).finally(() => this.#running.delete(answering));
    this.#running.add(answering);
    return answering;
  }

  async #count(request: CommandRequest): Promise<Reply | undefined> {
    const since = performance.now();
    const reply = await this.#handle(request);
    this.#counter.count(request.operation, reply, performance.now() - since);
    return reply;
  }

  async close(): Promise<void> {
    this.#silence();
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  async #handle(request: CommandRequest): Promise<Reply | undefined> {
    try {
      return await this.#service.handle(request);
    } catch (error) {
      return { type: 'failed', error: toFailure(error) };
    }
  }
}

const CLOSED: Reply = {
  type: 'lost',
  retryable: true,
  error: { code: 'closed', message: 'The transport is closed.' },
};

const UNSERVED: Failure = { code: 'no_responders', message: 'Nobody serves this operation now.' };
