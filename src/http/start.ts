import { Hono } from 'hono';
import { validator } from 'hono-openapi';
import { z } from 'zod';
import { ConflictError, NotFoundError, ValidationError } from '../core/errors.ts';
import { defaultTenant, type StartOptions } from '../runtime/orchestrator-options.ts';
import type { Api, ApiEnv } from './api.ts';
import { toEntityTag } from './entity-tag.ts';
import { operation } from './operation.ts';
import { HttpProblem } from './problem.ts';
import { refuse } from './refuse.ts';
import { toSagaBody, toSummaryBody } from './representation.ts';
import { StartHeaders, StartQuery, StartSaga } from './request-schemas.ts';
import { SagaBody, SagaSummaryBody } from './saga-schemas.ts';

const summary = 'Starts a saga; answers once that is durable. With `wait`, the whole saga once it is settled';
const started = z.union([SagaSummaryBody, SagaBody]);
const problems = [400, 404, 409, 413, 415, 422, 503] as const;

/** `POST /v1/sagas` */
export function startRoutes(api: Api) {
  const { orchestrator } = api;
  return new Hono<ApiEnv>().post(
    '/',
    operation({
      summary,
      tag: 'sagas',
      role: 'operator',
      bucket: 'starts',
      answers: { 200: started, 201: started },
      problems,
    }),
    validator('header', StartHeaders, refuse),
    validator('query', StartQuery, refuse),
    validator('json', StartSaga, refuse),
    async (c) => {
      const { name, input, ...options } = c.req.valid('json');
      const { wait: timeout } = c.req.valid('query');
      const { tenant } = c.var.caller;
      const { saga, isReplayed } = await start(api, name, input, {
        ...options,
        ...c.req.valid('header'),
        tenant,
      });
      const body =
        timeout === undefined
          ? toSummaryBody(saga)
          : toSagaBody(await orchestrator.settled(saga.id, { timeout, tenant }));
      c.header('ETag', toEntityTag(body.version));
      c.header('Location', `/v1/sagas/${saga.id}`);
      if (!isReplayed) return c.json(body, 201);
      return c.json(body, 200, { 'Idempotent-Replayed': 'true' });
    },
  );
}

async function start(api: Api, name: string, input: unknown, options: StartOptions) {
  try {
    return await api.orchestrator.start(name, input, options);
  } catch (error) {
    if (error instanceof ValidationError) throw inputProblem(error);
    if (error instanceof ConflictError && (await isKeyReused(api, options))) {
      throw new HttpProblem({ status: 422, code: 'idempotency_key_reused', detail: error.message });
    }
    throw error;
  }
}

/** What is wrong with the saga's input, as seen from the body that holds it. */
function inputProblem({ message, issues }: ValidationError): HttpProblem {
  const errors = issues.map((issue) => ({ ...issue, path: `/input${issue.path}` }));
  return new HttpProblem({ status: 422, code: 'validation', detail: message, errors });
}

/** Whether it was the idempotency key, not the id, that belongs to another request. */
async function isKeyReused({ orchestrator }: Api, options: StartOptions): Promise<boolean> {
  const { idempotencyKey, id, tenant = defaultTenant } = options;
  if (idempotencyKey === undefined) return false;
  if (id === undefined) return true;
  return orchestrator.get(id, { tenant }).then(
    () => false,
    (error: unknown) => error instanceof NotFoundError,
  );
}
