import type { Failure } from './errors.ts';
import type { ServedParticipant } from './served-participant.ts';

/** What a command asks for: run the action, undo it, or promise that it never will run. */
export type Op = 'do' | 'undo' | 'seal';

/** One command to one participant. Its idempotency key is the same for all attempts. */
export interface CommandRequest {
  readonly participant: string;
  readonly operation: string;
  readonly tenant: string;
  readonly sagaId: string;
  readonly sagaName: string;
  readonly step: string;
  /** Counts from 1. */
  readonly attempt: number;
  readonly op: Op;
  /** `<tenant>:<sagaId>:<step>:<iteration>:<generation>:<op>` (docs: wire protocol). */
  readonly idempotencyKey: string;
  /** When the engine stops waiting for this attempt; ms since the epoch. */
  readonly deadline?: number;
  readonly traceparent?: string;
  /** `original` is the action's reply, for an undo, where it is known. */
  readonly body: { readonly input: unknown; readonly original?: unknown };
}

/** How one attempt ended, as far as anyone can know. The meaning of each is the table of the wire protocol. */
export type Reply =
  /** The effect exists, once. */
  | { readonly type: 'succeeded'; readonly result: unknown }
  /** A definite no: there is no effect. */
  | { readonly type: 'refused'; readonly error: Failure }
  /** The participant failed and may be asked again; proves nothing. */
  | { readonly type: 'failed'; readonly error: Failure }
  /** Still at work: ask again after `retryAfter` ms. */
  | { readonly type: 'inProgress'; readonly retryAfter: number }
  /** The action never will run under this key. */
  | { readonly type: 'sealed' }
  /** This attempt reached nobody. */
  | { readonly type: 'unreachable'; readonly error: Failure }
  /** No usable answer: timeout, lost connection, malformed or unstorable reply; proves nothing. `retryable: false` when asking again cannot help. */
  | { readonly type: 'lost'; readonly error: Failure; readonly retryable: boolean };

/** Forgets a request: its reply, should one come, is dropped. */
export type Abandon = () => void;

/** A participant as the transport serves it. */
export interface Service {
  readonly participant: string;
  /** `^\d+\.\d+\.\d+$`, shown by discovery. */
  readonly version: string;
  readonly description: string;
  readonly operations: readonly string[];
  /** Answers one command; must not reject. `undefined` sends no reply at all (fault injection). */
  readonly handle: (request: CommandRequest) => Promise<Reply | undefined>;
}

/** A service that is being served. */
export interface Serving {
  /** Takes no new commands, finishes the ones at hand, then resolves. */
  close(): Promise<void>;
}

/** How commands reach participants and replies come back. One contract suite holds for every transport. */
export interface Transport {
  /**
   * Sends a command once and settles at most once, never synchronously. Does not time out by itself:
   * the statechart owns the timeout and abandons the request. A closed or failing connection settles as `lost`,
   * no listener as `unreachable`.
   */
  request(request: CommandRequest, settle: (reply: Reply) => void): Abandon;
  /** Serves a participant; several servings of one participant share the load, each command reaching one of them. */
  serve(service: Service): Promise<Serving>;
  /**
   * Who can be asked now. Left out by transports that cannot tell. Throws `UnavailableError` when nobody can be asked
   * who is there.
   */
  participants?(): Promise<readonly ServedParticipant[]>;
  /** Whether commands can be sent right now. */
  isConnected(): boolean;
  /** Settles pending requests as `lost`, drains servings, ends the connection. */
  close(): Promise<void>;
}
