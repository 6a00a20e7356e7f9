import {
  ConflictError,
  NotAllowedError,
  NotFoundError,
  OverloadedError,
  StorageRefusedError,
  StorageUnavailableError,
  UnavailableError,
  ValidationError,
  type ValidationIssue,
} from '../core/errors.ts';

/** An answer of the API that is not what was asked for (RFC 9457). */
export interface Problem {
  readonly status: number;
  /** Stable, for programs: `not_found`, `stale_version`. */
  readonly code: string;
  readonly detail: string;
  /** Finds the request in the server's log. */
  readonly requestId?: string;
  readonly errors?: readonly ValidationIssue[];
  /** What may be done instead. */
  readonly legal?: readonly string[];
}

/**
 * The API refused, or could not answer. Thrown for what has no error of its own, such as 401 and 403; otherwise the
 * `cause` of the error that is thrown.
 */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly problem: Problem;

  constructor(problem: Problem, options: ErrorOptions = {}) {
    super(problem.detail, options);
    this.problem = problem;
  }
}

/** An answer that is no success, as the error that the engine itself would have thrown. Reads the answer's body. */
export async function toError(response: Response): Promise<Error> {
  const problem = await readProblem(response);
  const cause = new ProblemError(problem);
  const error = toSagaError(problem);
  return error === undefined ? cause : Object.assign(error, { cause });
}

function toSagaError({ status, code, detail, errors, legal }: Problem): Error | undefined {
  if (code === 'storage_unavailable') return new StorageUnavailableError(detail);
  if (code === 'storage_refused') return new StorageRefusedError(detail);
  if (code === 'overloaded') return new OverloadedError(detail);
  if (code === 'not_allowed') return new NotAllowedError(detail, legal);
  if (status === 404) return new NotFoundError(detail);
  // A key that belongs to another request is a conflict to the engine, too.
  if (status === 409 || status === 412 || code === 'idempotency_key_reused') return new ConflictError(detail);
  if (status === 400 || status === 422) return new ValidationError(detail, errors);
  return status >= 500 ? new UnavailableError(detail, { reason: code }) : undefined;
}

async function readProblem(response: Response): Promise<Problem> {
  const { status, statusText } = response;
  const unknown: Problem = { status, code: 'unknown', detail: `the server answered ${status} ${statusText}` };
  if (response.headers.get('content-type')?.startsWith('application/problem+json') !== true) {
    await response.body?.cancel();
    return unknown;
  }
  const problem = (await response.json().catch(() => ({}))) as Partial<Problem>;
  return { ...unknown, ...problem };
}
