import type { Context, MiddlewareHandler } from 'hono';
import type { Logger } from '../core/logger.ts';
import { toRedact } from '../core/redaction.ts';
import { defaultTenant } from '../runtime/orchestrator-options.ts';
import { type Access, accessOf } from './access.ts';
import { addressOf } from './address.ts';
import type { ApiEnv } from './api.ts';
import { type AuthOptions, createAuthenticate, readBearer, unauthenticated } from './auth.ts';
import type { Caller, Identity } from './auth-identity.ts';
import { HttpProblem } from './problem.ts';
import { createRateLimit, type RateLimits } from './rate-limits.ts';
import { isAllowed } from './roles.ts';
import { redactAnswer, seesAll } from './security-redaction.ts';
import { chooseTenant } from './tenant.ts';

/** Who is let in, and how often. */
export interface SecurityOptions {
  /** Who may use the API. When left out nobody is asked: everybody who can reach it is an admin. */
  readonly auth?: AuthOptions;
  /** Without `auth`: the only tenant that is served. When left out, header `Saga-Tenant` chooses. */
  readonly tenant?: string;
  /** How much each caller and each tenant may do; no limits when left out. */
  readonly rateLimits?: RateLimits;
  /** What is left out of answers for all but admins who said who they are: rules such as `card.number` or `*.iban`. */
  readonly redact?: readonly string[];
}

/** Finds out who asks. */
type Identify = (c: Context<ApiEnv>) => Promise<Identity | Anybody>;

/** Whoever can reach an API that asks nobody. */
type Anybody = Pick<Identity, 'role' | 'tenants' | 'until'> & { readonly subject: undefined };

/**
 * Stands before all routes: tells who asks and about which tenant, and refuses what their role, or a limit, does not
 * allow. What a route needs is declared with it (`operation`), so no route can be forgotten: without a word it is for admins.
 */
export function guard(
  options: SecurityOptions & { readonly logger: Logger; readonly now: () => number },
): MiddlewareHandler<ApiEnv> {
  const identify = toIdentify(options);
  const limit = createRateLimit(options.rateLimits, options.now);
  const redact = options.redact === undefined ? undefined : toRedact(options.redact);
  return async (c, next) => {
    const access = accessOf(c);
    if (access.role === 'public') {
      c.set('caller', nobody(options));
      return next();
    }
    const address = addressOf(c);
    try {
      const who = await identify(c).catch((error: unknown) => {
        // Keys that cannot be had are nobody's fault.
        if (error instanceof HttpProblem) limit.refused(address);
        throw error;
      });
      const caller = toCaller(c, who, options);
      c.set('caller', caller);
      const headers = limit.take(who.subject ?? address, caller.tenant, access.bucket);
      checkRole(who, access);
      await next();
      if (redact !== undefined && !seesAll(caller)) await redactAnswer(c, redact);
      for (const [name, value] of Object.entries({ ...headers, ...personal(c) }))
        c.res.headers.set(name, value);
    } catch (error) {
      report(c, error, { ...options, address });
      throw error;
    }
  };
}

function toIdentify({ auth, tenant }: SecurityOptions): Identify {
  if (auth === undefined) {
    const anybody: Anybody = {
      subject: undefined,
      role: 'admin',
      tenants: tenant === undefined ? '*' : [tenant],
    };
    return () => Promise.resolve(anybody);
  }
  const authenticate = createAuthenticate(auth);
  return async (c) => {
    const identity = await authenticate(readBearer(c.req.header('authorization')));
    if (identity === undefined) throw unauthenticated();
    return identity;
  };
}

function toCaller(
  c: Context,
  { subject, role, tenants, until }: Identity | Anybody,
  { tenant = defaultTenant }: SecurityOptions,
): Caller {
  return {
    subject,
    role,
    tenant: chooseTenant(tenants, c.req.header('saga-tenant'), tenant),
    reach: tenants === '*' ? 'node' : 'tenant',
    ...(until === undefined ? {} : { until }),
  };
}

/** Who uses a public route: they were not asked, and are told of all tenants only where nobody ever is. */
function nobody({ auth, tenant }: SecurityOptions): Caller {
  const reach = auth === undefined && tenant === undefined ? 'node' : 'tenant';
  return { subject: undefined, role: 'viewer', tenant: tenant ?? defaultTenant, reach };
}

function checkRole({ role, tenants }: Identity | Anybody, access: Access): void {
  if (!isAllowed(role, access.role)) throw forbidden(`This needs the role ${access.role}; you have ${role}.`);
  if (access.reach === 'node' && tenants !== '*')
    throw forbidden('This tells of all tenants: it needs a token for all of them.');
}

/** An answer is for who asked: no cache may give it to another. */
function personal(c: Context): Readonly<Record<string, string>> {
  const before = c.res.headers.get('vary');
  const caching = c.res.headers.get('cache-control') ?? 'no-store';
  return {
    Vary: [...(before === null ? [] : [before]), 'Authorization', 'Saga-Tenant'].join(', '),
    'Cache-Control': caching,
  };
}

function forbidden(detail: string): HttpProblem {
  return new HttpProblem({ status: 403, code: 'forbidden', detail });
}

/** Attempts of those who may not are worth a line. No token is written down, and no query: it may hold anything. */
function report(
  c: Context<ApiEnv>,
  error: unknown,
  { logger, address }: { readonly logger: Logger; readonly address: string },
): void {
  if (!(error instanceof HttpProblem) || ![401, 403, 429].includes(error.options.status)) return;
  const subject = (c.get('caller') as Caller | undefined)?.subject;
  const { method, path } = c.req;
  const fields = { code: error.options.code, requestId: c.get('requestId'), subject, address, method, path };
  logger.warn(fields, 'a request was refused');
}
