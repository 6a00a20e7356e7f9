import { Hono } from 'hono';
import type { Api, ApiEnv } from './api.ts';
import { operation } from './operation.ts';
import { HttpProblem } from './problem.ts';
import { HealthBody, IndexBody, LiveBody } from './system-schemas.ts';

const links = {
  page: '/ui/',
  sagas: '/v1/sagas',
  definitions: '/v1/definitions',
  errors: '/v1/errors',
  batches: '/v1/batches',
  audit: '/v1/audit',
  stats: '/v1/stats',
  stream: '/v1/stream',
  openapi: '/openapi.json',
  live: '/healthz',
  ready: '/readyz',
};

/** What is not about sagas: health, where things are. */
export function systemRoutes(api: Api) {
  return new Hono<ApiEnv>()
    .get(
      '/',
      operation({
        summary: 'Where things are',
        tag: 'system',
        role: 'public',
        answers: { 200: IndexBody },
        problems: [],
      }),
      (c) => c.json({ name: 'sagachart', links }, 200),
    )
    .route('/', healthRoutes(api));
}

function healthRoutes({ orchestrator }: Api) {
  return new Hono<ApiEnv>()
    .get(
      '/healthz',
      operation({
        summary: 'The process lives',
        tag: 'system',
        role: 'public',
        answers: { 200: LiveBody },
        problems: [],
      }),
      (c) => c.json({ status: 'ok' as const }, 200),
    )
    .get(
      '/readyz',
      operation({
        summary: 'Whether this node can do its work',
        tag: 'system',
        role: 'public',
        answers: { 200: HealthBody },
        problems: [503],
      }),
      (c) => {
        const { unrunnable, ...health } = orchestrator.health();
        // Names and numbers of all tenants' sagas.
        const parts = c.var.caller.reach === 'node' ? { ...health, unrunnable: [...unrunnable] } : health;
        if (!health.isReady)
          throw new HttpProblem({
            status: 503,
            code: 'not_ready',
            detail: 'This node cannot do its work just now.',
            members: parts,
          });
        return c.json(parts, 200);
      },
    );
}
