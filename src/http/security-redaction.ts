import type { Context } from 'hono';
import { type Redact, toRedact } from '../core/redaction.ts';
import type { Caller } from './auth-identity.ts';

/** Leaves out of a JSON answer what the caller must not see. Routes with other kinds of answers do it themselves: `redactFor`. */
export async function redactAnswer(c: Context, redact: Redact): Promise<void> {
  if (c.res.headers.get('content-type')?.startsWith('application/json') !== true || c.res.body === null)
    return;
  const { status } = c.res;
  const headers = new Headers(c.res.headers);
  const body = JSON.stringify(redact(await c.res.json()));
  headers.delete('content-length');
  // Hono would keep the headers of the answer that this one replaces.
  c.res = undefined;
  c.res = new Response(body, { status, headers });
}

/** Leaves out what a caller must not see, for what is no JSON answer. */
export function redactFor(caller: Caller, rules: readonly string[] | undefined): Redact {
  return rules === undefined || seesAll(caller) ? (value) => value : toRedact(rules);
}

/** Who sees what is redacted for others. */
export function seesAll({ subject, role }: Caller): boolean {
  return subject !== undefined && role === 'admin';
}
