import { Hono, type MiddlewareHandler } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { requestId } from 'hono/request-id';
import { secureHeaders } from 'hono/secure-headers';
import { openAPIRouteHandler } from 'hono-openapi';
import { type Logger, silentLogger } from '../core/logger.ts';
import type { Orchestrator } from '../runtime/orchestrator.ts';
import { defaultTenant } from '../runtime/orchestrator-options.ts';
import { actionRoutes } from './actions.ts';
import type { Api, ApiEnv } from './api.ts';
import { definitionRoutes, machineRoutes } from './definitions.ts';
import { HttpProblem, problemResponse, toProblem } from './problem.ts';
import { jsonBody } from './request-body.ts';
import { oneSagaRoutes, pastRoutes } from './saga.ts';
import { listRoutes } from './sagas.ts';
import { startRoutes } from './start.ts';
import { systemRoutes } from './system.ts';
import { unknownRoute } from './unknown-route.ts';

/** What the HTTP API is made of. */
export interface AppOptions {
  readonly orchestrator: Orchestrator;
  /** Whose sagas it shows and starts; the default tenant's when left out. */
  readonly tenant?: string;
  /** Told of every request that failed for a reason of the server's. */
  readonly logger?: Logger;
  /** The largest body that is read; bytes. Default 256 KiB. */
  readonly maxBodyBytes?: number;
  /** ms since the epoch; what `since=1h` is counted from. */
  readonly now?: () => number;
}

/** The app's routes as a type, for Hono's typed client: `hc<AppType>(url)`. */
export type AppType = ReturnType<typeof createApp>;

/**
 * The HTTP API over an orchestrator, as a Hono app: serve its `fetch` with any server, or mount it in another app. It
 * holds nothing that would have to be closed.
 */
export function createApp({
  orchestrator,
  tenant = defaultTenant,
  logger = silentLogger,
  maxBodyBytes = 256 * 1024,
  now = () => Date.now(),
}: AppOptions) {
  const api: Api = { orchestrator, tenant, logger, now };
  const base = new Hono<ApiEnv>().use(requestId(), secureHeaders(), sameSite, jsonBody(maxBodyBytes));
  base.onError((error, c) => {
    const problem = toProblem(error instanceof HTTPException ? toHttpProblem(error) : error);
    if (problem.status >= 500)
      logger.error(
        { err: error, requestId: c.get('requestId'), method: c.req.method, path: c.req.path },
        'a request failed',
      );
    return problemResponse(c, problem);
  });
  const app = base
    .route('/v1/sagas', startRoutes(api))
    .route('/v1/sagas', listRoutes(api))
    .route('/v1/sagas', oneSagaRoutes(api))
    .route('/v1/sagas', pastRoutes(api))
    .route('/v1/sagas', actionRoutes(api))
    .route('/v1/definitions', definitionRoutes(api))
    .route('/v1/definitions', machineRoutes(api))
    .route('/', systemRoutes(api));
  app.notFound((c) => unknownRoute(c, app));
  app.get(
    '/openapi.json',
    openAPIRouteHandler(app, {
      documentation,
      excludeStaticFile: false,
      defaultValidationErrorResponse: false,
    }),
  );
  return app;
}

const documentation = {
  info: { title: 'sagachart', version: '1', description: 'Start sagas, look at them, act on them.' },
  tags: [{ name: 'sagas' }, { name: 'actions' }, { name: 'definitions' }, { name: 'system' }],
};

/** Another site's page must not act through the browser of somebody who can reach this API. */
const sameSite: MiddlewareHandler<ApiEnv> = async (c, next) => {
  const site = c.req.header('sec-fetch-site');
  const isSafe = c.req.method === 'GET' || c.req.method === 'HEAD';
  if (!isSafe && (site === 'cross-site' || site === 'same-site')) {
    throw new HttpProblem({
      status: 403,
      code: 'cross_site',
      detail: 'Pages of other sites may not do this.',
    });
  }
  await next();
};

/** Hono's own refusals, which all are about the request's body. */
function toHttpProblem({ message }: HTTPException): HttpProblem {
  return new HttpProblem({ status: 400, code: 'bad_request', detail: message });
}
