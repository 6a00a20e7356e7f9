import { Hono } from 'hono';
import type { MetricsText } from '../http/metrics.ts';
import { problemResponse } from '../http/problem.ts';
import type { Health } from '../runtime/orchestrator-options.ts';

/** `/healthz`, `/readyz` and `/metrics` by themselves, for those who watch over a process: they ask nobody who they are. */
export function createHealthApp({
  health,
  metrics,
}: {
  readonly health: () => Health;
  readonly metrics: MetricsText;
}): Hono {
  return new Hono()
    .get('/healthz', (c) => c.json({ status: 'ok' }))
    .get('/readyz', (c) => {
      const state = health();
      return c.json(state, state.isReady ? 200 : 503);
    })
    .get('/metrics', async (c) => c.text(await metrics.text(), 200, { 'Content-Type': metrics.contentType }))
    .notFound((c) =>
      problemResponse(c, {
        status: 404,
        code: 'not_found',
        detail: 'There are /healthz, /readyz and /metrics here.',
      }),
    );
}
