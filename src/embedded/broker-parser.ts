/** A message as it was published. `payload` starts with `headerSize` bytes of headers. */
export interface Publication {
  readonly subject: string;
  /** Where to answer; empty: nowhere. */
  readonly reply: string;
  readonly headerSize: number;
  readonly payload: Buffer;
}

/** What a client asks of the broker, in the order it asks. Texts are latin1, so that any byte survives. */
export interface ProtocolHandler {
  connect(json: string): void;
  ping(): void;
  subscribe(subject: string, queue: string | undefined, sid: string): void;
  /** `max`: after so many messages in all; 0: now. */
  unsubscribe(sid: string, max: number): void;
  publish(publication: Publication): void;
}

/** The client broke the protocol: it is told `reason`, if there is one, and its connection is closed. */
export class ProtocolViolation extends Error {
  override readonly name = 'ProtocolViolation';
  readonly reason: string | undefined;

  constructor(reason?: string) {
    super(reason ?? 'protocol violation');
    this.reason = reason;
  }
}

/** The longest control line, in bytes; as nats-server. */
const MAX_CONTROL_LINE = 4096;
const LF = 10;
const CR = 13;
const NOTHING = Buffer.alloc(0);
const UNKNOWN = 'Unknown Protocol Operation';
const SIZE = /^\d{1,9}$/;
const BLANKS = /[ \t]+/;

interface Announced {
  readonly subject: string;
  readonly reply: string;
  readonly headerSize: number;
  readonly size: number;
}

/** Cuts the bytes of one connection into commands, however they are chunked. */
export class ProtocolParser {
  readonly #handler: ProtocolHandler;
  readonly #maxPayload: number;
  #chunks: Buffer[] = [];
  #length = 0;
  /** How many bytes it takes to get further; fewer are only kept. */
  #wanted = 1;
  #announced: Announced | undefined;

  constructor(handler: ProtocolHandler, maxPayload: number) {
    this.#handler = handler;
    this.#maxPayload = maxPayload;
  }

  /** Takes the next bytes and calls the handler for every command they complete. Throws `ProtocolViolation`. */
  feed(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    if (this.#length < this.#wanted) return;
    const bytes = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks, this.#length);
    const rest = bytes.subarray(this.#parse(bytes));
    this.#chunks = rest.length === 0 ? [] : [rest];
    this.#length = rest.length;
  }

  /** Handles all complete commands; returns where the first incomplete one starts. */
  #parse(bytes: Buffer): number {
    let offset = 0;
    for (;;) {
      const next =
        this.#announced === undefined
          ? this.#line(bytes, offset)
          : this.#payload(bytes, offset, this.#announced);
      if (next === offset) return offset;
      offset = next;
    }
  }

  #line(bytes: Buffer, offset: number): number {
    const end = bytes.indexOf(LF, offset);
    if ((end < 0 ? bytes.length : end) - offset > MAX_CONTROL_LINE)
      throw new ProtocolViolation('maximum control line exceeded');
    if (end < 0) {
      this.#wanted = bytes.length - offset + 1;
      return offset;
    }
    const hasCr = end > offset && bytes[end - 1] === CR;
    this.#command(bytes.toString('latin1', offset, hasCr ? end - 1 : end));
    return end + 1;
  }

  #payload(bytes: Buffer, offset: number, announced: Announced): number {
    const { size, ...rest } = announced;
    const end = offset + size;
    if (bytes.length < end + 2) {
      this.#wanted = size + 2;
      return offset;
    }
    if (bytes[end] !== CR || bytes[end + 1] !== LF) throw new ProtocolViolation(UNKNOWN);
    this.#announced = undefined;
    this.#wanted = 1;
    this.#handler.publish({ ...rest, payload: size === 0 ? NOTHING : bytes.subarray(offset, end) });
    return end + 2;
  }

  #command(line: string): void {
    const blank = line.search(BLANKS);
    const operation = (blank < 0 ? line : line.slice(0, blank)).toUpperCase();
    const rest = blank < 0 ? undefined : line.slice(blank).trim();
    switch (operation) {
      case 'PUB':
        return this.#announce(toArguments(rest), false);
      case 'HPUB':
        return this.#announce(toArguments(rest), true);
      case 'PING':
        return this.#handler.ping();
      case 'SUB':
        return this.#subscribe(toArguments(rest));
      case 'UNSUB':
        return this.#unsubscribe(toArguments(rest));
      case 'CONNECT':
        return this.#handler.connect(Buffer.from(rest ?? '', 'latin1').toString('utf8'));
      // What servers say is ignored when a client says it.
      case 'PONG':
      case '+OK':
      case 'INFO':
        return undefined;
      case '-ERR':
        throw new ProtocolViolation();
      default:
        throw new ProtocolViolation(UNKNOWN);
    }
  }

  #announce(fields: readonly string[], hasHeaders: boolean): void {
    const sizes = fields.slice(hasHeaders ? -2 : -1).map(toSize);
    const [subject = '', reply = '', extra] = fields.slice(0, -sizes.length);
    const size = sizes.at(-1) ?? -1;
    const headerSize = hasHeaders ? (sizes[0] ?? -1) : 0;
    if (subject === '' || extra !== undefined || size < 0 || headerSize < 0 || headerSize > size)
      throw new ProtocolViolation();
    if (size > this.#maxPayload) throw new ProtocolViolation('Maximum Payload Violation');
    this.#announced = { subject, reply, headerSize, size };
  }

  #subscribe(fields: readonly string[]): void {
    const [subject = '', second, third] = fields;
    if (second === undefined || fields.length > 3) throw new ProtocolViolation();
    if (third === undefined) this.#handler.subscribe(subject, undefined, second);
    else this.#handler.subscribe(subject, second, third);
  }

  #unsubscribe(fields: readonly string[]): void {
    const [sid = '', max] = fields;
    if (fields.length > 2) throw new ProtocolViolation();
    this.#handler.unsubscribe(sid, max === undefined ? 0 : Math.max(0, toSize(max)));
  }
}

function toArguments(rest: string | undefined): readonly string[] {
  if (rest === undefined || rest === '') throw new ProtocolViolation(UNKNOWN);
  return rest.split(BLANKS);
}

function toSize(text: string): number {
  return SIZE.test(text) ? Number(text) : -1;
}
