import type { Context, Hono } from 'hono';
import type { ApiEnv } from './api.ts';
import { problemResponse } from './problem.ts';

/** Answers what no route answers: 405 where the path has other methods, else 404. */
export function unknownRoute(c: Context<ApiEnv>, { routes }: Pick<Hono<ApiEnv>, 'routes'>): Response {
  const { method, path } = c.req;
  const allowed = new Set(
    routes
      .filter((route) => route.method !== 'ALL' && matches(route.path, path))
      .map((route) => route.method),
  );
  if (allowed.has('GET')) allowed.add('HEAD');
  if (allowed.size === 0)
    return problemResponse(c, {
      status: 404,
      code: 'not_found',
      detail: 'There is nothing here; GET / tells what there is.',
    });
  const Allow = [...allowed].toSorted().join(', ');
  return problemResponse(c, {
    status: 405,
    code: 'method_not_allowed',
    detail: `${method} is not possible here; possible: ${Allow}.`,
    headers: { Allow },
  });
}

/** Whether a path is one of a route such as `/v1/sagas/:id`. */
function matches(route: string, path: string): boolean {
  const wanted = route.split('/');
  const given = path.split('/');
  return (
    wanted.length === given.length &&
    wanted.every((word, index) => (word.startsWith(':') ? given[index] !== '' : word === given[index]))
  );
}
