import { DrizzleQueryError } from 'drizzle-orm';
import { StorageRefusedError, StorageUnavailableError } from '../core/errors.ts';

/**
 * SQLSTATE classes that blame the content: data exception, integrity constraint, program limit (a key too long for an index).
 * The statement never will succeed; with any other error it may, or already did.
 */
const REFUSED = /^(?:22|23|54)...$/;

/** Any error of a driver, in the store's words; the driver's own error is its cause. */
export function toStorageError(error: unknown): StorageRefusedError | StorageUnavailableError {
  const cause = driverError(error);
  if (cause instanceof StorageRefusedError || cause instanceof StorageUnavailableError) return cause;
  const code = codeOf(cause);
  const reason = `${code === undefined ? '' : `${code}: `}${cause instanceof Error ? cause.message : String(cause)}`;
  if (code !== undefined && REFUSED.test(code))
    return new StorageRefusedError(`the database refused the content (${reason})`, { cause });
  return new StorageUnavailableError(`the database cannot be reached or cannot answer now (${reason})`, {
    cause,
  });
}

/** Waits for `work` at most `ms`, then calls `expire` and throws `StorageUnavailableError`; `work` is left to itself. */
export async function withDeadline<Result>(
  work: PromiseLike<Result>,
  ms: number,
  expire: () => void,
): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(
        new StorageUnavailableError(
          `the database did not answer within ${ms} ms; whether it did the work is unknown`,
        ),
      );
      expire();
    }, ms);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

/** Drizzle wraps what the driver throws, with the statement and all parameters in its message. */
function driverError(error: unknown): unknown {
  return error instanceof DrizzleQueryError && error.cause !== undefined ? error.cause : error;
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
