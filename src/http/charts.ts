import { Hono } from 'hono';
import { validator } from 'hono-openapi';
import type { z } from 'zod';
import { type ChartSheets, toGraph, toSvg } from '../chart/index.ts';
import type { SagaMachine } from '../core/machine.ts';
import type { Api, ApiEnv } from './api.ts';
import { ChartBody, SagaChartBody, SvgQuery } from './chart-schemas.ts';
import { findDefinition } from './find-definition.ts';
import { operation } from './operation.ts';
import { refuse } from './refuse.ts';
import { SagaParams, SnapshotQuery, VersionParams } from './request-schemas.ts';
import { readRun } from './saga-run.ts';

/** A drawing brings its own style, and may do nothing else. */
const svgHeaders = {
  'Content-Type': 'image/svg+xml; charset=utf-8',
  'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'",
  'Cache-Control': 'no-cache',
};

/** `GET /v1/sagas/:id/chart.svg`, `chart.json`: the way of one saga, now or after a line of its journal. */
export function sagaChartRoutes(api: Api, sheets: ChartSheets) {
  return new Hono<ApiEnv>()
    .get(
      '/:id/chart.svg',
      operation({
        summary: 'The saga’s statechart as SVG: where it was, is, and may go',
        tag: 'sagas',
        role: 'viewer',
        answers: { 200: 'image/svg+xml' },
        problems: [404, 422, 503],
      }),
      validator('param', SagaParams, refuse),
      validator('query', SvgQuery.extend(SnapshotQuery.shape), refuse),
      async (c) => {
        const { view, seq, ...theme } = c.req.valid('query');
        const { id } = c.req.valid('param');
        const { definition, marks } = await readRun(api, { tenant: c.var.caller.tenant, id }, seq);
        const sheet = await sheets.get(definition, view);
        return c.body(toSvg(sheet, { marks, sagaId: id, ...theme }), 200, svgHeaders);
      },
    )
    .get(
      '/:id/chart.json',
      operation({
        summary: 'The saga’s statechart as JSON, with what it did in each state and on each transition',
        tag: 'sagas',
        role: 'viewer',
        answers: { 200: SagaChartBody },
        problems: [404, 422, 503],
      }),
      validator('param', SagaParams, refuse),
      validator('query', SnapshotQuery, refuse),
      async (c) => {
        const { seq } = c.req.valid('query');
        const { graph, marks } = await readRun(
          api,
          { tenant: c.var.caller.tenant, id: c.req.valid('param').id },
          seq,
        );
        return c.json({ graph, marks } as unknown as z.infer<typeof SagaChartBody>, 200);
      },
    );
}

/** `GET /v1/definitions/:name/:version/chart.svg`, `chart.json`: the chart of a definition by itself. */
export function definitionChartRoutes({ orchestrator }: Api, sheets: ChartSheets) {
  return new Hono<ApiEnv>()
    .get(
      '/:name/:version/chart.svg',
      operation({
        summary: 'The generated machine as SVG',
        tag: 'definitions',
        role: 'viewer',
        answers: { 200: 'image/svg+xml' },
        problems: [404, 422],
      }),
      validator('param', VersionParams, refuse),
      validator('query', SvgQuery, refuse),
      async (c) => {
        const { view, ...theme } = c.req.valid('query');
        return c.body(
          toSvg(await sheets.get(findDefinition(orchestrator, c.req.valid('param')), view), theme),
          200,
          svgHeaders,
        );
      },
    )
    .get(
      '/:name/:version/chart.json',
      operation({
        summary: 'The generated machine’s states and transitions',
        tag: 'definitions',
        role: 'viewer',
        answers: { 200: ChartBody },
        problems: [404],
      }),
      validator('param', VersionParams, refuse),
      (c) => {
        const { machine } = findDefinition(orchestrator, c.req.valid('param'));
        return c.json(toGraph(machine as SagaMachine) as unknown as z.infer<typeof ChartBody>, 200);
      },
    );
}
