import { signal } from '@preact/signals';

/** Where the API's token is kept: as long as the tab lives, and out of URLs. */
const storageKey = 'sagachart.token';

/** The API asks who is there. */
export const isTokenWanted = signal(false);

/** The last request reached nobody. */
export const isOffline = signal(false);

/** An answer that is none: what the API said instead (RFC 9457), or that it could not be reached (status 0). */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  /** What an operator may do instead. */
  readonly legal: readonly string[];

  constructor(status: number, body: Partial<ProblemBody>) {
    const details = (body.errors ?? []).map(({ path, message }) => `${path}: ${message}`);
    super([body.detail ?? body.title ?? `The server answered ${status}.`, ...details].join('\n'));
    this.status = status;
    this.code = body.code ?? '';
    this.legal = body.legal ?? [];
  }
}

interface ProblemBody {
  readonly title: string;
  readonly detail: string;
  readonly code: string;
  readonly legal: readonly string[];
  readonly errors: readonly { readonly path: string; readonly message: string }[];
}

/** What goes with a request. */
export interface RequestOptions {
  readonly method?: 'GET' | 'POST';
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** Asks the API. Throws `Problem`. */
export async function request(path: string, options: RequestOptions = {}): Promise<Response> {
  const { method = 'GET', body, signal: abort } = options;
  const token = readToken();
  const headers = {
    ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    ...(token === '' ? {} : { Authorization: `Bearer ${token}` }),
    ...options.headers,
  };
  const init = { method, headers, signal: abort ?? null };
  const response = await fetch(
    path,
    body === undefined ? init : { ...init, body: JSON.stringify(body) },
  ).catch((error: unknown) => {
    if (abort?.aborted === true) throw error;
    isOffline.value = true;
    throw new Problem(0, { detail: 'The server cannot be reached.' });
  });
  isOffline.value = false;
  if (response.ok) return response;
  if (response.status === 401) isTokenWanted.value = true;
  throw new Problem(response.status, await readProblem(response));
}

/** Asks the API for JSON. Throws `Problem`. */
export async function requestJson<Body>(path: string, options: RequestOptions = {}): Promise<Body> {
  return (await (await request(path, options)).json()) as Body;
}

/** Whom the API is told that asks. */
export function setToken(token: string): void {
  sessionStorage.setItem(storageKey, token);
  isTokenWanted.value = false;
}

/** Whether there is one. */
export function hasToken(): boolean {
  return readToken() !== '';
}

/** Forgets whom the API was told, and everything that was shown to them. */
export function forgetToken(): void {
  sessionStorage.removeItem(storageKey);
  window.location.reload();
}

function readToken(): string {
  return sessionStorage.getItem(storageKey) ?? '';
}

async function readProblem(response: Response): Promise<Partial<ProblemBody>> {
  return (await response.json().catch(() => ({}))) as Partial<ProblemBody>;
}
