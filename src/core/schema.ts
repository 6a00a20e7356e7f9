import type { StandardSchemaV1 } from '@standard-schema/spec';
import { ValidationError } from './errors.ts';

/** Any schema of any library that implements Standard Schema. */
export type Schema<Output = unknown> = StandardSchemaV1<unknown, Output>;

/** The value as the schema understands it. Throws `ValidationError` naming `what` and every issue. */
export async function validate<Output>(
  schema: Schema<Output>,
  value: unknown,
  what: string,
): Promise<Output> {
  const result = await schema['~standard'].validate(value);
  if (result.issues === undefined) return result.value;
  const issues = result.issues.map((issue) => ({ path: pathOf(issue), message: issue.message }));
  const list = issues.map((issue) => `${issue.path || '(root)'}: ${issue.message}`).join('; ');
  throw new ValidationError(`${what} does not fit its schema: ${list}`, issues);
}

/**
 * The value as it reads once it was stored: what a saga sees before a restart is what it sees after it, and nobody else
 * holds on to it. Throws `ValidationError`, naming `what`, for what JSON cannot hold.
 */
export function toJson(value: unknown, what: string): unknown {
  try {
    return value === undefined ? undefined : (JSON.parse(JSON.stringify(value) ?? 'null') as unknown);
  } catch (error) {
    throw new ValidationError(
      `${what} is not JSON: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** Where an issue lies, as a JSON pointer. */
function pathOf(issue: StandardSchemaV1.Issue): string {
  const keys = (issue.path ?? []).map((part) => (typeof part === 'object' ? part.key : part));
  return keys.map((key) => `/${String(key)}`).join('');
}
