import type { MiddlewareHandler } from 'hono';
import { unstorableReason } from '../core/storable.ts';
import { HttpProblem } from './problem.ts';

const json = /^application\/(?:[\w.-]+\+)?json$/i;

/**
 * Reads a request's body, however it is sent, and lets only JSON through that every part behind can hold: at most
 * `maxBytes`, UTF-8, no deeper than 64, without keys that pollute prototypes. No body at all is as good as `{}`.
 */
export function jsonBody(maxBytes: number): MiddlewareHandler {
  return async (c, next) => {
    if (c.req.method !== 'POST') return next();
    const bytes = await readBody(c.req.raw, maxBytes);
    if (bytes.length > 0) checkType(c.req.header('content-type'));
    const text = bytes.length === 0 ? '{}' : decode(bytes);
    checkJson(text);
    const headers = new Headers(c.req.raw.headers);
    headers.set('content-type', 'application/json');
    headers.delete('content-length');
    c.req.raw = new Request(c.req.raw, { method: 'POST', body: text, headers });
    return next();
  };
}

async function readBody({ body, headers }: Request, maxBytes: number): Promise<Uint8Array> {
  if (Number(headers.get('content-length') ?? 0) > maxBytes) throw tooLarge(maxBytes);
  const chunks: Uint8Array[] = [];
  let size = 0;
  if (body !== null) {
    // Left without being cancelled when it is too long: that would cut the line before the answer went out.
    const reader = body.getReader() as ReadableStreamDefaultReader<Uint8Array>;
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      size += part.value.length;
      if (size > maxBytes) throw tooLarge(maxBytes);
      chunks.push(part.value);
    }
  }
  return Buffer.concat(chunks);
}

function tooLarge(maxBytes: number): HttpProblem {
  return new HttpProblem({
    status: 413,
    code: 'body_too_large',
    detail: `The body may have ${maxBytes} bytes at most.`,
  });
}

function checkType(contentType = ''): void {
  const mediaType = contentType.split(';')[0]?.trim() ?? '';
  if (json.test(mediaType)) return;
  throw new HttpProblem({
    status: 415,
    code: 'unsupported_media_type',
    detail: 'Send JSON, with Content-Type: application/json.',
  });
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new HttpProblem({ status: 400, code: 'malformed_json', detail: 'The body is not UTF-8.' });
  }
}

function checkJson(text: string): void {
  const reason = unstorableReason(parse(text));
  if (reason === undefined) return;
  throw new HttpProblem({
    status: 422,
    code: 'validation',
    detail: `The body cannot be stored: ${reason}.`,
    errors: [{ path: '', message: reason }],
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const { message } = error as SyntaxError;
    throw new HttpProblem({
      status: 400,
      code: 'malformed_json',
      detail: `The body is not JSON: ${message}`,
    });
  }
}
