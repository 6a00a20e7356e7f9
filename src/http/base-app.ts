import { Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { requestId } from 'hono/request-id';
import { type Logger, silentLogger } from '../core/logger.ts';
import type { ApiEnv } from './api.ts';
import { HttpProblem, problemResponse, toProblem } from './problem.ts';
import { jsonBody } from './request-body.ts';
import { guard, type SecurityOptions } from './security.ts';
import { browserHeaders } from './security-headers.ts';
import { sizeLimits } from './security-limits.ts';
import { onlyHosts, sameOrigin } from './security-origin.ts';

/** What holds for every route. */
export interface BaseOptions extends SecurityOptions {
  /** Told of every request that failed for a reason of the server's. */
  readonly logger?: Logger;
  /** The largest body that is read; bytes. Default 256 KiB. */
  readonly maxBodyBytes?: number;
  /**
   * Under which names it answers (`Host`): without `auth` those of this machine when left out, else any. `any` is for an app
   * behind another one that checks who asks.
   */
  readonly hosts?: 'any' | 'loopback' | readonly string[];
  /** ms since the epoch; what `since=1h` is counted from. */
  readonly now?: () => number;
}

/** An app without routes. What a request costs to look at comes last: who asks is known before the body is read. */
export function createBaseApp({
  logger = silentLogger,
  maxBodyBytes = 256 * 1024,
  now = () => Date.now(),
  hosts,
  ...security
}: BaseOptions): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>().use(
    requestId(),
    ...browserHeaders(),
    sizeLimits,
    onlyHosts(hosts ?? (security.auth === undefined ? 'loopback' : 'any')),
    sameOrigin,
    guard({ ...security, logger, now }),
    jsonBody(maxBodyBytes),
  );
  return app.onError((error, c) => {
    const problem = toProblem(error instanceof HTTPException ? toHttpProblem(error) : error);
    if (problem.status >= 500)
      logger.error(
        { err: error, requestId: c.get('requestId'), method: c.req.method, path: c.req.path },
        'a request failed',
      );
    return problemResponse(c, problem);
  });
}

/** Hono's own refusals, which all are about the request's body. */
function toHttpProblem({ message }: HTTPException): HttpProblem {
  return new HttpProblem({ status: 400, code: 'bad_request', detail: message });
}
