import { Buffer } from 'node:buffer';
import { createHash, timingSafeEqual } from 'node:crypto';
import { DefinitionError } from '../core/errors.ts';
import type { Identity } from './auth-identity.ts';
import { createJwtCheck, type JwtOptions } from './auth-jwt.ts';
import { HttpProblem } from './problem.ts';

/** A token that is let in, known by its hash alone. */
export interface ApiToken extends Identity {
  /** SHA-256 of the token, as 64 hex digits. */
  readonly sha256: string;
}

/** Who is let in; at least one way. */
export interface AuthOptions {
  readonly tokens?: readonly ApiToken[];
  readonly jwt?: JwtOptions;
}

/** Finds out whose token it is; `undefined`: it is no good. Rejects with `UnavailableError` when that cannot be told now. */
export type Authenticate = (token: string) => Promise<Identity | undefined>;

/** The longest token that is looked at; characters. */
const longestToken = 8_192;
const bearer = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i;
/** Header, payload and signature: only a JWT looks like that. */
const jwtForm = /^[\w-]+\.[\w-]*\.[\w-]*$/;

/** How to tell who somebody is. Throws `DefinitionError` for options that would let in nobody, or anybody. */
export function createAuthenticate({ tokens = [], jwt }: AuthOptions): Authenticate {
  if (tokens.length === 0 && jwt === undefined)
    throw new DefinitionError('Authentication lets nobody in: give tokens, or jwt.');
  const known = tokens.map((token) => ({ token, hash: toHash(token) }));
  const checkJwt = jwt === undefined ? undefined : createJwtCheck(jwt);
  return async (token) => {
    if (checkJwt !== undefined && jwtForm.test(token)) return checkJwt(token);
    const hash = sha256(token);
    // All are compared, so that the time tells nothing of which, if any, it is.
    const [found] = known.filter((one) => timingSafeEqual(one.hash, hash));
    return found?.token;
  };
}

/** The token of an `Authorization` header. Throws a problem where there is none, or another scheme's. */
export function readBearer(authorization: string | undefined): string {
  const token =
    (authorization ?? '').length > longestToken ? undefined : bearer.exec(authorization ?? '')?.[1];
  if (token !== undefined) return token;
  throw unauthenticated(
    authorization === undefined
      ? 'Say who you are: Authorization: Bearer <token>.'
      : 'The Authorization header is not of the form: Bearer <token>.',
  );
}

/** The refusal of somebody whose token is no good; why it is not, only the log knows. */
export function unauthenticated(detail = 'The token is not valid here, or not any more.'): HttpProblem {
  return new HttpProblem({
    status: 401,
    code: 'unauthenticated',
    detail,
    headers: { 'WWW-Authenticate': 'Bearer realm="sagachart"' },
  });
}

function toHash({ sha256: hex, subject }: ApiToken): Buffer {
  if (/^[0-9a-f]{64}$/i.test(hex)) return Buffer.from(hex, 'hex');
  throw new DefinitionError(`The token of '${subject}' is to be given as its SHA-256, 64 hex digits.`);
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
