import { Hono } from 'hono';
import { validator } from 'hono-openapi';
import { accepted, described } from './action-answer.ts';
import {
  Action,
  ActionHeaders,
  CompensateAction,
  ResolveAction,
  RetryAction,
  SkipAction,
} from './action-schemas.ts';
import type { Api, ApiEnv } from './api.ts';
import { actsAs } from './auth-identity.ts';
import { refuse } from './refuse.ts';
import { SagaParams } from './request-schemas.ts';

/** `POST /v1/sagas/:id/…`: what a person may do with a saga that goes wrong, or is not wanted any more. */
export function actionRoutes({ orchestrator }: Api) {
  return new Hono<ApiEnv>()
    .post(
      '/:id/cancel',
      described('Turns a running saga back; once accepted it never completes'),
      validator('param', SagaParams, refuse),
      validator('header', ActionHeaders, refuse),
      validator('json', Action, refuse),
      (c) => {
        const options = { ...c.req.valid('json'), ...c.req.valid('header'), ...actsAs(c.var.caller) };
        return accepted(c, orchestrator.cancel(c.req.valid('param').id, options), options);
      },
    )
    .post(
      '/:id/retry',
      described('Tries again now what is parked or waits for its next attempt; `input` replaces its input'),
      validator('param', SagaParams, refuse),
      validator('header', ActionHeaders, refuse),
      validator('json', RetryAction, refuse),
      (c) => {
        const options = { ...c.req.valid('json'), ...c.req.valid('header'), ...actsAs(c.var.caller) };
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
        const options = { ...c.req.valid('json'), ...c.req.valid('header'), ...actsAs(c.var.caller) };
        return accepted(c, orchestrator.skip(c.req.valid('param').id, options), options);
      },
    )
    .post(
      '/:id/compensate',
      described('Turns a saga back; with `to`, back to that step, and forward again from there'),
      validator('param', SagaParams, refuse),
      validator('header', ActionHeaders, refuse),
      validator('json', CompensateAction, refuse),
      (c) => {
        const options = { ...c.req.valid('json'), ...c.req.valid('header'), ...actsAs(c.var.caller) };
        return accepted(c, orchestrator.compensate(c.req.valid('param').id, options), options);
      },
    )
    .post(
      '/:id/resolve',
      described('Says how a parked command really ended, or closes the saga; marks it overridden'),
      validator('param', SagaParams, refuse),
      validator('header', ActionHeaders, refuse),
      validator('json', ResolveAction, refuse),
      (c) => {
        const options = { ...c.req.valid('json'), ...c.req.valid('header'), ...actsAs(c.var.caller) };
        return accepted(c, orchestrator.resolve(c.req.valid('param').id, options), options);
      },
    );
}
