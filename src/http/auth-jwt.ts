import { createPublicKey, type KeyObject } from 'node:crypto';
import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify, type JWTVerifyGetKey } from 'jose';
import { DefinitionError, toFailure, UnavailableError } from '../core/errors.ts';
import type { Identity } from './auth-identity.ts';
import { highestRole } from './roles.ts';
import { toTenants } from './tenant.ts';

/** Signatures that need a private key to make: who can check a token cannot make one. */
export const jwtAlgorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const;

/** How far the issuer's clock may be off; ms. */
const defaultTolerance = 5_000;

/** JSON Web Tokens of an identity provider: signed, of this issuer, for this audience, with an end. */
export interface JwtOptions {
  readonly issuer: string;
  readonly audience: string;
  /** The issuer's public key in PEM, or where its keys are: an https URL (http on loopback). */
  readonly key: { readonly pem: string } | { readonly jwksUrl: string };
  /** Only these are accepted, whatever a token says of itself. Default RS256, ES256. */
  readonly algorithms?: readonly (typeof jwtAlgorithms)[number][];
  /** The claim that holds the role, or several; dots lead into objects. Default `role`. */
  readonly roleClaim?: string;
  /** The claim that holds the tenant, several, or `*`; dots lead into objects. Default `tenant`. */
  readonly tenantClaim?: string;
  /** How far the issuer's clock may be off; ms. Default 5,000. */
  readonly clockTolerance?: number;
}

/** Checks JWTs: gives whose it is, or `undefined`. Rejects with `UnavailableError` when the issuer's keys cannot be had. */
export function createJwtCheck(options: JwtOptions): (token: string) => Promise<Identity | undefined> {
  const { issuer, audience, algorithms = ['RS256', 'ES256'], clockTolerance = defaultTolerance } = options;
  if (issuer === '' || audience === '') throw new DefinitionError('JWTs need an issuer and an audience.');
  const foreign = algorithms.filter((name) => !jwtAlgorithms.includes(name));
  if (foreign.length > 0 || algorithms.length === 0)
    throw new DefinitionError(`JWT algorithms: use some of ${jwtAlgorithms.join(', ')}.`);
  const getKey = 'pem' in options.key ? fromPem(options.key.pem) : fromUrl(options.key.jwksUrl);
  const rules = {
    issuer,
    audience,
    algorithms: [...algorithms],
    clockTolerance: clockTolerance / 1_000,
    requiredClaims: ['exp', 'sub'],
  };
  return async (token) => {
    try {
      return toIdentity((await jwtVerify(token, getKey, rules)).payload, options);
    } catch (error) {
      if (error instanceof UnavailableError) throw error;
      // Whatever else is wrong with it: it does not prove who somebody is.
      return undefined;
    }
  };
}

function toIdentity(
  payload: JWTPayload,
  { roleClaim = 'role', tenantClaim = 'tenant', clockTolerance = defaultTolerance }: JwtOptions,
): Identity | undefined {
  const role = highestRole(wordsOf(payload, roleClaim));
  const tenants = toTenants(wordsOf(payload, tenantClaim));
  const { sub = '', exp } = payload;
  if (role === undefined || tenants === undefined || !/^[^\p{C}]{1,200}$/u.test(sub)) return undefined;
  return {
    subject: sub,
    role,
    tenants,
    ...(exp === undefined ? {} : { until: exp * 1_000 + clockTolerance }),
  };
}

/** What a claim holds, as a list. */
function wordsOf(payload: JWTPayload, path: string): readonly unknown[] {
  let value: unknown = payload;
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return [];
    value = (value as Readonly<Record<string, unknown>>)[key];
  }
  return [value].flat();
}

function fromPem(pem: string): () => KeyObject {
  try {
    const key = createPublicKey(pem);
    return () => key;
  } catch (error) {
    throw new DefinitionError(
      `The key of the JWT issuer is no public key in PEM: ${toFailure(error).message}`,
      {
        cause: error,
      },
    );
  }
}

/** Keys are fetched when they are needed, kept for ten minutes, and fetched for an unknown `kid` twice a minute at most. */
function fromUrl(text: string): JWTVerifyGetKey {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isLoopback = url !== undefined && /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname);
  if (url === undefined || !(url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback)))
    throw new DefinitionError('The keys of the JWT issuer must come by https, or from loopback.');
  const keys = createRemoteJWKSet(url, { timeoutDuration: 5_000 });
  return async (header, token) => {
    try {
      return await keys(header, token);
    } catch (error) {
      if (isTokensFault(error)) throw error;
      throw new UnavailableError(`The keys of the JWT issuer cannot be had: ${toFailure(error).message}`, {
        cause: error,
      });
    }
  };
}

/** No key fits the token: that says nothing of the issuer. */
function isTokensFault(error: unknown): boolean {
  return (
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSENotSupported
  );
}
