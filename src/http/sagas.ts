import { Hono } from 'hono';
import { validator } from 'hono-openapi';
import type { SagaFilter, SagaStatus, SagaTally } from '../core/store.ts';
import type { Api, ApiEnv } from './api.ts';
import { toCursorText } from './cursor.ts';
import { ListQuery, toFilter } from './list-query.ts';
import { operation } from './operation.ts';
import { refuse } from './refuse.ts';
import { toSummaryBody } from './representation.ts';
import { SagaListBody, statuses } from './saga-schemas.ts';

const summary = 'Sagas that match, newest first, and how many there are of them by status';

/** `GET /v1/sagas` */
export function listRoutes({ orchestrator, now }: Api) {
  return new Hono<ApiEnv>().get(
    '/',
    operation({
      summary,
      tag: 'sagas',
      role: 'viewer',
      answers: { 200: SagaListBody },
      problems: [422, 503],
    }),
    validator('query', ListQuery, refuse),
    async (c) => {
      const { cursor, limit, ...query } = c.req.valid('query');
      const { tenant } = c.var.caller;
      const filter = toFilter(query, now());
      const position = cursor === undefined ? { limit } : { limit, after: cursor };
      const isCounted = cursor === undefined && isTallied(filter);
      const [{ items, next }, tallies] = await Promise.all([
        orchestrator.list({ ...filter, tenant }, position),
        isCounted ? orchestrator.reports.tallies(tenant) : undefined,
      ]);
      const page = { sagas: items.map(toSummaryBody), next: next === null ? null : toCursorText(next) };
      const body = tallies === undefined ? page : { ...page, counts: toCounts(tallies, filter) };
      return c.json(body, 200);
    },
  );
}

/** Whether sagas are counted by everything that a filter asks for. */
function isTallied(filter: Omit<SagaFilter, 'tenant'>): boolean {
  const counted = ['status', 'name', 'version', 'error', 'overridden'];
  return Object.keys(filter).every((name) => counted.includes(name));
}

function toCounts(
  tallies: readonly SagaTally[],
  { name, version, error, overridden }: Omit<SagaFilter, 'tenant'>,
): Record<SagaStatus, number> {
  const counts = Object.fromEntries(statuses.map((status) => [status, 0])) as Record<SagaStatus, number>;
  for (const tally of tallies) {
    const isMeant =
      (name === undefined || tally.name === name) &&
      (version === undefined || tally.version === version) &&
      (error === undefined || tally.error?.code === error) &&
      (overridden === undefined || tally.isOverridden === overridden);
    if (isMeant) counts[tally.status] += tally.count;
  }
  return counts;
}
