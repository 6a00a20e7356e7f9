import { Hono } from 'hono';
import { validator } from 'hono-openapi';
import type { z } from 'zod';
import type { Batch } from '../core/batch-store.ts';
import type { BatchRequest } from '../runtime/batches.ts';
import type { Orchestrator } from '../runtime/orchestrator.ts';
import type { Api, ApiEnv } from './api.ts';
import { keyProblem } from './action-answer.ts';
import { actsAs } from './auth-identity.ts';
import {
  BatchBody,
  BatchDetailBody,
  BatchListBody,
  BatchParams,
  BatchQuery,
  ownFields,
  RefusedQuery,
  StartBatch,
  StartBatchHeaders,
} from './batch-schemas.ts';
import { toCursorText } from './cursor.ts';
import { toFilter } from './list-query.ts';
import { operation } from './operation.ts';
import { HttpProblem } from './problem.ts';
import { refuse } from './refuse.ts';
import { isAllowed } from './roles.ts';

/** `POST /v1/batches` */
export function startBatchRoutes({ orchestrator, now }: Api) {
  return new Hono<ApiEnv>().post(
    '/',
    operation({
      summary: 'Does one action on many sagas, one after the other; goes on after the answer',
      tag: 'actions',
      role: 'operator',
      answers: { 202: BatchBody },
      problems: [400, 413, 415, 422, 503],
    }),
    validator('header', StartBatchHeaders, refuse),
    validator('json', StartBatch, refuse),
    async (c) => {
      const asked = c.req.valid('json');
      const { action, ids, filter, reason, actor, ...given } = asked;
      if (filter !== undefined && !isAllowed(c.var.caller.role, 'admin')) throw onlyByIds();
      const batch = await started(orchestrator, {
        action,
        asked,
        ...c.req.valid('header'),
        ...(reason === undefined ? {} : { reason }),
        ...(actor === undefined ? {} : { actor }),
        ...actsAs(c.var.caller),
        ...(ids === undefined ? {} : { ids }),
        ...(filter === undefined ? {} : { filter: toFilter(filter, now()) }),
        fields: Object.fromEntries(
          ownFields.flatMap((field) => (given[field] === undefined ? [] : [[field, given[field]]])),
        ),
      });
      return c.json(toBatchBody(batch), 202, { Location: `/v1/batches/${batch.id}` });
    },
  );
}

/** `GET /v1/batches` and `GET /v1/batches/:id` */
export function batchRoutes({ orchestrator }: Api) {
  return new Hono<ApiEnv>()
    .get(
      '/',
      operation({
        summary: 'Batches, newest first',
        tag: 'actions',
        role: 'viewer',
        answers: { 200: BatchListBody },
        problems: [422, 503],
      }),
      validator('query', BatchQuery, refuse),
      async (c) => {
        const { cursor, limit } = c.req.valid('query');
        const after = cursor === undefined ? {} : { after: cursor };
        const { tenant } = c.var.caller;
        const found = await orchestrator.batches.list({ tenant, limit: limit + 1, ...after });
        const batches = found.slice(0, limit);
        const last = found.length > limit ? batches.at(-1) : undefined;
        const next = last === undefined ? null : toCursorText(last);
        return c.json({ batches: batches.map(toBatchBody), next }, 200);
      },
    )
    .get(
      '/:id',
      operation({
        summary: 'How far a batch is, and which sagas refused',
        tag: 'actions',
        role: 'viewer',
        answers: { 200: BatchDetailBody },
        problems: [404, 422, 503],
      }),
      validator('param', BatchParams, refuse),
      validator('query', RefusedQuery, refuse),
      async (c) => {
        const { id } = c.req.valid('param');
        const { after, limit } = c.req.valid('query');
        const { tenant } = c.var.caller;
        const batch = await orchestrator.batches.get(id, { tenant });
        const page = after === undefined ? {} : { after };
        const items = await orchestrator.batches.refused(id, { tenant, limit: limit + 1, ...page });
        const failures = items
          .slice(0, limit)
          .map(({ sagaId, detail }) => ({ sagaId, reason: detail ?? '' }));
        const next = items.length > limit ? (failures.at(-1)?.sagaId ?? null) : null;
        return c.json({ ...toBatchBody(batch), failures, next }, 200);
      },
    );
}

/** `POST /v1/batches/:id/abort` */
export function abortBatchRoutes({ orchestrator }: Api) {
  return new Hono<ApiEnv>().post(
    '/:id/abort',
    operation({
      summary: 'Ends a batch; what is done stays done',
      tag: 'actions',
      role: 'operator',
      answers: { 202: BatchBody },
      problems: [404, 503],
    }),
    validator('param', BatchParams, refuse),
    async (c) => {
      const { tenant } = c.var.caller;
      return c.json(toBatchBody(await orchestrator.batches.abort(c.req.valid('param').id, { tenant })), 202);
    },
  );
}

async function started(orchestrator: Orchestrator, request: BatchRequest): Promise<Batch> {
  try {
    return await orchestrator.batches.start(request);
  } catch (error) {
    throw keyProblem(error) ?? error;
  }
}

function onlyByIds(): HttpProblem {
  return new HttpProblem({
    status: 403,
    code: 'forbidden',
    detail: 'Only admins may act on all sagas that match a filter: name the sagas by ids.',
  });
}

function toBatchBody(batch: Batch): z.infer<typeof BatchBody> {
  const { id, action, status, total, done, failed, waitsFor, actor, reason, createdAt, finishedAt } = batch;
  return {
    id,
    action,
    status,
    total,
    done,
    failed,
    waitsFor: [...waitsFor],
    actor,
    reason,
    createdAt: new Date(createdAt).toISOString(),
    finishedAt: finishedAt === null ? null : new Date(finishedAt).toISOString(),
  };
}
