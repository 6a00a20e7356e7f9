import { Hono } from 'hono';
import { validator } from 'hono-openapi';
import type { JournalRow } from '../core/store.ts';
import { toTest } from '../proof/to-test.ts';
import type { Api, ApiEnv } from './api.ts';
import { operation } from './operation.ts';
import { refuse } from './refuse.ts';
import { SagaParams } from './request-schemas.ts';
import { readRows } from './saga-run.ts';
import { redactFor } from './security-redaction.ts';

/** What the routes need besides. */
export interface ProofRoutesOptions {
  /** What is left out for those who must not see all; see `toRedact`. */
  readonly redact: readonly string[] | undefined;
}

/** `GET /v1/sagas/:id/test`: the way of one saga as a test of its definition. */
export function proofRoutes({ orchestrator }: Api, options: ProofRoutesOptions) {
  return new Hono<ApiEnv>().get(
    '/:id/test',
    operation({
      summary: 'What the saga did, as the text of a vitest test that goes the same way',
      tag: 'sagas',
      role: 'viewer',
      answers: { 200: 'text/plain' },
      problems: [404, 409, 503],
    }),
    validator('param', SagaParams, refuse),
    async (c) => {
      const { caller } = c.var;
      const key = { tenant: caller.tenant, id: c.req.valid('param').id };
      const saga = await orchestrator.get(key.id, { tenant: key.tenant });
      const { plan } = orchestrator.definition(saga.definition.name, saga.definition.version);
      const see = redactFor(caller, options.redact);
      const rows = (await readRows(orchestrator, key, saga.version)).map((row): JournalRow => ({
        ...row,
        data: JSON.stringify(see(JSON.parse(row.data))),
      }));
      return c.text(toTest(plan, rows, { sagaId: key.id, cause: saga.cause }), 200);
    },
  );
}
