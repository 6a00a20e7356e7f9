import { type Failure, toFailure } from './errors.ts';
import { sanitiseText, unstorableReason } from './storable.ts';
import type { Reply } from './transport.ts';

/**
 * A reply as it travels: a kind, which the wire carries beside the body, and JSON text.
 * `unusable` is a result that its participant could not send.
 */
export interface ReplyText {
  readonly kind: 'success' | 'failure' | 'inProgress' | 'sealed' | 'unusable';
  readonly text: string;
}

/** What is known of a failure beside its body. */
export interface FailureHint {
  readonly code: string;
  readonly message: string;
}

/** The longest failure that keeps its details, in UTF-16 units. */
const MAX_FAILURE_LENGTH = 64 * 1024;
/** How long to wait when a participant does not say, or says nonsense; ms. */
const DEFAULT_RETRY_AFTER = 1000;
/** The longest a participant can put off the next question; ms. */
const MAX_RETRY_AFTER = 3_600_000;

/** Writes a reply as it travels. A result that JSON cannot hold becomes `unusable`; never throws. */
export function writeReply(reply: Reply): ReplyText {
  switch (reply.type) {
    case 'succeeded':
      return writeResult(reply.result);
    case 'inProgress':
      return { kind: 'inProgress', text: JSON.stringify({ retryAfterMs: reply.retryAfter }) };
    case 'sealed':
      return { kind: 'sealed', text: '{}' };
    // `lost` and `unreachable` are what a transport finds; from a participant they say as much as a failure.
    default:
      return { kind: 'failure', text: writeFailure(reply.error, reply.type !== 'refused') };
  }
}

/** The reply of a participant whose result could not be sent, such as one larger than the server takes. */
export function unusableReply(code: string, message: string): ReplyText {
  return { kind: 'unusable', text: JSON.stringify({ code, message }) };
}

/**
 * Reads a reply that came from anywhere: whatever it holds, what comes out can be stored. A result that cannot be
 * read or stored is `lost`, because its effect may exist. A failure keeps its meaning even when its body is useless;
 * one that does not say `"retryable": false` proves nothing and may be tried again. An empty result is `null`.
 */
export function readReply(reply: ReplyText, hint: FailureHint = { code: '', message: '' }): Reply {
  switch (reply.kind) {
    case 'success':
      return readResult(reply.text);
    case 'failure':
      return readFailure(reply.text, hint);
    case 'inProgress':
      return { type: 'inProgress', retryAfter: readRetryAfter(reply.text) };
    case 'sealed':
      return { type: 'sealed' };
    case 'unusable':
      return { type: 'lost', retryable: false, error: toStorableFailure(parseObject(reply.text), hint) };
  }
}

/** A reply that cannot be understood: its effect may exist, and asking again gives the same. */
export function malformedReply(message: string): Reply {
  return {
    type: 'lost',
    retryable: false,
    error: { code: 'malformed_reply', message: sanitiseText(message) },
  };
}

function writeResult(result: unknown): ReplyText {
  try {
    return { kind: 'success', text: JSON.stringify(result) ?? 'null' };
  } catch (error) {
    return unusableReply('malformed_reply', `The result is not JSON: ${toFailure(error).message}`);
  }
}

function writeFailure(error: Failure, retryable: boolean): string {
  const { details } = error;
  const code = sanitiseText(error.code, 64);
  const message = sanitiseText(error.message);
  const written = stringify({ code, message, retryable, details });
  // Details only explain: they must not keep the failure itself from arriving.
  if (written !== undefined && written.length <= MAX_FAILURE_LENGTH) return written;
  return JSON.stringify({ code, message, retryable });
}

function stringify(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

function readResult(text: string): Reply {
  if (text === '') return { type: 'succeeded', result: null };
  const parsed = parse(text);
  if ('error' in parsed) return malformedReply(`The reply is not JSON: ${parsed.error}`);
  const reason = unstorableReason(parsed.value);
  if (reason === undefined) return { type: 'succeeded', result: parsed.value };
  return {
    type: 'lost',
    retryable: false,
    error: { code: 'unstorable_reply', message: `The reply cannot be stored: ${reason}.` },
  };
}

function readFailure(text: string, hint: FailureHint): Reply {
  const body = parseObject(text);
  const error = toStorableFailure(body, hint.message === '' ? { ...hint, message: text } : hint);
  return { type: body['retryable'] === false ? 'refused' : 'failed', error };
}

function readRetryAfter(text: string): number {
  const value = parseObject(text)['retryAfterMs'];
  if (typeof value !== 'number' || !(value >= 0)) return DEFAULT_RETRY_AFTER;
  return Math.min(Math.ceil(value), MAX_RETRY_AFTER);
}

function toStorableFailure(body: Readonly<Record<string, unknown>>, hint: FailureHint): Failure {
  const { code, message, details } = body;
  const keepDetails = details !== undefined && details !== null && unstorableReason(details) === undefined;
  return {
    code:
      sanitiseText(typeof code === 'string' || typeof code === 'number' ? String(code) : hint.code, 64) ||
      'error',
    message:
      sanitiseText(typeof message === 'string' ? message : hint.message) || 'The participant gave no reason.',
    ...(keepDetails ? { details } : {}),
  };
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  const parsed = parse(text);
  const isObject = 'value' in parsed && typeof parsed.value === 'object' && parsed.value !== null;
  return isObject ? (parsed.value as Record<string, unknown>) : {};
}

function parse(text: string): { readonly value: unknown } | { readonly error: string } {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (error) {
    return { error: toFailure(error).message };
  }
}
