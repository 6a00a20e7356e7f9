import { HttpProblem } from './problem.ts';

/** The tenants somebody may act for; `*`: all. */
export type Tenants = '*' | readonly [string, ...string[]];

const tenantName = /^[A-Za-z0-9_-]{1,128}$/;

/**
 * The tenant that a request is about: the one that header `Saga-Tenant` names; without it the first of the caller's, or
 * `fallback` for those who may act for all. Throws a problem for one that is not the caller's: whether it exists is not said.
 */
export function chooseTenant(tenants: Tenants, asked: string | undefined, fallback: string): string {
  if (asked === undefined) return tenants === '*' ? fallback : tenants[0];
  if (tenantName.test(asked) && (tenants === '*' || tenants.includes(asked))) return asked;
  throw new HttpProblem({
    status: 403,
    code: 'tenant_not_allowed',
    detail: 'You may not act for the tenant that Saga-Tenant names.',
  });
}

/** Tenants as a list of words, such as a token's claim holds; `undefined`: it names none, or something that is none. */
export function toTenants(words: readonly unknown[]): Tenants | undefined {
  if (words.length === 1 && words[0] === '*') return '*';
  const [first, ...others] = words.filter((word): word is string => isTenantName(word));
  return first === undefined || others.length + 1 < words.length ? undefined : [first, ...others];
}

function isTenantName(word: unknown): boolean {
  return typeof word === 'string' && tenantName.test(word);
}
