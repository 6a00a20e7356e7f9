import type { Socket } from 'node:net';
import { BrokerOutput } from './broker-output.ts';
import {
  type ProtocolHandler,
  ProtocolParser,
  ProtocolViolation,
  type Publication,
} from './broker-parser.ts';
import type { BrokerRouter, Recipient, Subscription } from './broker-router.ts';
import { isLiteral, isSubscribable } from './broker-subjects.ts';

/** What a client said about itself in CONNECT. */
interface ClientOptions {
  readonly verbose: boolean;
  readonly pedantic: boolean;
  readonly echo: boolean;
  readonly headers: boolean;
  readonly no_responders: boolean;
}

/** Before CONNECT, as nats-server. */
const INITIAL: ClientOptions = {
  verbose: true,
  pedantic: true,
  echo: true,
  headers: false,
  no_responders: false,
};

/** One connection: its options, its subscriptions, what it sends and is sent. */
export class BrokerClient implements ProtocolHandler, Recipient {
  readonly #socket: Socket;
  readonly #router: BrokerRouter;
  readonly #output: BrokerOutput;
  readonly #parser: ProtocolParser;
  readonly #subscriptions = new Map<string, Subscription>();
  #options = INITIAL;
  #closed = false;

  constructor(
    socket: Socket,
    options: { readonly router: BrokerRouter; readonly maxPayload: number; readonly maxPending: number },
  ) {
    this.#socket = socket;
    this.#router = options.router;
    this.#parser = new ProtocolParser(this, options.maxPayload);
    this.#output = new BrokerOutput(socket, {
      maxPending: options.maxPending,
      overflow: () => this.#fail('Slow Consumer'),
    });
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.#receive(chunk));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#leave());
  }

  get echo(): boolean {
    return this.#options.echo;
  }

  get wantsNoResponders(): boolean {
    return this.#options.no_responders;
  }

  /** Introduces the server. */
  greet(info: Readonly<Record<string, unknown>>): void {
    this.#output.line(`INFO ${JSON.stringify(info)}\r\n`);
  }

  deliver(subscription: Subscription, message: Publication): boolean {
    if (this.#closed) return false;
    subscription.received += 1;
    this.send(subscription.sid, message);
    if (subscription.max > 0 && subscription.received >= subscription.max) this.#drop(subscription);
    return true;
  }

  /** The headers are left out for a client that knows none. */
  send(sid: string, { subject, reply, headerSize, payload }: Publication): void {
    const address = reply === '' ? `${subject} ${sid}` : `${subject} ${sid} ${reply}`;
    if (headerSize > 0 && this.#options.headers) {
      this.#output.message(`HMSG ${address} ${headerSize} ${payload.length}\r\n`, payload);
    } else {
      const body = payload.subarray(headerSize);
      this.#output.message(`MSG ${address} ${body.length}\r\n`, body);
    }
  }

  connect(json: string): void {
    this.#options = { ...this.#options, ...toOptions(json) };
    if (this.#options.no_responders && !this.#options.headers) {
      throw new ProtocolViolation('no responders requires headers support');
    }
    this.#ok();
  }

  ping(): void {
    this.#output.line('PONG\r\n');
  }

  subscribe(subject: string, queue: string | undefined, sid: string): void {
    if (!isSubscribable(subject)) return this.#output.line("-ERR 'Invalid Subject'\r\n");
    if (!this.#subscriptions.has(sid)) {
      const subscription = { client: this, sid, subject, queue, received: 0, max: 0 };
      this.#subscriptions.set(sid, subscription);
      this.#router.add(subscription);
    }
    this.#ok();
  }

  unsubscribe(sid: string, max: number): void {
    const subscription = this.#subscriptions.get(sid);
    if (subscription !== undefined && max > subscription.received) subscription.max = max;
    else if (subscription !== undefined) this.#drop(subscription);
    this.#ok();
  }

  publish(message: Publication): void {
    if (message.headerSize > 0 && !this.#options.headers) throw new ProtocolViolation();
    if (this.#options.pedantic && !isLiteral(message.subject))
      this.#output.line("-ERR 'Invalid Publish Subject'\r\n");
    this.#ok();
    this.#router.publish(this, message);
  }

  /** Ends the connection at once. */
  destroy(): void {
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    if (this.#closed) return;
    try {
      this.#parser.feed(chunk);
    } catch (error) {
      if (!(error instanceof ProtocolViolation)) throw error;
      this.#fail(error.reason);
    }
  }

  #fail(reason: string | undefined): void {
    if (this.#closed) return;
    this.#leave();
    if (reason !== undefined) this.#output.line(`-ERR '${reason}'\r\n`);
    this.#output.flush();
    // A client that does not read would keep what it is owed in memory for ever.
    if (reason === 'Slow Consumer') this.#socket.destroy();
    else this.#socket.destroySoon();
  }

  #leave(): void {
    this.#closed = true;
    for (const subscription of this.#subscriptions.values()) this.#router.remove(subscription);
    this.#subscriptions.clear();
  }

  #drop(subscription: Subscription): void {
    this.#subscriptions.delete(subscription.sid);
    this.#router.remove(subscription);
  }

  #ok(): void {
    if (this.#options.verbose) this.#output.line('+OK\r\n');
  }
}

function toOptions(json: string): Partial<ClientOptions> {
  const parsed = parseObject(json);
  const given = Object.keys(INITIAL).filter((name) => parsed[name] !== undefined && parsed[name] !== null);
  if (given.some((name) => typeof parsed[name] !== 'boolean')) throw new ProtocolViolation();
  return Object.fromEntries(given.map((name) => [name, parsed[name]]));
}

function parseObject(json: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(json);
    if (typeof parsed === 'object' && !Array.isArray(parsed))
      return (parsed ?? {}) as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw new ProtocolViolation();
}
