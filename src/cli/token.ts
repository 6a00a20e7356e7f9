import { createHash, randomBytes } from 'node:crypto';
import type { ExitReason } from './exit-code.ts';
import type { Io } from './io.ts';
import { parseTokenLines, toTokenLine } from './token-lines.ts';

/** Whom a new token is for. */
export interface TokenOptions {
  readonly name: string;
  readonly role: string;
  /** `*`, or names with commas. */
  readonly tenants: string;
  readonly isJson: boolean;
}

/** `sagachart token`: prints a new token, which nobody keeps, and the line that lets it in. */
export function printToken(io: Io, { name, role, tenants, isJson }: TokenOptions): ExitReason {
  // A fixed beginning, so that scanners for leaked secrets find it.
  const token = `sagachart_${randomBytes(32).toString('base64url')}`;
  const sha256 = createHash('sha256').update(token).digest('hex');
  const [entry] = parseTokenLines(`${name} ${role} ${tenants} ${sha256}`, 'the token');
  const line = entry === undefined ? '' : toTokenLine(entry);
  if (isJson) {
    io.out(JSON.stringify({ token, sha256, line }));
    return 'ok';
  }
  io.out(token);
  io.out(line);
  io.note('The first line is the token: give it to its owner as SAGACHART_TOKEN; it is kept nowhere.');
  io.note(
    'The second one lets it in: put it into SAGACHART_AUTH_TOKENS, or a file that SAGACHART_AUTH_TOKENS_FILE names.',
  );
  return 'ok';
}
