import type { Context } from 'hono';
import { ConflictError, ValidationError } from '../core/errors.ts';
import type { ActionOptions } from '../runtime/orchestrator-options.ts';
import type { Saga } from '../runtime/saga.ts';
import type { ApiEnv } from './api.ts';
import { toEntityTag } from './entity-tag.ts';
import { operation } from './operation.ts';
import { HttpProblem } from './problem.ts';
import { toSagaBody } from './representation.ts';
import { SagaBody } from './saga-schemas.ts';

/** What the OpenAPI document says of an action on one saga. */
export function described(summary: string) {
  return operation({
    summary,
    tag: 'actions',
    role: 'operator',
    answers: { 202: SagaBody },
    problems: [400, 404, 409, 412, 413, 415, 422, 503],
  });
}

/** The saga after the action. A saga that moved on since the caller looked is a failed precondition. */
export async function accepted(c: Context<ApiEnv>, action: Promise<Saga>, { ifVersion }: ActionOptions) {
  try {
    const saga = await action;
    return c.json(toSagaBody(saga), 202, { ETag: toEntityTag(saga.version) });
  } catch (error) {
    if (error instanceof ConflictError && ifVersion !== undefined)
      throw new HttpProblem({ status: 412, code: 'stale_version', detail: error.message });
    throw keyProblem(error) ?? error;
  }
}

/** The problem where an error says that an idempotency key belongs to another request. */
export function keyProblem(error: unknown): HttpProblem | undefined {
  if (!(error instanceof ValidationError)) return undefined;
  return error.issues.some(({ path }) => path === '/idempotencyKey')
    ? new HttpProblem({ status: 422, code: 'idempotency_key_reused', detail: error.message })
    : undefined;
}
