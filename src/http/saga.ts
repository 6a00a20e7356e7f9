import { Hono } from 'hono';
import { validator } from 'hono-openapi';
import type { Api, ApiEnv } from './api.ts';
import { isNotModified, toEntityTag } from './entity-tag.ts';
import { longPoll } from './long-poll.ts';
import { operation } from './operation.ts';
import { refuse } from './refuse.ts';
import { toEntryBody, toSagaBody } from './representation.ts';
import { HistoryQuery, SagaParams, SnapshotQuery } from './request-schemas.ts';
import { HistoryBody, SagaBody, SnapshotBody } from './saga-schemas.ts';

/** `GET /v1/sagas/:id`: one saga as it is now. */
export function oneSagaRoutes({ orchestrator }: Api) {
  return new Hono<ApiEnv>().get(
    '/:id',
    operation({
      summary: 'One saga, with its steps and what can happen next',
      tag: 'sagas',
      role: 'viewer',
      answers: { 200: SagaBody },
      problems: [404, 503],
    }),
    validator('param', SagaParams, refuse),
    async (c) => {
      const { tenant } = c.var.caller;
      const body = toSagaBody(await orchestrator.get(c.req.valid('param').id, { tenant }));
      c.header('ETag', toEntityTag(body.version));
      c.header('Cache-Control', 'no-cache');
      if (isNotModified(c.req.header('if-none-match'), body.version)) return c.body(null, 304);
      return c.json(body, 200);
    },
  );
}

/** `GET /v1/sagas/:id/…`: what was: journal and snapshots. */
export function pastRoutes({ orchestrator }: Api) {
  return new Hono<ApiEnv>()
    .get(
      '/:id/history',
      operation({
        summary: 'The saga’s journal, oldest first',
        tag: 'sagas',
        role: 'viewer',
        answers: { 200: HistoryBody },
        problems: [404, 422, 503],
      }),
      validator('param', SagaParams, refuse),
      validator('query', HistoryQuery, refuse),
      async (c) => {
        const { after, limit, wait = 0 } = c.req.valid('query');
        const { tenant } = c.var.caller;
        const { id } = c.req.valid('param');
        const read = () => orchestrator.history(id, { tenant, after, limit: limit + 1 });
        const isClosed = async () => (await orchestrator.get(id, { tenant })).closedAt !== null;
        // Closed first: what it was closed with is then found, too.
        const look = async () => ({ isOver: wait > 0 && (await isClosed()), rows: await read() });
        const { rows } = await longPoll(look, {
          timeout: wait,
          signal: c.req.raw.signal,
          isEnough: (found) => found.isOver || found.rows.length > 0,
        });
        const items = rows.slice(0, limit).map(toEntryBody);
        return c.json({ items, nextAfter: rows.length > limit ? (items.at(-1)?.seq ?? null) : null }, 200);
      },
    )
    .get(
      '/:id/snapshot',
      operation({
        summary: 'The stored snapshot, now or after a position of the journal',
        tag: 'sagas',
        role: 'viewer',
        answers: { 200: SnapshotBody },
        problems: [404, 422, 503],
      }),
      validator('param', SagaParams, refuse),
      validator('query', SnapshotQuery, refuse),
      async (c) =>
        c.json(
          await orchestrator.snapshot(c.req.valid('param').id, {
            tenant: c.var.caller.tenant,
            ...c.req.valid('query'),
          }),
          200,
        ),
    );
}
