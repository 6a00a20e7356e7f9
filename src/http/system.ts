import { Hono } from 'hono';
import type { Api, ApiEnv } from './api.ts';
import { operation } from './operation.ts';
import { HttpProblem } from './problem.ts';
import { statuses } from './saga-schemas.ts';
import { HealthBody, IndexBody, LiveBody, StatsBody } from './system-schemas.ts';

const links = {
  sagas: '/v1/sagas',
  definitions: '/v1/definitions',
  stats: '/v1/stats',
  openapi: '/openapi.json',
  live: '/healthz',
  ready: '/readyz',
};

/** What is not about one saga: figures, health, where things are. */
export function systemRoutes({ orchestrator, tenant }: Api) {
  return new Hono<ApiEnv>()
    .get(
      '/',
      operation({ summary: 'Where things are', tag: 'system', answers: { 200: IndexBody }, problems: [] }),
      (c) => c.json({ name: 'sagachart', links }, 200),
    )
    .get(
      '/v1/stats',
      operation({
        summary: 'How many sagas there are by status, and what this process does',
        tag: 'system',
        answers: { 200: StatsBody },
        problems: [503],
      }),
      async (c) => {
        const found = await orchestrator.counts(tenant);
        const counts = Object.fromEntries(statuses.map((status) => [status, found[status] ?? 0]));
        return c.json({ counts, metrics: orchestrator.metrics() }, 200);
      },
    )
    .get(
      '/healthz',
      operation({ summary: 'The process lives', tag: 'system', answers: { 200: LiveBody }, problems: [] }),
      (c) => c.json({ status: 'ok' as const }, 200),
    )
    .get(
      '/readyz',
      operation({
        summary: 'Whether this node can do its work',
        tag: 'system',
        answers: { 200: HealthBody },
        problems: [503],
      }),
      (c) => {
        const { isReady, store, transport, lease, isClosing } = orchestrator.health();
        const parts = { isReady, store, transport, lease, isClosing };
        if (!isReady)
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
