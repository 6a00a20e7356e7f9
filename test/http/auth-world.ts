import { createHash } from 'node:crypto';
import type { AppOptions } from '../../src/http/app.ts';
import type { ApiToken } from '../../src/http/auth.ts';
import type { Role } from '../../src/http/roles.ts';
import type { Tenants } from '../../src/http/tenant.ts';
import { createWorld, type Script } from './api-world.ts';

/** A token's hash, as a node is told of it. */
export function sha256(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** What lets a token in. */
export function letIn(token: string, role: Role, tenants: Tenants): ApiToken {
  return { subject: token, role, tenants, sha256: sha256(token) };
}

/** Tokens of two tenants, named after what they may do. */
export const tokens = [
  letIn('a-viewer', 'viewer', ['a']),
  letIn('a-operator', 'operator', ['a']),
  letIn('a-admin', 'admin', ['a']),
  letIn('b-viewer', 'viewer', ['b']),
  letIn('b-operator', 'operator', ['b']),
  letIn('b-admin', 'admin', ['b']),
  letIn('ab-operator', 'operator', ['a', 'b']),
  letIn('all-viewer', 'viewer', '*'),
  letIn('all-admin', 'admin', '*'),
];

/** Shows a token. */
export function as(token: string, headers: Readonly<Record<string, string>> = {}): Record<string, string> {
  return { Authorization: `Bearer ${token}`, ...headers };
}

/** An API that asks who somebody is; its participant never answers unless the script says otherwise. */
export function createGuardedWorld(options: Partial<AppOptions> = {}, script: Script = () => undefined) {
  return createWorld(script, { auth: { tokens }, ...options });
}
