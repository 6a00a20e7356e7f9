import type { MiddlewareHandler } from 'hono';
import { type ContentWithResolver, describeRoute, type ResponsesWithResolver, resolver } from 'hono-openapi';
import type { z } from 'zod';
import type { ProblemStatus } from './problem.ts';
import { ProblemBody } from './system-schemas.ts';

/** What the OpenAPI document says of one operation. */
export interface OperationOptions {
  readonly summary: string;
  readonly tag: 'sagas' | 'actions' | 'definitions' | 'system';
  /** Bodies by status: a schema, or the media type of a text. */
  readonly answers: Readonly<Partial<Record<200 | 201 | 202, z.ZodType | string>>>;
  readonly problems: readonly ProblemStatus[];
}

/** Describes an operation for the OpenAPI document, from the schemas of its answers. */
export function operation({ summary, tag, answers, problems }: OperationOptions): MiddlewareHandler {
  const responses: ResponsesWithResolver = {};
  for (const [status, body] of Object.entries(answers))
    responses[status] = { description: summary, content: toContent(body) };
  for (const status of problems) {
    responses[status] = {
      description: 'Problem',
      content: { 'application/problem+json': { schema: resolver(ProblemBody) } },
    };
  }
  return describeRoute({ summary, tags: [tag], responses });
}

function toContent(body: z.ZodType | string): ContentWithResolver {
  if (typeof body === 'string') return { [body]: { schema: { type: 'string' } } };
  return { 'application/json': { schema: resolver(body, { options: { io: 'output' } }) } };
}
