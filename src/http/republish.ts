import { Hono } from 'hono';
import { validator } from 'hono-openapi';
import { z } from 'zod';
import type { Api, ApiEnv } from './api.ts';
import { operation } from './operation.ts';
import { HttpProblem } from './problem.ts';
import { refuse } from './refuse.ts';

const from = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

/** `POST /republish` */
export const Republish = z
  .strictObject({
    from: from.default(0).meta({
      description: 'The first position of the journal (`data.position` of an event); 0: all there still is.',
    }),
  })
  .meta({ id: 'Republish' });

const RepublishedBody = z.strictObject({ from }).meta({ id: 'Republished' });

/** `POST /v1/republish`. Events of all tenants are published again, under the same ids. */
export function republishRoutes({ orchestrator }: Api) {
  return new Hono<ApiEnv>().post(
    '/',
    operation({
      summary: 'Publishes events again from a position of the journal on, by whichever node publishes',
      tag: 'system',
      role: 'admin',
      reach: 'node',
      answers: { 202: RepublishedBody },
      problems: [400, 404, 413, 415, 422, 503],
    }),
    validator('json', Republish, refuse),
    async (c) => {
      const wanted = c.req.valid('json');
      if (await orchestrator.republish(wanted)) return c.json(wanted, 202);
      throw new HttpProblem({
        status: 404,
        code: 'nothing_published',
        detail: 'No node has published anything yet.',
      });
    },
  );
}
