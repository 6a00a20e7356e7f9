import { Hono } from 'hono';
import { validator } from 'hono-openapi';
import type { Api, ApiEnv } from './api.ts';
import { ErrorQuery } from './list-query.ts';
import { operation } from './operation.ts';
import { refuse } from './refuse.ts';
import { ErrorListBody } from './report-schemas.ts';
import { toInstant } from './request-schemas.ts';

/** `GET /v1/errors` */
export function errorRoutes({ orchestrator, now }: Api) {
  return new Hono<ApiEnv>().get(
    '/',
    operation({
      summary: 'The faults that sagas have now, by definition, step, command and code; the commonest first',
      tag: 'sagas',
      role: 'viewer',
      answers: { 200: ErrorListBody },
      problems: [422, 503],
    }),
    validator('query', ErrorQuery, refuse),
    async (c) => {
      const { since, ...query } = c.req.valid('query');
      const { tenant } = c.var.caller;
      const span = since === undefined ? {} : { since: toInstant(since, now()) };
      const groups = await orchestrator.reports.faults({ ...query, ...span, tenant });
      const errors = groups.map(({ firstAt, lastAt, sagaIds, ...group }) => ({
        ...group,
        firstAt: new Date(firstAt).toISOString(),
        lastAt: new Date(lastAt).toISOString(),
        sagaIds: [...sagaIds],
      }));
      return c.json({ errors }, 200);
    },
  );
}
