import type { Context, MiddlewareHandler } from 'hono';
import { HttpProblem } from './problem.ts';

const loopbackName = /^(?:localhost|[a-z\d-]+\.localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i;

/** Whether a server that is bound to this host can be reached from its own machine only. */
export function isLoopbackHost(host: string): boolean {
  return host === '::1' || loopbackName.test(host);
}

/**
 * Lets only requests through that name one of `hosts`, with or without a port; `loopback`: any name of this machine.
 * A page whose own name was made to lead here (DNS rebinding) is told apart by the name that its requests carry.
 */
export function onlyHosts(hosts: 'any' | 'loopback' | readonly string[]): MiddlewareHandler {
  return async (c, next) => {
    if (hosts !== 'any' && !isOneOf(hosts, hostOf(c)))
      throw new HttpProblem({
        status: 403,
        code: 'host_not_allowed',
        detail: 'This server does not answer under that name (Host).',
      });
    await next();
  };
}

/** Another site's page must not act through the browser of somebody who can reach this API. */
export const sameOrigin: MiddlewareHandler = async (c, next) => {
  const isSafe = c.req.method === 'GET' || c.req.method === 'HEAD';
  if (!isSafe && isForeign(c)) {
    throw new HttpProblem({
      status: 403,
      code: 'cross_site',
      detail: 'Pages of other sites may not do this.',
    });
  }
  await next();
};

/** What browsers say of themselves counts; one that does not say where its page belongs at least says where it is from. */
function isForeign(c: Context): boolean {
  const site = c.req.header('sec-fetch-site');
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  const origin = c.req.header('origin');
  return origin !== undefined && !(URL.canParse(origin) && new URL(origin).host === hostOf(c).toLowerCase());
}

function isOneOf(hosts: 'loopback' | readonly string[], host: string): boolean {
  if (hosts === 'loopback') return loopbackName.test(host);
  const name = host.replace(/:\d{1,5}$/, '').toLowerCase();
  return hosts.some((one) => one.toLowerCase() === name || one.toLowerCase() === host.toLowerCase());
}

/** The name under which the request came. */
function hostOf(c: Context): string {
  return c.req.header('host') ?? new URL(c.req.url).host;
}
