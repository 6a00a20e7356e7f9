import type { ValidationTargets } from 'hono';
import { HttpProblem, type ProblemOptions } from './problem.ts';

/** What a validator found, as Standard Schema says it. */
export interface ValidationResult {
  readonly success: boolean;
  readonly target: keyof ValidationTargets;
  readonly error?: readonly {
    readonly message: string;
    readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
  }[];
}

/** An id that cannot exist is not found; a header is part of the protocol; everything else is the request's content. */
const problems: Readonly<
  Partial<Record<keyof ValidationTargets, Pick<ProblemOptions, 'status' | 'code' | 'detail'>>>
> = {
  param: { status: 404, code: 'not_found', detail: 'There is nothing of this name.' },
  header: { status: 400, code: 'bad_header', detail: 'A header does not fit; see errors.' },
  query: { status: 422, code: 'validation', detail: 'The query does not fit; see errors.' },
  json: { status: 422, code: 'validation', detail: 'The body does not fit; see errors.' },
};

/** Turns what a validator found wrong into a problem. For `validator(target, schema, refuse)`. */
export function refuse({ success, target, error = [] }: ValidationResult): void {
  if (success) return;
  const errors = error.map(({ message, path = [] }) => ({ path: toPointer(path), message }));
  throw new HttpProblem({
    status: 422,
    code: 'validation',
    detail: 'The request does not fit; see errors.',
    ...problems[target],
    errors,
  });
}

function toPointer(path: readonly (PropertyKey | { readonly key: PropertyKey })[]): string {
  const keys = path.map((part) => String(typeof part === 'object' ? part.key : part));
  return keys.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
