import { type Context, Hono } from 'hono';
import { validator } from 'hono-openapi';
import { ConflictError } from '../core/errors.ts';
import type { ActionOptions } from '../runtime/orchestrator-options.ts';
import type { Saga } from '../runtime/saga.ts';
import type { Api, ApiEnv } from './api.ts';
import { toEntityTag } from './entity-tag.ts';
import { operation } from './operation.ts';
import { HttpProblem } from './problem.ts';
import { refuse } from './refuse.ts';
import { toSagaBody } from './representation.ts';
import { Action, ActionHeaders, ResolveAction, SagaParams, SkipAction } from './request-schemas.ts';
import { SagaBody } from './saga-schemas.ts';

/** `POST /v1/sagas/:id/…`: what a person may do with a saga. */
export function actionRoutes({ orchestrator, tenant }: Api) {
  return new Hono<ApiEnv>()
    .post(
      '/:id/cancel',
      described('Turns a running saga back; once accepted it never completes'),
      validator('param', SagaParams, refuse),
      validator('header', ActionHeaders, refuse),
      validator('json', Action, refuse),
      (c) => {
        const options = { tenant, ...c.req.valid('json'), ...c.req.valid('header') };
        return accepted(c, orchestrator.cancel(c.req.valid('param').id, options), options);
      },
    )
    .post(
      '/:id/retry',
      described('Tries again now: a parked command, or one that waits for its next attempt'),
      validator('param', SagaParams, refuse),
      validator('header', ActionHeaders, refuse),
      validator('json', Action, refuse),
      (c) => {
        const options = { tenant, ...c.req.valid('json'), ...c.req.valid('header') };
        return accepted(c, orchestrator.retry(c.req.valid('param').id, options), options);
      },
    )
    .post(
      '/:id/skip',
      described('Goes on without the parked command; marks the saga overridden'),
      validator('param', SagaParams, refuse),
      validator('header', ActionHeaders, refuse),
      validator('json', SkipAction, refuse),
      (c) => {
        const options = { tenant, ...c.req.valid('json'), ...c.req.valid('header') };
        return accepted(c, orchestrator.skip(c.req.valid('param').id, options), options);
      },
    )
    .post(
      '/:id/compensate',
      described('Turns back a running saga, or one that parked before the point of no return'),
      validator('param', SagaParams, refuse),
      validator('header', ActionHeaders, refuse),
      validator('json', Action, refuse),
      (c) => {
        const options = { tenant, ...c.req.valid('json'), ...c.req.valid('header') };
        return accepted(c, orchestrator.compensate(c.req.valid('param').id, options), options);
      },
    )
    .post(
      '/:id/resolve',
      described(
        'Says how a parked command really ended, or closes the saga as abandoned; marks it overridden',
      ),
      validator('param', SagaParams, refuse),
      validator('header', ActionHeaders, refuse),
      validator('json', ResolveAction, refuse),
      (c) => {
        const options = { tenant, ...c.req.valid('json'), ...c.req.valid('header') };
        return accepted(c, orchestrator.resolve(c.req.valid('param').id, options), options);
      },
    );
}

function described(summary: string) {
  return operation({
    summary,
    tag: 'actions',
    answers: { 202: SagaBody },
    problems: [400, 404, 409, 412, 413, 415, 422, 503],
  });
}

/** The saga after the action. A saga that moved on since the caller looked is a failed precondition. */
async function accepted(c: Context<ApiEnv>, action: Promise<Saga>, { ifVersion }: ActionOptions) {
  try {
    const saga = await action;
    return c.json(toSagaBody(saga), 202, { ETag: toEntityTag(saga.version) });
  } catch (error) {
    if (!(error instanceof ConflictError) || ifVersion === undefined) throw error;
    throw new HttpProblem({ status: 412, code: 'stale_version', detail: error.message });
  }
}
