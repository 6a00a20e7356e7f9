import { Hono } from 'hono';
import { validator } from 'hono-openapi';
import type { z } from 'zod';
import { type ChartSheets, type Marks, toGraph, toSvg } from '../chart/index.ts';
import type { SagaMachine } from '../core/machine.ts';
import type { Redact } from '../core/redaction.ts';
import type { Api, ApiEnv } from './api.ts';
import { ChartBody, SagaChartBody, SvgQuery } from './chart-schemas.ts';
import { findDefinition } from './find-definition.ts';
import { operation } from './operation.ts';
import { refuse } from './refuse.ts';
import { SagaParams, SnapshotQuery, VersionParams } from './request-schemas.ts';
import { readRun } from './saga-run.ts';
import { redactFor } from './security-redaction.ts';

/** A drawing brings its own style, and may do nothing else. */
const svgHeaders = {
  'Content-Type': 'image/svg+xml; charset=utf-8',
  'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'",
  'Cache-Control': 'no-cache',
};

/** What the routes of sagas' charts need besides. */
export interface SagaChartOptions {
  readonly sheets: ChartSheets;
  /** What is left out for those who must not see all; see `toRedact`. */
  readonly redact: readonly string[] | undefined;
}

/** `GET /v1/sagas/:id/chart.svg`, `chart.json`: the way of one saga, now or after a line of its journal. */
export function sagaChartRoutes(api: Api, { sheets, redact }: SagaChartOptions) {
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
        const { caller } = c.var;
        const run = await readRun(api, { tenant: caller.tenant, id }, seq);
        const marks = toSeen(run.marks, redactFor(caller, redact));
        const sheet = await sheets.get(run.definition, view);
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

/** Marks whose failures are told as the caller may see them: a drawing is no JSON answer, which would be redacted as a whole. */
function toSeen(marks: Marks, see: Redact): Marks {
  const { marks: seen } = see({ marks: { cause: marks.cause, parked: marks.parked } }) as {
    readonly marks?: Partial<Pick<Marks, 'cause' | 'parked'>>;
  };
  return { ...marks, cause: withError(seen?.cause), parked: withError(seen?.parked) };
}

/** What was left out whole is a text now. */
function withError<Part extends { readonly error?: object }>(part: Part | null | undefined): Part | null {
  if (typeof part !== 'object' || part === null) return null;
  const { error, ...rest } = part;
  return (typeof error === 'object' ? part : rest) as Part;
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
