import { UnavailableError } from '../core/errors.ts';
import { toError } from './problem-error.ts';

/** How often, and how patiently, a request is sent again. */
export interface RetryOptions {
  /** How often a request is sent at most; 1: never again. Default 4. */
  readonly attempts: number;
  /** Before the second; doubled for each further one. ms; default 200. */
  readonly delay: number;
  /** The longest that `Retry-After` is obeyed: beyond it the error is thrown. ms; default 30,000. */
  readonly maxDelay: number;
}

/** What it does where nothing is said. */
export const defaultRetry: RetryOptions = { attempts: 4, delay: 200, maxDelay: 30_000 };

/** The server, or something before it, cannot answer just now. */
const passing: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/**
 * A `fetch` that rejects for every answer that is no success, and sends a request again where that can help and can do no harm: reads,
 * and what carries an `Idempotency-Key`. Throws the engine's own errors, `ProblemError`, and `UnavailableError` where
 * nobody answers.
 */
export function retryingFetch(
  send: typeof fetch,
  { attempts, delay, maxDelay }: RetryOptions = defaultRetry,
): typeof fetch {
  return async (input, init) => {
    const isRepeatable = mayBeRepeated(init);
    for (let attempt = 1; ; attempt += 1) {
      const isLast = attempt >= attempts || !isRepeatable;
      const response = await send(input, init).catch((error: unknown) => {
        init?.signal?.throwIfAborted();
        if (isLast)
          throw new UnavailableError(`nobody answers at ${originOf(input)}`, {
            cause: error,
            reason: 'unreachable',
          });
        return undefined;
      });
      if (response?.ok === true || response?.status === 304) return response;
      const wait = waitOf(response) ?? delay * 2 ** (attempt - 1) * (0.5 + Math.random() / 2);
      if (response !== undefined && (isLast || !passing.has(response.status) || wait > maxDelay))
        throw await toError(response);
      await response?.body?.cancel();
      await pause(wait, init?.signal);
    }
  };
}

function mayBeRepeated({ method = 'GET', headers }: RequestInit = {}): boolean {
  return /^(?:GET|HEAD)$/i.test(method) || new Headers(headers).has('idempotency-key');
}

/** What the server asks to wait; ms. */
function waitOf(response: Response | undefined): number | undefined {
  const text = response?.headers.get('retry-after') ?? '';
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1_000;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now());
}

function originOf(input: Parameters<typeof fetch>[0]): string {
  const url = typeof input === 'string' ? input : 'url' in input ? input.url : input.href;
  return new URL(url).origin;
}

/** Resolves after `ms`; rejects as soon as the signal is aborted. */
export function pause(ms: number, signal?: AbortSignal | null): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
