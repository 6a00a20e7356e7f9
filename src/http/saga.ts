import { Hono } from 'hono';
import { validator } from 'hono-openapi';
import { toActive, toGraph, toMermaid } from '../chart/index.ts';
import type { SagaMachine } from '../core/machine.ts';
import type { Api, ApiEnv } from './api.ts';
import { isNotModified, toEntityTag } from './entity-tag.ts';
import { operation } from './operation.ts';
import { refuse } from './refuse.ts';
import { toEntryBody, toSagaBody } from './representation.ts';
import { HistoryQuery, SagaParams, SnapshotQuery } from './request-schemas.ts';
import { HistoryBody, SagaBody, SnapshotBody } from './saga-schemas.ts';

/** `GET /v1/sagas/:id`: one saga as it is now, and its chart. */
export function oneSagaRoutes({ orchestrator, tenant }: Api) {
  return new Hono<ApiEnv>()
    .get(
      '/:id',
      operation({
        summary: 'One saga, with its steps and what can happen next',
        tag: 'sagas',
        answers: { 200: SagaBody },
        problems: [404, 503],
      }),
      validator('param', SagaParams, refuse),
      async (c) => {
        const body = toSagaBody(await orchestrator.get(c.req.valid('param').id, { tenant }));
        c.header('ETag', toEntityTag(body.version));
        c.header('Cache-Control', 'no-cache');
        if (isNotModified(c.req.header('if-none-match'), body.version)) return c.body(null, 304);
        return c.json(body, 200);
      },
    )
    .get(
      '/:id/chart.mmd',
      operation({
        summary: 'The saga’s statechart as Mermaid text, its state marked',
        tag: 'sagas',
        answers: { 200: 'text/plain' },
        problems: [404, 503],
      }),
      validator('param', SagaParams, refuse),
      async (c) => {
        const { definition, state } = await orchestrator.get(c.req.valid('param').id, { tenant });
        const { machine } = orchestrator.definition(definition.name, definition.version);
        return c.text(toMermaid(toGraph(machine as SagaMachine), { active: toActive(state) }), 200);
      },
    );
}

/** `GET /v1/sagas/:id/…`: what was: journal and snapshots. */
export function pastRoutes({ orchestrator, tenant }: Api) {
  return new Hono<ApiEnv>()
    .get(
      '/:id/history',
      operation({
        summary: 'The saga’s journal, oldest first',
        tag: 'sagas',
        answers: { 200: HistoryBody },
        problems: [404, 422, 503],
      }),
      validator('param', SagaParams, refuse),
      validator('query', HistoryQuery, refuse),
      async (c) => {
        const { after, limit } = c.req.valid('query');
        const rows = await orchestrator.history(c.req.valid('param').id, { tenant, after, limit: limit + 1 });
        const items = rows.slice(0, limit).map(toEntryBody);
        return c.json({ items, nextAfter: rows.length > limit ? (items.at(-1)?.seq ?? null) : null }, 200);
      },
    )
    .get(
      '/:id/snapshot',
      operation({
        summary: 'The stored snapshot, now or after a position of the journal',
        tag: 'sagas',
        answers: { 200: SnapshotBody },
        problems: [404, 422, 503],
      }),
      validator('param', SagaParams, refuse),
      validator('query', SnapshotQuery, refuse),
      async (c) =>
        c.json(
          await orchestrator.snapshot(c.req.valid('param').id, { tenant, ...c.req.valid('query') }),
          200,
        ),
    );
}
