import { type ClientResponse, hc } from 'hono/client';
import type { AppType } from '../http/app.ts';
import { type FollowOptions, followMoves, type MoveSource, type SagaMove } from './follow.ts';
import { defaultRetry, retryingFetch, type RetryOptions } from './retrying-fetch.ts';

/** Where the API is, and who asks. */
export interface ClientOptions {
  /** Of a node: `http://127.0.0.1:7411`. */
  readonly url: string;
  /** An API token or a JWT; asked for at each request, where it is a function: tokens end. */
  readonly token?: string | (() => string | Promise<string>);
  /** The tenant, where the token leaves a choice. */
  readonly tenant?: string;
  readonly retry?: Partial<RetryOptions>;
  /** The global `fetch` when left out. */
  readonly fetch?: typeof fetch;
}

/** Every route of the API with its types, as Hono's client has them: `routes.v1.sagas[':id'].$get({ param: { id } })`. */
export type Routes = ReturnType<typeof hc<AppType>>;

type Sagas = Routes['v1']['sagas'];
type BodyOf<Method extends (...args: never[]) => unknown, Status extends number> =
  Extract<Awaited<ReturnType<Method>>, { readonly status: Status }> extends ClientResponse<infer Body>
    ? Body
    : never;

/** A saga with everything there is to say about it now. */
export type SagaJson = BodyOf<Sagas[':id']['$get'], 200>;

/** A saga that was started, or had been started by the same request. */
export type SagaStartedJson = BodyOf<Sagas['$post'], 200 | 201>;

/** What starts a saga. */
export type StartJson = Parameters<Sagas['$post']>[0]['json'];

/** How to start a saga. */
export interface StartOptions extends Omit<StartJson, 'name' | 'input'> {
  /** The same key with the same request answers the same saga; a new one when left out, so that it can be sent again. */
  readonly idempotencyKey?: string;
}

/** How long to wait for a saga; ms. */
export interface SettledOptions {
  /** Default 60,000. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
}

/** A client of the API of a node. Whatever is no success is thrown: the engine's errors, or `ProblemError`. */
export interface SagaClient {
  /** Every route. */
  readonly routes: Routes;
  /** Starts a saga. Throws `ValidationError`, `NotFoundError` (no such definition), `ConflictError` (id or key taken). */
  start(name: string, input: StartJson['input'], options?: StartOptions): Promise<SagaStartedJson>;
  /** One saga. Throws `NotFoundError`. */
  get(id: string): Promise<SagaJson>;
  /** The saga once it is settled (closed or parked), or as it is after `timeout`. Throws `NotFoundError`. */
  settled(id: string, options?: SettledOptions): Promise<SagaJson>;
  /** Each move of a saga once, in order, until it is closed; goes on by itself where a connection breaks. */
  follow(id: string, options?: FollowOptions): AsyncIterable<SagaMove>;
}

/** The longest that one request waits for news; ms. */
const longestWait = 20_000;

/** A client of the API at `url`. It holds nothing that would have to be closed. */
export function createClient(options: ClientOptions): SagaClient {
  const base = options.url.replace(/\/+$/, '');
  const send = retryingFetch(options.fetch ?? fetch, { ...defaultRetry, ...options.retry });
  const headers = () => toHeaders(options);
  const routes = hc<AppType>(base, { headers, fetch: send });
  const sagas = routes.v1.sagas;
  const get = async (id: string) => {
    const response = await sagas[':id'].$get({ param: { id } });
    return (await response.json()) as SagaJson;
  };
  return {
    routes,
    get,
    start: async (name, input, { idempotencyKey = crypto.randomUUID(), ...start } = {}) => {
      const header = { 'idempotency-key': idempotencyKey };
      const response = await sagas.$post({ header, query: {}, json: { name, input, ...start } });
      return (await response.json()) as SagaStartedJson;
    },
    settled: (id, { timeout = 60_000, signal } = {}) =>
      waitUntilSettled(routes, { id, get: () => get(id), timeout, signal }),
    follow: (id, follow = {}) => followMoves(toSource({ routes, send, headers, base, id }, follow), follow),
  };
}

async function toHeaders({ token, tenant }: ClientOptions): Promise<Record<string, string>> {
  const shown = typeof token === 'function' ? await token() : token;
  return {
    ...(shown === undefined ? {} : { Authorization: `Bearer ${shown}` }),
    ...(tenant === undefined ? {} : { 'Saga-Tenant': tenant }),
  };
}

interface Waiting {
  readonly id: string;
  readonly get: () => Promise<SagaJson>;
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
}

async function waitUntilSettled(routes: Routes, { id, get, timeout, signal }: Waiting): Promise<SagaJson> {
  const end = performance.now() + timeout;
  for (;;) {
    const saga = await get();
    const left = Math.ceil(end - performance.now());
    if (saga.closedAt !== null || saga.status === 'failed' || left <= 0) return saga;
    await readMoves(routes, { id, after: saga.version, wait: Math.min(left, longestWait), signal });
  }
}

interface Served {
  readonly routes: Routes;
  readonly send: typeof fetch;
  readonly headers: () => Promise<Record<string, string>>;
  readonly base: string;
  readonly id: string;
}

function toSource({ routes, send, headers, base, id }: Served, { signal }: FollowOptions): MoveSource {
  return {
    journal: (after, { wait }) => readMoves(routes, { id, after, wait: wait ? longestWait : 0, signal }),
    stream: async (lastEventId) => {
      const resume: Record<string, string> = lastEventId === '' ? {} : { 'Last-Event-ID': lastEventId };
      const accept = { Accept: 'text/event-stream' };
      const response = await send(`${base}/v1/stream?sagaId=${encodeURIComponent(id)}`, {
        headers: { ...(await headers()), ...accept, ...resume },
        ...(signal === undefined ? {} : { signal }),
      });
      return response.body ?? new ReadableStream();
    },
  };
}

async function readMoves(
  routes: Routes,
  {
    id,
    after,
    wait,
    signal,
  }: Pick<Waiting, 'id' | 'signal'> & { readonly after: number; readonly wait: number },
): Promise<readonly SagaMove[]> {
  const response = await routes.v1.sagas[':id'].history.$get(
    { param: { id }, query: { after: String(after), ...(wait > 0 ? { wait: `${wait}ms` } : {}) } },
    signal === undefined ? {} : { init: { signal } },
  );
  return (await response.json()).items;
}
