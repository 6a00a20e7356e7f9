import type { ApiToken } from '../http/auth.ts';
import { type Role, roles } from '../http/roles.ts';
import { toTenants } from '../http/tenant.ts';
import { CliError } from './exit-code.ts';

/** Reads who is let in: lines `name role tenants sha256`, or with `;` between. Throws `CliError`; it quotes no hash. */
export function parseTokenLines(text: string, setting: string): readonly ApiToken[] {
  return text
    .split(/[\n;]/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line, index) => parseLine(line, `${setting}, entry ${index + 1}`));
}

/** The line that lets a token in. */
export function toTokenLine({ subject, role, tenants, sha256 }: ApiToken): string {
  return `${subject} ${role} ${typeof tenants === 'string' ? tenants : tenants.join(',')} ${sha256}`;
}

function parseLine(line: string, place: string): ApiToken {
  const [subject = '', role = '', tenantText = '', sha256 = '', ...rest] = line.split(/\s+/);
  const tenants = toTenants(tenantText.split(','));
  if (!/^[\w.@-]{1,64}$/.test(subject)) throw wrong(place, 'a name has letters, digits, _, ., @ and -');
  if (!isRole(role)) throw wrong(place, `the role is one of ${roles.join(', ')}`);
  if (tenants === undefined) throw wrong(place, 'tenants are * or names with commas');
  if (!/^[0-9a-f]{64}$/i.test(sha256) || rest.length > 0)
    throw wrong(place, "the last word is the token's SHA-256, 64 hex digits: not the token itself");
  return { subject, role, tenants, sha256 };
}

function isRole(word: string): word is Role {
  return (roles as readonly string[]).includes(word);
}

function wrong(place: string, what: string): CliError {
  const advice = ["Write: name role tenants sha256. 'sagachart token' makes such a line."];
  return new CliError('usage', `${place}: ${what}`, { advice });
}
