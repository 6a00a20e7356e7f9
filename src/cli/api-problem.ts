import type { z } from 'zod';
import type { ProblemBody } from '../http/system-schemas.ts';
import { CliError, type ExitReason } from './exit-code.ts';
import { plain } from './io.ts';

/** An answer that says what the problem is, as far as it is one of sagachart's. */
type Problem = Partial<z.infer<typeof ProblemBody>>;

const reasons: Readonly<Record<number, ExitReason>> = {
  400: 'usage',
  401: 'notAllowed',
  403: 'notAllowed',
  404: 'notFound',
  409: 'notAllowed',
  412: 'notAllowed',
  413: 'usage',
  422: 'usage',
  428: 'usage',
  429: 'unreachable',
  502: 'unreachable',
  503: 'unreachable',
  504: 'unreachable',
};

/** The API refused; `problem` is what it said. */
export class ApiProblem extends CliError {
  readonly problem: Problem;

  constructor(
    reason: ExitReason,
    message: string,
    details: { readonly problem: Problem; readonly advice: readonly string[] },
  ) {
    super(reason, message, { advice: details.advice });
    this.problem = details.problem;
  }
}

/** What an answer other than 2xx means for the command. */
export async function toApiProblem(base: string, response: Response): Promise<CliError> {
  const isProblem = response.headers.get('content-type')?.startsWith('application/problem+json') === true;
  const problem = isProblem ? ((await response.json()) as Problem) : {};
  const reason = reasons[response.status] ?? 'failed';
  if (problem.detail === undefined) {
    const advice = ['Is that the address of a sagachart node?'];
    // 404 of another server does not mean that the saga is not there.
    return new CliError(
      reason === 'notFound' ? 'unreachable' : reason,
      `${base} answered ${response.status} ${response.statusText}`,
      { advice },
    );
  }
  return new ApiProblem(reason, plain(problem.detail), { problem, advice: toAdvice(problem) });
}

/** Nobody answers, or the line was cut. */
export function toUnreachable(base: string, error: unknown): CliError {
  const { cause, message } = error as Error;
  const why = cause instanceof Error ? ('code' in cause ? String(cause.code) : cause.message) : message;
  const advice = ["Start a node with 'sagachart serve', or give its address with --url or SAGACHART_URL."];
  return new CliError('unreachable', `no API answers at ${base} (${why})`, { cause: error, advice });
}

/** Whether a request was given up after its time. */
export function didAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError');
}

function toAdvice({ errors = [], legal }: Problem): readonly string[] {
  const wrong = errors.map(({ path, message }) => plain(path === '' ? message : `${path}: ${message}`));
  if (legal === undefined) return wrong;
  return [
    ...wrong,
    legal.length === 0 ? 'Nothing can be done with it now.' : `Possible now: ${legal.join(', ')}.`,
  ];
}
