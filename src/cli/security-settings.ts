import { z } from 'zod';
import { setting } from './setting-info.ts';
import { duration, httpUrl, wholeNumber, words } from './setting-values.ts';

const perSecond = () => wholeNumber(0, 1_000_000);

/** Who may use the API. */
export const auth = {
  tokens: setting(
    z.string().optional(),
    'SAGACHART_AUTH_TOKENS',
    "who may use the API: lines 'name role tenants sha256', or with ; between; made by 'sagachart token'",
    'secret',
  ),
  tokensFile: setting(
    z.string().optional(),
    'SAGACHART_AUTH_TOKENS_FILE',
    'a file with such lines; read when a node starts',
  ),
  jwtIssuer: setting(
    z.string().optional(),
    'SAGACHART_AUTH_JWT_ISSUER',
    'whose JSON Web Tokens are accepted; needs an audience, and the keys or their URL',
  ),
  jwtAudience: setting(z.string().optional(), 'SAGACHART_AUTH_JWT_AUDIENCE', 'for whom they must be'),
  jwtJwksUrl: setting(
    httpUrl.optional(),
    'SAGACHART_AUTH_JWT_JWKS_URL',
    "where the issuer's keys are; https",
    'url',
  ),
  jwtKeyFile: setting(
    z.string().optional(),
    'SAGACHART_AUTH_JWT_KEY_FILE',
    "instead: a file with the issuer's public key in PEM",
  ),
  jwtAlgorithms: setting(
    words.default('RS256,ES256'),
    'SAGACHART_AUTH_JWT_ALGORITHMS',
    'signatures that are accepted; those with a shared secret never are',
  ),
  jwtRoleClaim: setting(
    z.string().default('role'),
    'SAGACHART_AUTH_JWT_ROLE_CLAIM',
    'where a token says viewer, operator or admin; dots lead into objects',
  ),
  jwtTenantClaim: setting(
    z.string().default('tenant'),
    'SAGACHART_AUTH_JWT_TENANT_CLAIM',
    'where a token names its tenants; * for all',
  ),
  jwtClockTolerance: setting(
    duration.default(5_000),
    'SAGACHART_AUTH_JWT_CLOCK_TOLERANCE',
    "how far the issuer's clock may be off",
    'duration',
  ),
};

/** How much callers may do; a part of section `http`. */
export const rates = {
  rateLimit: setting(
    perSecond().default(1_000),
    'SAGACHART_RATE_LIMIT',
    'requests a second of one caller, twice as many at once; 0: any number',
  ),
  startRateLimit: setting(
    perSecond().default(500),
    'SAGACHART_START_RATE_LIMIT',
    'sagas a second that one caller starts; 0: any number',
  ),
  tenantRateLimit: setting(
    perSecond().default(2_000),
    'SAGACHART_TENANT_RATE_LIMIT',
    'requests a second of all callers of one tenant; 0: any number',
  ),
  maxStreams: setting(
    wholeNumber(1, 1_000_000).default(1_000),
    'SAGACHART_MAX_STREAMS',
    'streams (`GET /v1/stream`) open at once on a node',
  ),
  maxCallerStreams: setting(
    wholeNumber(1, 1_000_000).default(100),
    'SAGACHART_MAX_CALLER_STREAMS',
    'the same, of one caller',
  ),
};

/** How what sagas carry is kept. */
export const payload = {
  keys: setting(
    z.string().optional(),
    'SAGACHART_PAYLOAD_KEYS',
    'encrypt what sagas carry: keys of 32 bytes in base64, with commas; the first one encrypts',
    'secret',
  ),
  keysFile: setting(
    z.string().optional(),
    'SAGACHART_PAYLOAD_KEYS_FILE',
    'instead: a file with such keys, one a line',
  ),
  redact: setting(
    words.optional(),
    'SAGACHART_PAYLOAD_REDACT',
    'left out of answers for all but admins: card.number, *.iban; with commas',
  ),
};
