import { Hono } from 'hono';
import { validator } from 'hono-openapi';
import { z } from 'zod';
import type { Api, ApiEnv } from './api.ts';
import { operation } from './operation.ts';
import { refuse } from './refuse.ts';
import { SagaParams } from './request-schemas.ts';

const DeletedBody = z.strictObject({ id: z.string() }).meta({ id: 'DeletedSaga' });

/** `DELETE /v1/sagas/:id` */
export function deletionRoutes({ orchestrator }: Api) {
  return new Hono<ApiEnv>().delete(
    '/:id',
    operation({
      summary: 'Deletes a closed saga and its journal, once its events are published',
      tag: 'sagas',
      role: 'admin',
      answers: { 200: DeletedBody },
      problems: [404, 409, 503],
    }),
    validator('param', SagaParams, refuse),
    async (c) => {
      const { id } = c.req.valid('param');
      await orchestrator.delete(id, { tenant: c.var.caller.tenant });
      return c.json({ id }, 200);
    },
  );
}
