import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import {
  NotAllowedError,
  OverloadedError,
  SagaError,
  type SagaErrorCode,
  ValidationError,
  type ValidationIssue,
} from '../core/errors.ts';

/** What an answer says that is not what was asked for (RFC 9457). */
export interface ProblemOptions {
  readonly status: ProblemStatus;
  /** Stable, for programs: `not_found`, `malformed_json`. */
  readonly code: string;
  readonly detail: string;
  /** What is wrong with the request, by JSON pointer. */
  readonly errors?: readonly ValidationIssue[];
  /** Further members, such as `legal`. */
  readonly members?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A status that an answer with a body can have. */
export type ProblemStatus = ContentfulStatusCode & keyof typeof titles;

const titles = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  414: 'URI Too Long',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  426: 'Upgrade Required',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
} as const;

/** The HTTP status of every error sagachart throws. */
export const statusOf = {
  definition: 500,
  validation: 422,
  not_found: 404,
  conflict: 409,
  not_allowed: 409,
  saga_failed: 500,
  terminal: 502,
  retryable: 503,
  unavailable: 503,
  storage_unavailable: 503,
  storage_refused: 422,
  overloaded: 429,
  payload_unreadable: 503,
} as const satisfies Record<SagaErrorCode, ProblemStatus>;

/** A request that cannot be served; what a handler throws to say so. */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem';
  readonly options: ProblemOptions;

  constructor(options: ProblemOptions) {
    super(options.detail);
    this.options = options;
  }
}

/** The problem that an error amounts to; what is inside the server stays there. */
export function toProblem(error: unknown): ProblemOptions {
  if (error instanceof HttpProblem) return error.options;
  if (!(error instanceof SagaError))
    return {
      status: 500,
      code: 'internal',
      detail: 'The server could not answer; the request id finds the reason in its log.',
    };
  const { code, message } = error;
  const status = statusOf[code];
  if (status === 503)
    return {
      status,
      code,
      detail: 'The server cannot answer just now: try again.',
      headers: { 'Retry-After': '1' },
    };
  if (status >= 500)
    return {
      status,
      code,
      detail: 'The server could not answer; the request id finds the reason in its log.',
    };
  return {
    status,
    code,
    detail: message,
    ...(error instanceof ValidationError ? { errors: error.issues } : {}),
    ...(error instanceof NotAllowedError ? { members: { legal: error.legal } } : {}),
    ...(error instanceof OverloadedError ? { headers: { 'Retry-After': '1' } } : {}),
  };
}

/** The answer that says what the problem is, as `application/problem+json`. */
export function problemResponse(
  c: Context,
  { status, code, detail, errors, members = {}, headers = {} }: ProblemOptions,
): Response {
  const problem = {
    type: `urn:sagachart:problem:${code}`,
    title: titles[status],
    status,
    detail,
    instance: c.req.path,
    code,
    requestId: c.get('requestId') as unknown,
    ...(errors === undefined ? {} : { errors }),
    ...members,
  };
  return c.body(JSON.stringify(problem), status, { 'Content-Type': 'application/problem+json', ...headers });
}
