import type { MiddlewareHandler } from 'hono';
import { HttpProblem } from './problem.ts';

/** The longest URL, with its query; characters. */
const longestUrl = 4_096;
/** The most parameters of a query. */
const mostParameters = 100;
/** All headers together, names and values; characters. Node's own server refuses more than this before. */
const longestHeaders = 16_384;

/** Refuses requests whose URL, query or headers are larger than any that make sense. */
export const sizeLimits: MiddlewareHandler = async (c, next) => {
  const url = new URL(c.req.url);
  if (url.pathname.length + url.search.length > longestUrl)
    throw new HttpProblem({
      status: 414,
      code: 'uri_too_long',
      detail: `The URL may have ${longestUrl} characters at most.`,
    });
  if (url.searchParams.size > mostParameters)
    throw new HttpProblem({
      status: 422,
      code: 'validation',
      detail: `The query may have ${mostParameters} parameters at most.`,
    });
  let length = 0;
  for (const [name, value] of c.req.raw.headers) length += name.length + value.length;
  if (length > longestHeaders)
    throw new HttpProblem({
      status: 431,
      code: 'headers_too_large',
      detail: `The headers may have ${longestHeaders} characters at most.`,
    });
  await next();
};
