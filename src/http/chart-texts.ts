import { Hono } from 'hono';
import { validator } from 'hono-openapi';
import { toActive, toGraph, toMermaid, toRunSequence, toSequence } from '../chart/index.ts';
import type { SagaMachine } from '../core/machine.ts';
import type { Api, ApiEnv } from './api.ts';
import { findDefinition } from './find-definition.ts';
import { operation } from './operation.ts';
import { refuse } from './refuse.ts';
import { SagaParams, SnapshotQuery, VersionParams } from './request-schemas.ts';
import { readRun } from './saga-run.ts';

/** `GET /v1/sagas/:id/chart.mmd`, `sequence.mmd`: the way of one saga as Mermaid text. */
export function sagaTextRoutes(api: Api) {
  return new Hono<ApiEnv>()
    .get(
      '/:id/chart.mmd',
      operation({
        summary: 'The saga’s statechart as Mermaid text, its state marked',
        tag: 'sagas',
        role: 'viewer',
        answers: { 200: 'text/plain' },
        problems: [404, 422, 503],
      }),
      validator('param', SagaParams, refuse),
      validator('query', SnapshotQuery, refuse),
      async (c) => {
        const { seq } = c.req.valid('query');
        const { graph, rows } = await readRun(
          api,
          { tenant: c.var.caller.tenant, id: c.req.valid('param').id },
          seq,
        );
        return c.text(toMermaid(graph, { active: toActive(rows.at(-1)?.state ?? '') }), 200);
      },
    )
    .get(
      '/:id/sequence.mmd',
      operation({
        summary: 'What the saga did, as a Mermaid sequence diagram',
        tag: 'sagas',
        role: 'viewer',
        answers: { 200: 'text/plain' },
        problems: [404, 422, 503],
      }),
      validator('param', SagaParams, refuse),
      validator('query', SnapshotQuery, refuse),
      async (c) => {
        const { seq } = c.req.valid('query');
        const { definition, rows } = await readRun(
          api,
          { tenant: c.var.caller.tenant, id: c.req.valid('param').id },
          seq,
        );
        return c.text(toRunSequence(definition, rows), 200);
      },
    );
}

/** `GET /v1/definitions/:name/:version/chart.mmd`, `sequence.mmd`: a definition as Mermaid text. */
export function definitionTextRoutes({ orchestrator }: Api) {
  const describe = (summary: string) =>
    operation({
      summary,
      tag: 'definitions',
      role: 'viewer',
      answers: { 200: 'text/plain' },
      problems: [404],
    });
  return new Hono<ApiEnv>()
    .get(
      '/:name/:version/chart.mmd',
      describe('The generated machine as Mermaid text'),
      validator('param', VersionParams, refuse),
      (c) =>
        c.text(
          toMermaid(toGraph(findDefinition(orchestrator, c.req.valid('param')).machine as SagaMachine)),
          200,
        ),
    )
    .get(
      '/:name/:version/sequence.mmd',
      describe('Who is asked for what, as a Mermaid sequence diagram'),
      validator('param', VersionParams, refuse),
      (c) => c.text(toSequence(findDefinition(orchestrator, c.req.valid('param')).plan), 200),
    );
}
