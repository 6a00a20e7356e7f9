import { Hono } from 'hono';
import { validator } from 'hono-openapi';
import type { z } from 'zod';
import type { SagaFilter } from '../core/store.ts';
import type { Api, ApiEnv } from './api.ts';
import { toCursorText } from './cursor.ts';
import { operation } from './operation.ts';
import { refuse } from './refuse.ts';
import { toSummaryBody } from './representation.ts';
import { ListQuery, toInstant } from './request-schemas.ts';
import { SagaListBody } from './saga-schemas.ts';

const summary = 'Sagas that match, newest first';

/** `GET /v1/sagas` */
export function listRoutes({ orchestrator, tenant, now }: Api) {
  return new Hono<ApiEnv>().get(
    '/',
    operation({ summary, tag: 'sagas', answers: { 200: SagaListBody }, problems: [422, 503] }),
    validator('query', ListQuery, refuse),
    async (c) => {
      const { cursor, limit, ...query } = c.req.valid('query');
      const position = cursor === undefined ? { limit } : { limit, after: cursor };
      const { items, next } = await orchestrator.list({ tenant, ...toFilter(query, now()) }, position);
      const nextCursor = next === null ? null : toCursorText(next);
      return c.json({ items: items.map(toSummaryBody), nextCursor }, 200);
    },
  );
}

function toFilter(
  query: Omit<z.output<typeof ListQuery>, 'cursor' | 'limit'>,
  now: number,
): Partial<SagaFilter> {
  const { since, until, ...filter } = query;
  return {
    ...filter,
    ...(since === undefined ? {} : { since: toInstant(since, now) }),
    ...(until === undefined ? {} : { until: toInstant(until, now) }),
  };
}
