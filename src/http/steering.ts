import { Hono } from 'hono';
import { validator } from 'hono-openapi';
import type { z } from 'zod';
import type { ForeseenAction } from '../runtime/actions.ts';
import { accepted, described } from './action-answer.ts';
import {
  Action,
  ActionHeaders,
  DecideAction,
  PreviewBody,
  PreviewRequest,
  SignalAction,
} from './action-schemas.ts';
import type { Api, ApiEnv } from './api.ts';
import { actsAs } from './auth-identity.ts';
import { toEntityTag } from './entity-tag.ts';
import { operation } from './operation.ts';
import { refuse } from './refuse.ts';
import { SagaParams } from './request-schemas.ts';

/** `POST /v1/sagas/:id/…`: how people and the world outside steer a saga on its way. */
export function steeringRoutes({ orchestrator }: Api) {
  return new Hono<ApiEnv>()
    .post(
      '/:id/decide',
      described('Decides upon a step that parked because its definition asks a person'),
      validator('param', SagaParams, refuse),
      validator('header', ActionHeaders, refuse),
      validator('json', DecideAction, refuse),
      (c) => {
        const options = { ...c.req.valid('json'), ...c.req.valid('header'), ...actsAs(c.var.caller) };
        return accepted(c, orchestrator.decide(c.req.valid('param').id, options), options);
      },
    )
    .post(
      '/:id/signal',
      described(
        'Gives the saga a signal: it goes on, or keeps it until it waits for it; a second one is refused',
      ),
      validator('param', SagaParams, refuse),
      validator('header', ActionHeaders, refuse),
      validator('json', SignalAction, refuse),
      (c) => {
        const options = { ...c.req.valid('json'), ...c.req.valid('header'), ...actsAs(c.var.caller) };
        return accepted(c, orchestrator.signal(c.req.valid('param').id, options), options);
      },
    )
    .post(
      '/:id/pause',
      described(
        'Sends no new command until the saga is resumed; answers, its deadline and a cancel still count',
      ),
      validator('param', SagaParams, refuse),
      validator('header', ActionHeaders, refuse),
      validator('json', Action, refuse),
      (c) => {
        const options = { ...c.req.valid('json'), ...c.req.valid('header'), ...actsAs(c.var.caller) };
        return accepted(c, orchestrator.pause(c.req.valid('param').id, options), options);
      },
    )
    .post(
      '/:id/resume',
      described('Lets a paused saga go on'),
      validator('param', SagaParams, refuse),
      validator('header', ActionHeaders, refuse),
      validator('json', Action, refuse),
      (c) => {
        const options = { ...c.req.valid('json'), ...c.req.valid('header'), ...actsAs(c.var.caller) };
        return accepted(c, orchestrator.resume(c.req.valid('param').id, options), options);
      },
    );
}

/** `POST /v1/sagas/:id/preview`: what an action would do; nothing is done. */
export function previewRoutes({ orchestrator }: Api) {
  return new Hono<ApiEnv>().post(
    '/:id/preview',
    operation({
      summary: 'What an action would do now; nothing is written or sent',
      tag: 'actions',
      role: 'operator',
      answers: { 200: PreviewBody },
      problems: [400, 404, 413, 415, 422, 503],
    }),
    validator('param', SagaParams, refuse),
    validator('json', PreviewRequest, refuse),
    async (c) => {
      const foreseen = await orchestrator.preview(c.req.valid('param').id, c.req.valid('json'), {
        ...actsAs(c.var.caller),
      });
      return c.json(toPreviewBody(foreseen), 200, { ETag: toEntityTag(foreseen.version) });
    },
  );
}

function toPreviewBody(foreseen: ForeseenAction): z.infer<typeof PreviewBody> {
  const { action, isLegal, refusal, from, to, isOverridden, version } = foreseen;
  return {
    action,
    legal: isLegal,
    refusal,
    from,
    to,
    commands: foreseen.commands.map((command) => ({ ...command })),
    undo: [...foreseen.undo],
    next: [...foreseen.next],
    overridden: isOverridden,
    legalActions: [...foreseen.legalActions],
    version,
  };
}
