import { didAbort, toApiProblem, toUnreachable } from './api-problem.ts';
import { CliError } from './exit-code.ts';

/** Parameters of a query; several values repeat the name, `undefined` leaves it out. */
export type Query = Readonly<Record<string, string | number | readonly string[] | undefined>>;

/** A request with a body. */
export interface PostOptions {
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** The HTTP API of a node. Every call throws `CliError` with the reason the process should end with. */
export interface Api {
  readonly url: string;
  get<Body>(path: string, query?: Query): Promise<Body>;
  /** A text, such as a chart. */
  text(path: string): Promise<string>;
  post<Body>(path: string, options: PostOptions): Promise<Body>;
}

/** Where the API is, who asks, and how long an answer may take; ms. */
export interface ApiOptions {
  readonly url: string;
  /** Sent as `Authorization: Bearer`. */
  readonly token?: string | undefined;
  /** Sent as `Saga-Tenant`. */
  readonly tenant?: string | undefined;
  readonly timeout?: number;
}

/** A client of the API at `url`. A user and password in the URL are sent as Basic authentication, for a proxy that asks, unless there is a token. */
export function createApi({ url, timeout = 30_000, token, tenant }: ApiOptions): Api {
  const { base, headers: ofUrl } = toBase(url);
  const headers = {
    ...ofUrl,
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(tenant === undefined ? {} : { 'saga-tenant': tenant }),
  };
  const send = async (
    path: string,
    init: Omit<RequestInit, 'headers'> & { readonly headers?: Readonly<Record<string, string>> } = {},
  ): Promise<Response> => {
    try {
      const response = await fetch(`${base}${path}`, {
        ...init,
        headers: { ...headers, ...init.headers },
        signal: AbortSignal.timeout(timeout),
      });
      if (!response.ok) throw await toApiProblem(base, response);
      return response;
    } catch (error) {
      throw toCliError(error, base, timeout);
    }
  };
  const read = async <Body>(response: Response): Promise<Body> =>
    parse(base, await readText(response, base, timeout)) as Body;
  return {
    url: base,
    get: async (path, query = {}) => read(await send(`${path}${toSearch(query)}`)),
    text: async (path) => readText(await send(path), base, timeout),
    post: async (path, options) =>
      read(
        await send(path, {
          method: 'POST',
          body: JSON.stringify(options.body),
          headers: { 'content-type': 'application/json', ...options.headers },
        }),
      ),
  };
}

/** The path of a saga. Throws `CliError` for what cannot be an id: it would lead elsewhere. */
export function sagaPath(id: string): string {
  if (/^[A-Za-z0-9_-]{1,128}$/.test(id)) return `/v1/sagas/${id}`;
  throw new CliError(
    'usage',
    `${JSON.stringify(id)} is no saga's id: those have 1 to 128 letters, digits, _ or -`,
  );
}

function toBase(url: string): { readonly base: string; readonly headers: Record<string, string> } {
  const { username, password, origin, pathname } = new URL(url);
  const base = `${origin}${pathname.replace(/\/+$/, '')}`;
  if (username === '') return { base, headers: {} };
  const credentials = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString(
    'base64',
  );
  return { base, headers: { authorization: `Basic ${credentials}` } };
}

function toSearch(query: Query): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    [value ?? []].flat().map((one): [string, string] => [name, String(one)]),
  );
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs).toString()}`;
}

async function readText(response: Response, base: string, timeout: number): Promise<string> {
  try {
    return await response.text();
  } catch (error) {
    throw toCliError(error, base, timeout);
  }
}

function parse(base: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CliError(
      'unreachable',
      `what answers at ${base} is not the API of sagachart: its answer is no JSON`,
      { cause: error },
    );
  }
}

function toCliError(error: unknown, base: string, timeout: number): CliError {
  if (error instanceof CliError) return error;
  if (didAbort(error))
    return new CliError('timeout', `${base} did not answer within ${timeout} ms`, { cause: error });
  return toUnreachable(base, error);
}
