import { Hono } from 'hono';
import type { ApiEnv } from './api.ts';
import { operation } from './operation.ts';
import { HttpProblem } from './problem.ts';

/** Metrics as a text that a scraper reads; `EngineMetrics` is one. */
export interface MetricsText {
  readonly contentType: string;
  text(): Promise<string>;
}

/** `GET /metrics`. They tell of all tenants at once. */
export function metricsRoutes(metrics: MetricsText | undefined) {
  return new Hono<ApiEnv>().get(
    '/metrics',
    operation({
      summary: 'Metrics, as Prometheus reads them',
      tag: 'system',
      role: 'viewer',
      reach: 'node',
      answers: { 200: 'text/plain' },
      problems: [404],
    }),
    async (c) => {
      if (metrics === undefined)
        throw new HttpProblem({ status: 404, code: 'no_metrics', detail: 'No metrics are collected here.' });
      return c.text(await metrics.text(), 200, { 'Content-Type': metrics.contentType });
    },
  );
}
