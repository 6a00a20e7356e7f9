import { DefinitionError, ValidationError } from './errors.ts';
import type { CommandRequest, Reply, Service } from './transport.ts';

/** The largest reply that is read, in bytes; a larger one proves nothing and is dropped. */
export const MAX_REPLY_BYTES = 256 * 1024;

/** The largest command body a transport without a server of its own sends, in bytes (a NATS server's default). */
export const MAX_REQUEST_BYTES = 1024 * 1024;

const TOKEN = /^[A-Za-z0-9_-]{1,64}$/;
const VERSION = /^\d+\.\d+\.\d+$/;
const MAX_HEADER_LENGTH = 1024;
// Control characters would end the header line; a lone surrogate would not survive UTF-8.
const UNSAFE_HEADER = /[\u0000-\u001f\u007f\p{Cs}]/u;

/** Says whether `text` may be one token of a subject: a participant, an operation, a part of the prefix. */
export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/**
 * Checks that a command can travel: its tokens cannot smuggle anything into a subject, its identifiers nothing into
 * a header. Throws `ValidationError`, naming what is wrong; nothing has been sent then.
 */
export function requireSendable(request: CommandRequest): void {
  requireToken('participant', request.participant);
  requireToken('operation', request.operation);
  for (const name of ['tenant', 'sagaId', 'sagaName', 'step', 'op', 'idempotencyKey'] as const) {
    requireHeaderValue(name, request[name]);
  }
  if (request.traceparent !== undefined) requireHeaderValue('traceparent', request.traceparent);
  if (!Number.isSafeInteger(request.attempt)) throw new ValidationError('attempt: expected an integer');
  if (request.deadline !== undefined && !(Math.abs(request.deadline) <= 8.64e15)) {
    throw new ValidationError('deadline: expected ms since the epoch');
  }
}

/** Checks what a participant announces. Throws `DefinitionError`: a service is written, not computed. */
export function requireService(service: Service): void {
  const bad = [service.participant, ...service.operations].find((token) => !isToken(token));
  if (bad !== undefined)
    throw new DefinitionError(tokenMessage(`participant ${show(service.participant)}`, bad));
  if (service.operations.length === 0) {
    throw new DefinitionError(`participant ${service.participant}: it has no operations; give at least one.`);
  }
  if (!VERSION.test(service.version)) {
    throw new DefinitionError(
      `participant ${service.participant}: version ${show(service.version)} is not of the form 1.2.3.`,
    );
  }
}

/** Checks a dot-separated prefix of subjects. Throws `DefinitionError`. */
export function requirePrefix(prefix: string): void {
  const bad = prefix.split('.').find((token) => !isToken(token));
  if (bad !== undefined) throw new DefinitionError(tokenMessage(`subject prefix ${show(prefix)}`, bad));
}

/** How a reply of `bytes` ends when that is more than `limit`; `undefined`: it may be read. */
export function oversizeReply(bytes: number, limit: number): Reply | undefined {
  if (bytes <= limit) return undefined;
  const message = `The reply has ${bytes} bytes; at most ${limit} are read.`;
  return { type: 'lost', retryable: false, error: { code: 'oversize_reply', message } };
}

/** How a command of more than `limit` bytes ends: it was not sent. */
export function oversizeRequest(limit: number): Reply {
  const message = `The command has more than ${limit} bytes and cannot be sent. Send a reference instead of the data.`;
  return { type: 'refused', error: { code: 'oversize', message } };
}

function requireToken(name: string, value: string): void {
  if (!isToken(value))
    throw new ValidationError(tokenMessage(name, value), [{ path: name, message: 'not a token' }]);
}

function requireHeaderValue(name: string, value: string): void {
  const safe =
    value.length > 0 &&
    value.length <= MAX_HEADER_LENGTH &&
    value.trim() === value &&
    !UNSAFE_HEADER.test(value);
  if (safe) return;
  const message = `${name}: ${show(value)} cannot be a header; use up to ${MAX_HEADER_LENGTH} characters without control characters or surrounding blanks.`;
  throw new ValidationError(message, [{ path: name, message: 'not a header value' }]);
}

function tokenMessage(what: string, value: string): string {
  return `${what}: ${show(value)} is not a token; use 1 to 64 of A-Z a-z 0-9 _ -.`;
}

function show(value: string): string {
  return JSON.stringify(value.slice(0, 80));
}
