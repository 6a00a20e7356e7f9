import { Buffer } from 'node:buffer';
import { DefinitionError } from '../core/errors.ts';
import type { PayloadCodec } from '../core/payload-codec.ts';
import { toRedact } from '../core/redaction.ts';
import type { AppOptions } from '../http/app.ts';
import { type AuthOptions, createAuthenticate } from '../http/auth.ts';
import { type JwtOptions, jwtAlgorithms } from '../http/auth-jwt.ts';
import { isLoopbackHost } from '../http/security-origin.ts';
import { createAesPayloadCodec } from '../runtime/aes-payload-codec.ts';
import { CliError } from './exit-code.ts';
import { readSecretFile } from './secret-file.ts';
import type { Settings } from './settings.ts';
import { parseTokenLines } from './token-lines.ts';

/** What the HTTP API is told about who may use it. */
export type ApiSecurity = Pick<AppOptions, 'auth' | 'hosts' | 'rateLimits' | 'redact'>;

/** Who may use the API. Throws `CliError` for settings that make no sense, and where anybody in the network could use it. */
export function toApiSecurity({ http, auth, payload }: Settings): ApiSecurity {
  const options = orUsage(() => toAuth(auth));
  if (options === undefined && !isLoopbackHost(http.host))
    throw new CliError('usage', `the API would listen at ${http.host} and ask nobody who they are`, {
      advice: [
        "Say who may use it: SAGACHART_AUTH_TOKENS ('sagachart token' makes one), or SAGACHART_AUTH_JWT_ISSUER.",
        'Or listen on this machine only: SAGACHART_HOST=127.0.0.1',
      ],
    });
  const redact = toRedactRules({ payload });
  return {
    ...(options === undefined ? {} : { auth: options }),
    ...(http.hosts === undefined ? {} : { hosts: wordsOf(http.hosts) }),
    ...(redact.length === 0 ? {} : { redact }),
    rateLimits: {
      ...rateOf('requests', http.rateLimit),
      ...rateOf('starts', http.startRateLimit),
      ...rateOf('tenant', http.tenantRateLimit),
      streams: { all: http.maxStreams, caller: http.maxCallerStreams },
    },
  };
}

/** What only admins see; nobody who listens to published events. Throws `CliError` for what is no rule. */
export function toRedactRules({ payload }: Pick<Settings, 'payload'>): readonly string[] {
  const rules = wordsOf(payload.redact);
  orUsage(() => toRedact(rules));
  return rules;
}

/** What encodes payloads; `undefined`: they are stored as they are. Throws `CliError` for keys that are none. */
export function toPayloadCodec({ payload }: Settings): PayloadCodec | undefined {
  const { keys, keysFile } = payload;
  const text = keysFile === undefined ? keys : readSecretFile(keysFile, 'payload.keysFile');
  if (text === undefined) return undefined;
  if (keys !== undefined && keysFile !== undefined)
    throw new CliError('usage', 'payload.keys and payload.keysFile: give one of them');
  const decoded = text.split(/[\s,]+/).filter((key) => key !== '');
  return orUsage(() => createAesPayloadCodec({ keys: decoded.map((key) => Buffer.from(key, 'base64')) }));
}

function toAuth(auth: Settings['auth']): AuthOptions | undefined {
  const tokens = [
    ...parseTokenLines(auth.tokens ?? '', 'auth.tokens'),
    ...(auth.tokensFile === undefined
      ? []
      : parseTokenLines(readSecretFile(auth.tokensFile, 'auth.tokensFile'), 'auth.tokensFile')),
  ];
  const isAsked = auth.tokens !== undefined || auth.tokensFile !== undefined || auth.jwtIssuer !== undefined;
  if (!isAsked) return undefined;
  const options = { tokens, ...(auth.jwtIssuer === undefined ? {} : { jwt: toJwt(auth.jwtIssuer, auth) }) };
  // Throws for what would let nobody in.
  createAuthenticate(options);
  return options;
}

function toJwt(issuer: string, auth: Settings['auth']): JwtOptions {
  const { jwtAudience, jwtJwksUrl, jwtKeyFile } = auth;
  if (jwtAudience === undefined)
    throw new CliError('usage', 'auth.jwtIssuer needs auth.jwtAudience: for whom tokens must be');
  return {
    issuer,
    audience: jwtAudience,
    key: toKey(jwtJwksUrl, jwtKeyFile),
    algorithms: toAlgorithms(auth.jwtAlgorithms),
    roleClaim: auth.jwtRoleClaim,
    tenantClaim: auth.jwtTenantClaim,
    clockTolerance: auth.jwtClockTolerance,
  };
}

function toKey(jwksUrl: string | undefined, keyFile: string | undefined): JwtOptions['key'] {
  if (jwksUrl !== undefined && keyFile === undefined) return { jwksUrl };
  if (keyFile !== undefined && jwksUrl === undefined)
    return { pem: readSecretFile(keyFile, 'auth.jwtKeyFile') };
  throw new CliError('usage', 'auth.jwtIssuer needs auth.jwtJwksUrl or auth.jwtKeyFile: one of both');
}

function toAlgorithms(text: string): NonNullable<JwtOptions['algorithms']> {
  const names = wordsOf(text);
  const known = jwtAlgorithms.filter((name) => names.includes(name));
  if (known.length === names.length) return known;
  throw new CliError('usage', `auth.jwtAlgorithms: use some of ${jwtAlgorithms.join(', ')}`);
}

function rateOf(name: 'requests' | 'starts' | 'tenant', perSecond: number) {
  return perSecond === 0 ? {} : { [name]: { perSecond } };
}

function wordsOf(text: string | undefined): readonly string[] {
  return (text ?? '').split(',').filter((word) => word !== '');
}

/** What a room refuses is a setting that makes no sense. */
function orUsage<Made>(make: () => Made): Made {
  try {
    return make();
  } catch (error) {
    if (error instanceof DefinitionError) throw new CliError('usage', error.message, { cause: error });
    throw error;
  }
}
