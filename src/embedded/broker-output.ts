import type { Socket } from 'node:net';
// Imported, not global: fake timers in a test must not stop the broker.
import { setImmediate } from 'node:timers';

const CHUNK = 64 * 1024;
/** Payloads from this size on are passed by reference; smaller ones are cheaper to copy together. */
const LARGE = 16 * 1024;
const CRLF = Buffer.from('\r\n');

/** Collects what goes to one connection and writes it once a turn: one system call for many messages. */
export class BrokerOutput {
  readonly #socket: Socket;
  readonly #maxPending: number;
  readonly #overflow: () => void;
  #chunk = Buffer.allocUnsafe(CHUNK);
  #start = 0;
  #end = 0;
  #segments: Buffer[] = [];
  #pending = 0;
  #scheduled = false;

  /** `overflow` is called when more than `maxPending` bytes wait for a client that does not read. */
  constructor(socket: Socket, options: { readonly maxPending: number; readonly overflow: () => void }) {
    this.#socket = socket;
    this.#maxPending = options.maxPending;
    this.#overflow = options.overflow;
  }

  /** A line, with its end; latin1. */
  line(text: string): void {
    this.#reserve(text.length);
    this.#end += this.#chunk.write(text, this.#end, 'latin1');
    this.#written(text.length);
  }

  /** A line and the payload it announces. */
  message(text: string, payload: Buffer): void {
    this.line(text);
    if (payload.length >= LARGE) {
      this.#cut();
      this.#segments.push(payload, CRLF);
    } else {
      this.#reserve(payload.length + CRLF.length);
      this.#end += payload.copy(this.#chunk, this.#end);
      this.#end += CRLF.copy(this.#chunk, this.#end);
    }
    this.#written(payload.length + CRLF.length);
  }

  /** Hands everything to the socket. */
  flush(): void {
    this.#cut();
    const segments = this.#segments;
    this.#segments = [];
    this.#pending = 0;
    if (segments.length === 0 || !this.#socket.writable) return;
    this.#socket.cork();
    for (const segment of segments) this.#socket.write(segment);
    this.#socket.uncork();
  }

  #written(bytes: number): void {
    this.#pending += bytes;
    if (this.#pending + this.#socket.writableLength > this.#maxPending) this.#overflow();
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.flush();
    });
  }

  /** Makes room for `bytes` in one piece. Bytes already given to the socket are never written over. */
  #reserve(bytes: number): void {
    if (this.#end + bytes <= this.#chunk.length) return;
    this.#cut();
    this.#chunk = Buffer.allocUnsafe(Math.max(CHUNK, bytes));
    this.#start = 0;
    this.#end = 0;
  }

  #cut(): void {
    if (this.#end > this.#start) this.#segments.push(this.#chunk.subarray(this.#start, this.#end));
    this.#start = this.#end;
  }
}
