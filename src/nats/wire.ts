import { headers as createHeaders, type MsgHdrs, MsgHdrsImpl } from 'nats';
import type { Alert } from '../core/alert.ts';
import type { PublishedEvent } from '../core/cloud-event.ts';
import { ValidationError } from '../core/errors.ts';
import { malformedReply, readReply, type ReplyText, writeReply } from '../core/reply-text.ts';
import { sanitiseText } from '../core/storable.ts';
import type { CommandRequest, Op, Reply } from '../core/transport.ts';
import { oversizeReply, requireSendable } from '../core/wire-limits.ts';

/** Where commands go unless told otherwise: `saga.v1.<participant>.<operation>`. */
export const DEFAULT_PREFIX = 'saga.v1';

/** A message as the client sends it. */
export interface WireMessage {
  readonly headers?: MsgHdrs;
  readonly body: Uint8Array;
}

/** A message as the client received it. */
export interface ReceivedMessage {
  readonly headers?: MsgHdrs | undefined;
  readonly data: Uint8Array;
}

type Fields = ReadonlyMap<string, readonly string[]>;

const ERROR_CODE = 'Nats-Service-Error-Code';
const ERROR_MESSAGE = 'Nats-Service-Error';
/** Marks what is neither a result nor a failure; a responder that only answers JSON never sets it. */
const REPLY_KIND = 'Saga-Reply';
const KIND_BY_HEADER: Readonly<Record<string, ReplyText['kind']>> = {
  'in-progress': 'inProgress',
  sealed: 'sealed',
  unusable: 'unusable',
};
const NO_RESPONDERS = 503;
const DEFAULT_TENANT = 'default';
const OPS: readonly string[] = ['do', 'undo', 'seal'] satisfies readonly Op[];

/** What would end a header's line, or is none of its characters. */
const UNPRINTABLE = /[^\x21-\x7e]/g;
const NO_TOKEN = /[^A-Za-z0-9_.-]/g;

const encoder = new TextEncoder();
// `fatal`: bytes that are not UTF-8 are a malformed reply, not one with replacement characters in it.
const decoder = new TextDecoder('utf-8', { fatal: true });

/** The subject of an operation. The tokens have been checked (`requireSendable`, `requireService`). */
export function toSubject(prefix: string, participant: string, operation: string): string {
  return `${prefix}.${participant}.${operation}`;
}

/** Where NATS micro services tell what they were asked. */
export const STATS_SUBJECT = '$SRV.STATS';

/** The operation of a participant that a subject asks for; `undefined` where it is none of its. */
export function operationIn(prefix: string, participant: string, subject: string): string | undefined {
  const begin = `${prefix}.${participant}.`;
  return subject.startsWith(begin) ? subject.slice(begin.length) : undefined;
}

/** Writes a command. Throws `ValidationError` for anything that would break out of its subject or header. */
export function encodeRequest(request: CommandRequest): WireMessage {
  requireSendable(request);
  return { headers: toHeaders(request), body: encodeJson(request.body) };
}

/** Reads a command that came for an operation. Throws `ValidationError` when it is not one. */
export function decodeRequest(
  target: { readonly participant: string; readonly operation: string },
  message: ReceivedMessage,
): CommandRequest {
  const headers = readHeaders(message);
  if (headers === 'malformed') throw new ValidationError('The headers are malformed.');
  // Each `get` of the client walks all headers; a map is four times cheaper.
  const fields: Fields = new Map(headers);
  const op = required(fields, 'Saga-Op');
  if (!OPS.includes(op)) throw new ValidationError(`Saga-Op: expected one of ${OPS.join(', ')}.`);
  const deadline = Date.parse(optional(fields, 'Saga-Deadline'));
  const traceparent = optional(fields, 'traceparent');
  // No spread before a list of properties: that costs ten times the rest.
  const request: CommandRequest = {
    participant: target.participant,
    operation: target.operation,
    tenant: optional(fields, 'Saga-Tenant') || DEFAULT_TENANT,
    sagaId: required(fields, 'Saga-Id'),
    sagaName: required(fields, 'Saga-Name'),
    step: required(fields, 'Saga-Step'),
    attempt: Number.parseInt(optional(fields, 'Saga-Attempt') || '1', 10) || 0,
    op: op as Op,
    idempotencyKey: required(fields, 'Idempotency-Key'),
    body: decodeBody(message.data),
  };
  const timed = Number.isNaN(deadline) ? request : { ...request, deadline };
  return traceparent === '' ? timed : { ...timed, traceparent };
}

/** Writes a reply; a success is nothing but its JSON. */
export function encodeReply(reply: Reply): WireMessage {
  return encodeReplyText(writeReply(reply), reply.type === 'refused' ? '400' : '500');
}

/** Writes a reply text; `errorCode` is the header of a failure. */
export function encodeReplyText(reply: ReplyText, errorCode = '500'): WireMessage {
  const body = encoder.encode(reply.text);
  if (reply.kind === 'success') return { body };
  const headers = createHeaders();
  if (reply.kind === 'failure') {
    headers.append(ERROR_CODE, errorCode);
    headers.append(ERROR_MESSAGE, toHeaderText(readReply(reply)));
  } else {
    headers.append(REPLY_KIND, reply.kind === 'inProgress' ? 'in-progress' : reply.kind);
  }
  return { headers, body };
}

/** Reads a reply from any participant or from the server. `maxBytes` is the largest body that is read; never throws. */
export function decodeReply(message: ReceivedMessage, maxBytes: number): Reply {
  const { data } = message;
  const headers = readHeaders(message);
  if (headers === 'malformed') return malformedReply('The reply has malformed headers.');
  if (headers !== undefined && headers.code !== 0) return decodeStatus(headers.code);
  const kind = toKind(headers);
  if (kind === undefined) return malformedReply('The reply has an unknown Saga-Reply header.');
  const hint = { code: headers?.get(ERROR_CODE) ?? '', message: headers?.get(ERROR_MESSAGE) ?? '' };
  const oversize = oversizeReply(data.length, maxBytes);
  // A failure says what it says in its headers; its body only adds to that.
  if (oversize !== undefined) return kind === 'failure' ? readReply({ kind, text: '' }, hint) : oversize;
  const text = decodeText(data);
  if (text === undefined && kind === 'success') return malformedReply('The reply is not UTF-8.');
  return readReply({ kind, text: text ?? '' }, hint);
}

/** Writes a published event, as the NATS binding of CloudEvents has it: all of it is JSON in the body. */
export function encodeEvent(event: PublishedEvent): Required<WireMessage> {
  const headers = MsgHdrsImpl.fromRecord({
    'Content-Type': ['application/cloudevents+json'],
    // A stream stores a message once that is sent twice within its window.
    'Nats-Msg-Id': [event.id.replaceAll(UNPRINTABLE, '_')],
  });
  return { headers, body: encoder.encode(JSON.stringify(event)) };
}

/** Writes an alert. */
export function encodeAlert(alert: Alert): Required<WireMessage> {
  const headers = MsgHdrsImpl.fromRecord({
    'Content-Type': ['application/json'],
    'Nats-Msg-Id': [alert.id.replaceAll(UNPRINTABLE, '_')],
  });
  return { headers, body: encoder.encode(JSON.stringify(alert)) };
}

/** The subject of a topic of published events. Its tokens come from definitions, but by way of the database. */
export function toEventSubject(prefix: string, topic: string): string {
  return `${prefix}.${topic.replaceAll(NO_TOKEN, '_')}`;
}

function toHeaders(request: CommandRequest): MsgHdrs {
  const fields: Record<string, string[]> = {
    'Saga-Id': [request.sagaId],
    'Saga-Name': [request.sagaName],
    'Saga-Step': [request.step],
    'Saga-Attempt': [String(request.attempt)],
    'Saga-Op': [request.op],
    'Saga-Tenant': [request.tenant],
    'Idempotency-Key': [request.idempotencyKey],
  };
  if (request.deadline !== undefined) fields['Saga-Deadline'] = [new Date(request.deadline).toISOString()];
  if (request.traceparent !== undefined) fields['traceparent'] = [request.traceparent];
  // All is checked; `append` would check again, at three times the cost of everything else here.
  return MsgHdrsImpl.fromRecord(fields);
}

function toKind(headers: MsgHdrs | undefined): ReplyText['kind'] | undefined {
  if (headers === undefined) return 'success';
  if (headers.has(ERROR_CODE) || headers.has(ERROR_MESSAGE)) return 'failure';
  if (!headers.has(REPLY_KIND)) return 'success';
  const name = headers.get(REPLY_KIND);
  return Object.hasOwn(KIND_BY_HEADER, name) ? KIND_BY_HEADER[name] : undefined;
}

/** The client parses headers when they are first read, and throws at names that are none. */
function readHeaders(message: ReceivedMessage): MsgHdrs | 'malformed' | undefined {
  try {
    return message.headers;
  } catch {
    return 'malformed';
  }
}

function decodeStatus(code: number): Reply {
  if (code === NO_RESPONDERS) {
    return {
      type: 'unreachable',
      error: { code: 'no_responders', message: 'Nobody serves this operation now.' },
    };
  }
  return {
    type: 'lost',
    retryable: true,
    error: { code: 'server_status', message: `The server answered with status ${code}.` },
  };
}

function decodeBody(data: Uint8Array): CommandRequest['body'] {
  const body: unknown = parseJson(decodeText(data));
  if (typeof body !== 'object' || body === null || !('input' in body)) {
    throw new ValidationError('body: expected JSON of the form {"input": …}.');
  }
  return 'original' in body ? { input: body.input, original: body.original } : { input: body.input };
}

function encodeJson(body: CommandRequest['body']): Uint8Array {
  try {
    return encoder.encode(JSON.stringify({ input: body.input ?? null, original: body.original }));
  } catch (error) {
    throw new ValidationError(
      `body: it is not JSON: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function parseJson(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function decodeText(data: Uint8Array): string | undefined {
  try {
    return decoder.decode(data);
  } catch {
    return undefined;
  }
}

function required(fields: Fields, name: string): string {
  const value = optional(fields, name);
  if (value === '') throw new ValidationError(`${name}: the header is missing.`);
  return value;
}

function optional(fields: Fields, name: string): string {
  return fields.get(name)?.[0] ?? '';
}

function toHeaderText(reply: Reply): string {
  const message = 'error' in reply ? reply.error.message : reply.type;
  return sanitiseText(message, 200).replace(/\s+/g, ' ').trim();
}
