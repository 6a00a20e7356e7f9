import { Hono } from 'hono';
import { validator } from 'hono-openapi';
import { z } from 'zod';
import { toInspection } from '../chart/index.ts';
import type { SagaKey } from '../core/store.ts';
import type { Orchestrator } from '../runtime/orchestrator.ts';
import type { Api, ApiEnv } from './api.ts';
import { operation } from './operation.ts';
import { refuse } from './refuse.ts';
import { HistoryQuery, SagaParams } from './request-schemas.ts';
import { readRows } from './saga-run.ts';

const about = {
  sessionId: z.string(),
  rootId: z.string(),
  id: z.string(),
  createdAt: z.string().meta({ description: 'ms since the epoch.' }),
  _version: z.string(),
};
const event = z.looseObject({ type: z.string() });
const snapshot = z.looseObject({ status: z.enum(['active', 'done']) });

const InspectionBody = z
  .strictObject({
    items: z.array(
      z.discriminatedUnion('type', [
        z.strictObject({
          type: z.literal('@xstate.actor'),
          name: z.string(),
          parentId: z.string().exactOptional(),
          definition: z.string().meta({ description: 'The machine as JSON, states in order.' }),
          snapshot,
          ...about,
        }),
        z.strictObject({
          type: z.literal('@xstate.event'),
          sourceId: z.string().exactOptional(),
          event,
          ...about,
        }),
        z.strictObject({ type: z.literal('@xstate.snapshot'), event, snapshot, ...about }),
      ]),
    ),
    after: z
      .int()
      .meta({ description: 'The last line of the journal that is told of: `after` of the next request.' }),
  })
  .meta({ id: 'Inspection', description: 'Messages of @statelyai/inspect, to be posted one by one.' });

const InspectionQuery = HistoryQuery.pick({ after: true });

/** `GET /v1/sagas/:id/inspection`: a saga for an inspector of XState. */
export function inspectionRoutes({ orchestrator }: Api) {
  return new Hono<ApiEnv>().get(
    '/:id/inspection',
    operation({
      summary: 'The saga’s journal as messages of @statelyai/inspect',
      tag: 'sagas',
      role: 'viewer',
      answers: { 200: InspectionBody },
      problems: [404, 422, 503],
    }),
    validator('param', SagaParams, refuse),
    validator('query', InspectionQuery, refuse),
    async (c) => {
      const key = { tenant: c.var.caller.tenant, id: c.req.valid('param').id };
      const { after } = c.req.valid('query');
      const journal = await readJournal(orchestrator, key);
      const items = toInspection({ ...journal, after }) as z.infer<typeof InspectionBody>['items'];
      return c.json({ items, after: Math.max(after, journal.rows.at(-1)?.seq ?? 0) }, 200);
    },
  );
}

/** A saga's journal with its definition: what inspectors are told from. Throws `NotFoundError`. */
export async function readJournal(orchestrator: Orchestrator, { tenant, id }: SagaKey) {
  const saga = await orchestrator.get(id, { tenant });
  const definition = orchestrator.definition(saga.definition.name, saga.definition.version);
  return { definition, saga, rows: await readRows(orchestrator, { tenant, id }, saga.version) };
}
