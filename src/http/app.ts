import { openAPIRouteHandler } from 'hono-openapi';
import { ChartSheets } from '../chart/index.ts';
import { silentLogger } from '../core/logger.ts';
import type { Orchestrator } from '../runtime/orchestrator.ts';
import { actionRoutes } from './actions.ts';
import type { Api, ConformanceSource } from './api.ts';
import { type BaseOptions, createBaseApp } from './base-app.ts';
import { auditRoutes } from './audit.ts';
import { abortBatchRoutes, batchRoutes, startBatchRoutes } from './batches.ts';
import { definitionTextRoutes, sagaTextRoutes } from './chart-texts.ts';
import { definitionChartRoutes, sagaChartRoutes } from './charts.ts';
import { definitionProofRoutes } from './definition-proof.ts';
import { definitionRoutes, machineRoutes } from './definitions.ts';
import { deletionRoutes } from './deletion.ts';
import { type InspectOptions, inspectSocketRoutes } from './inspect-socket.ts';
import { inspectionRoutes } from './inspection.ts';
import { type MetricsText, metricsRoutes } from './metrics.ts';
import { pageFromRoot, type PageOptions, pageRoutes } from './page.ts';
import { participantRoutes } from './participants.ts';
import { errorRoutes } from './errors.ts';
import { publicRoute } from './access.ts';
import { createStreamLimit } from './rate-limits.ts';
import { republishRoutes } from './republish.ts';
import { oneSagaRoutes, pastRoutes } from './saga.ts';
import { listRoutes } from './sagas.ts';
import { startRoutes } from './start.ts';
import { statsRoutes } from './stats.ts';
import { previewRoutes, steeringRoutes } from './steering.ts';
import { streamRoutes } from './stream.ts';
import { systemRoutes } from './system.ts';
import { unknownRoute } from './unknown-route.ts';
import { proofRoutes } from './proof.ts';

/** What the HTTP API is made of. */
export interface AppOptions extends BaseOptions {
  readonly orchestrator: Orchestrator;
  /** What `/metrics` answers. */
  readonly metrics?: MetricsText;
  /** What `/v1/stats` says of sagas that do not conform to their journals; nothing when left out. */
  readonly conformance?: ConformanceSource | undefined;
  /** Lets inspectors of XState 4 on this machine look at sagas; not at all when left out. */
  readonly inspect?: InspectOptions;
  /** How the page at `/ui/` is served. */
  readonly page?: PageOptions;
}

/** The app's routes as a type, for Hono's typed client: `hc<AppType>(url)`. */
export type AppType = ReturnType<typeof createApp>;

/**
 * The HTTP API over an orchestrator, as a Hono app: serve its `fetch` with any server, or mount it in another app. It
 * holds nothing that would have to be closed.
 */
export function createApp({ orchestrator, metrics, conformance, inspect, page, ...options }: AppOptions) {
  const { logger = silentLogger, now = () => Date.now() } = options;
  const api: Api = { orchestrator, conformance, logger, now };
  const sheets = new ChartSheets();
  const app = createBaseApp(options)
    .use('/', pageFromRoot)
    .route('/v1/sagas', startRoutes(api))
    .route('/v1/sagas', listRoutes(api))
    .route('/v1/sagas', oneSagaRoutes(api))
    .route('/v1/sagas', pastRoutes(api))
    .route('/v1/sagas', sagaChartRoutes(api, { sheets, redact: options.redact }))
    .route('/v1/sagas', sagaTextRoutes(api))
    .route('/v1/sagas', proofRoutes(api, { redact: options.redact }))
    .route('/v1/sagas', inspectionRoutes(api))
    .route('/v1/sagas', deletionRoutes(api))
    .route('/v1/sagas', actionRoutes(api))
    .route('/v1/sagas', steeringRoutes(api))
    .route('/v1/sagas', previewRoutes(api))
    .route('/v1/definitions', definitionRoutes(api))
    .route('/v1/definitions', machineRoutes(api))
    .route('/v1/definitions', definitionChartRoutes(api, sheets))
    .route('/v1/definitions', definitionTextRoutes(api))
    .route('/v1/definitions', definitionProofRoutes(api))
    .route('/v1/errors', errorRoutes(api))
    .route('/v1/audit', auditRoutes(api))
    .route('/v1/batches', startBatchRoutes(api))
    .route('/v1/batches', batchRoutes(api))
    .route('/v1/batches', abortBatchRoutes(api))
    .route('/v1/stats', statsRoutes(api))
    .route('/v1/republish', republishRoutes(api))
    .route('/v1/stream', streamRoutes(api, createStreamLimit(options.rateLimits)))
    .route('/', systemRoutes(api))
    .route('/v1/participants', participantRoutes(api))
    .route('/v1/inspect', inspectSocketRoutes(api, { inspect, redact: options.redact }))
    .route('/', metricsRoutes(metrics))
    .route('/ui', pageRoutes(page));
  app.notFound((c) => unknownRoute(c, app));
  app.get(
    '/openapi.json',
    publicRoute(),
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
  components: {
    securitySchemes: {
      bearer: { type: 'http' as const, scheme: 'bearer', description: 'An API token, or a JWT.' },
    },
  },
  tags: [{ name: 'sagas' }, { name: 'actions' }, { name: 'definitions' }, { name: 'system' }],
};
