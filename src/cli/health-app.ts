import { Hono } from 'hono';
import type { Health } from '../runtime/orchestrator-options.ts';

/** `/healthz` and `/readyz` for a process that serves nothing else. */
export function createHealthApp(health: () => Health): Hono {
  return new Hono()
    .get('/healthz', (c) => c.json({ status: 'ok' }))
    .get('/readyz', (c) => {
      const state = health();
      return c.json(state, state.isReady ? 200 : 503);
    });
}
