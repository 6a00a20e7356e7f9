import type { MiddlewareHandler } from 'hono';
import { secureHeaders } from 'hono/secure-headers';

/** An answer of the API is data: whoever shows it must not run any of it. */
const apiPolicy = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; sandbox";

/** The page loads nothing but its own files, and runs nothing that stands in its text. */
const pagePolicy = [
  "default-src 'self'",
  "img-src 'self' data:",
  "object-src 'none'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'self'",
].join('; ');

/** What browsers are told with every answer. The page may open other windows (an inspector's), so its opener is kept. */
export function browserHeaders(): readonly MiddlewareHandler[] {
  return [
    secureHeaders({ xFrameOptions: 'DENY', crossOriginOpenerPolicy: 'same-origin-allow-popups' }),
    contentPolicy,
  ];
}

/** A route that says itself what its answer may do, such as a drawing that brings its style, is left alone. */
const contentPolicy: MiddlewareHandler = async (c, next) => {
  await next();
  if (c.res.headers.has('content-security-policy')) return;
  const isPage = c.res.headers.get('content-type')?.startsWith('text/html') === true;
  c.res.headers.set('Content-Security-Policy', isPage ? pagePolicy : apiPolicy);
};
