import type { MiddlewareHandler } from 'hono';
import { type ContentWithResolver, describeRoute, type ResponsesWithResolver, resolver } from 'hono-openapi';
import type { z } from 'zod';
import { type Access, declareAccess } from './access.ts';
import type { ProblemStatus } from './problem.ts';
import { ProblemBody } from './system-schemas.ts';

/** What the OpenAPI document says of one operation, and who may use it. */
export interface OperationOptions extends Access {
  readonly summary: string;
  readonly tag: 'sagas' | 'actions' | 'definitions' | 'system';
  /** Bodies by status: a schema, or the media type of a text. */
  readonly answers: Readonly<Partial<Record<200 | 201 | 202, z.ZodType | string>>>;
  readonly problems: readonly ProblemStatus[];
}

/** Describes an operation for the OpenAPI document, from the schemas of its answers, and says who may use it. */
export function operation({
  summary,
  tag,
  answers,
  problems,
  ...access
}: OperationOptions): MiddlewareHandler {
  const responses: ResponsesWithResolver = {};
  for (const [status, body] of Object.entries(answers))
    responses[status] = { description: summary, content: toContent(body) };
  for (const status of [...problems, ...(access.role === 'public' ? [] : refusals)]) {
    responses[status] = {
      description: 'Problem',
      content: { 'application/problem+json': { schema: resolver(ProblemBody) } },
    };
  }
  const security = access.role === 'public' ? [] : [{ bearer: [] }];
  const described = {
    summary,
    tags: [tag],
    responses,
    security,
    'x-sagachart-role': access.role,
    ...(access.reach === undefined ? {} : { 'x-sagachart-reach': access.reach }),
  };
  return declareAccess(describeRoute(described), access);
}

/** What everybody may be told where a role is needed. */
const refusals = [401, 403, 429] as const satisfies readonly ProblemStatus[];

function toContent(body: z.ZodType | string): ContentWithResolver {
  if (typeof body === 'string') return { [body]: { schema: { type: 'string' } } };
  return { 'application/json': { schema: resolver(body, { options: { io: 'output' } }) } };
}
