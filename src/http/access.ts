import type { Context, MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';
import { findTargetHandler } from 'hono/utils/handler';
import { isAllowed, type NeededRole } from './roles.ts';

/** Who may use a route. */
export interface Access {
  readonly role: NeededRole;
  /** `node`: it tells of all tenants at once, so only those may who may act for all. Default `tenant`. */
  readonly reach?: 'tenant' | 'node';
  /** What it counts against besides `requests`. */
  readonly bucket?: 'starts';
}

const declared = Symbol('access');

type Declaring = Partial<Record<typeof declared, Access>>;

/** Declares who may use the routes that a middleware stands before; the guard reads it. */
export function declareAccess<Middleware extends MiddlewareHandler>(
  middleware: Middleware,
  access: Access,
): Middleware {
  return Object.assign(middleware, { [declared]: access });
}

/** Lets everybody use the routes behind it: for what holds no data, such as a page's files. */
export function publicRoute(): MiddlewareHandler {
  return declareAccess(async (_c, next) => next(), { role: 'public' });
}

/**
 * Who may do what a request asks for, as the route says; where several say (a route, and a middleware before it), the
 * strictest. What does not say is for admins alone; where there is no route, whoever is known may learn that.
 */
export function accessOf(c: Context): Access {
  const routes = matchedRoutes(c);
  const said = routes.flatMap(({ handler }) => (findTargetHandler(handler) as Declaring)[declared] ?? []);
  const [first, ...others] = said;
  if (first !== undefined) return others.reduce(stricter, first);
  return { role: routes.some(({ method }) => method !== 'ALL') ? 'admin' : 'viewer' };
}

function stricter(one: Access, other: Access): Access {
  const { role } =
    other.role === 'public' || (one.role !== 'public' && isAllowed(one.role, other.role)) ? one : other;
  return { ...one, ...other, role };
}
