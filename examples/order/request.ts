import { ValidationError } from 'sagachart';
import { z } from 'zod';

/** The id of a saga. */
export const SagaId = z.string().regex(/^[A-Za-z0-9_-]{1,128}$/, "use 1 to 128 letters, digits, '_' or '-'");

/** The value as the schema understands it. Throws `ValidationError` with what is wrong where. */
export function parse<Output>(schema: z.ZodType<Output>, value: unknown): Output {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issues = result.error.issues.map(({ path, message }) => ({
    path: path.map((key) => `/${String(key)}`).join(''),
    message,
  }));
  throw new ValidationError(
    issues.map(({ path, message }) => `${path || '(root)'}: ${message}`).join('; '),
    issues,
  );
}
