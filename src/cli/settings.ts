import { z } from 'zod';
import { MAX_REPLY_BYTES } from '../core/wire-limits.ts';
import { defaultLimits, type Limits } from '../runtime/orchestrator-options.ts';
import { alerts } from './alert-settings.ts';
import { conformance } from './conformance-settings.ts';
import { events, retention } from './event-settings.ts';
import { auth, payload, rates } from './security-settings.ts';
import { setting, type SettingInfo, settingInfo } from './setting-info.ts';
import { bytes, databaseUrl, duration, httpUrl, natsUrl, wholeNumber, words } from './setting-values.ts';

const token = z
  .string()
  .regex(
    /^[A-Za-z0-9_-]{1,64}(?:\.[A-Za-z0-9_-]{1,64})*$/,
    'use letters, digits, _ and -, with dots between',
  );
const host = z.string().trim().min(1, 'write a host name or an address');
const port = () => wholeNumber(0, 65_535);
const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

const database = {
  url: setting(databaseUrl.optional(), 'DATABASE_URL', 'PostgreSQL 15 or later', 'url'),
  connections: setting(
    wholeNumber(1, 1_000).default(6),
    'SAGACHART_DATABASE_CONNECTIONS',
    'connections at most',
  ),
  statementTimeout: setting(
    duration.default(10_000),
    'SAGACHART_DATABASE_STATEMENT_TIMEOUT',
    'after how long the server gives up a statement',
    'duration',
  ),
};

const nats = {
  url: setting(natsUrl.optional(), 'NATS_URL', 'NATS servers', 'url'),
  prefix: setting(token.default('saga.v1'), 'SAGACHART_NATS_PREFIX', 'begins the subjects of commands'),
  inboxPrefix: setting(
    token.default('_INBOX'),
    'SAGACHART_NATS_INBOX_PREFIX',
    'begins the subjects of replies',
  ),
  maxReplyBytes: setting(
    bytes.default(MAX_REPLY_BYTES),
    'SAGACHART_NATS_MAX_REPLY_BYTES',
    'the largest reply that is read',
    'bytes',
  ),
};

const http = {
  host: setting(host.default('127.0.0.1'), 'SAGACHART_HOST', 'where the API listens'),
  port: setting(port().default(7411), 'SAGACHART_PORT', 'where the API listens; 0: any free port'),
  maxBodyBytes: setting(
    bytes.default(256 * 1024),
    'SAGACHART_MAX_BODY_BYTES',
    'the largest request body that is read',
    'bytes',
  ),
  hosts: setting(
    words.optional(),
    'SAGACHART_HOSTS',
    'names under which the API answers (Host), with commas; without auth those of this machine when left out',
  ),
  ...rates,
};

const health = {
  host: setting(
    host.default('127.0.0.1'),
    'SAGACHART_HEALTH_HOST',
    'where /healthz, /readyz and /metrics are answered, to whoever asks',
  ),
  port: setting(port().optional(), 'SAGACHART_HEALTH_PORT', 'the same; not there when it is not set'),
};

const limits = {
  maxActors: setting(
    wholeNumber(1, 10_000_000).default(defaultLimits.maxActors),
    'SAGACHART_MAX_ACTORS',
    'sagas driven at once',
  ),
  maxBatch: setting(
    wholeNumber(1, 10_000).default(defaultLimits.maxBatch),
    'SAGACHART_MAX_BATCH',
    'sagas in one statement',
  ),
  commitConcurrency: setting(
    wholeNumber(1, 100).default(defaultLimits.commitConcurrency),
    'SAGACHART_COMMIT_CONCURRENCY',
    'statements under way at once',
  ),
  maxInFlight: setting(
    wholeNumber(1, 1_000_000).default(defaultLimits.maxInFlight),
    'SAGACHART_MAX_IN_FLIGHT',
    'commands one participant has to answer at once',
  ),
  reservedPercent: setting(
    wholeNumber(0, 90).default(defaultLimits.reservedPercent),
    'SAGACHART_RESERVED_PERCENT',
    'how much of maxInFlight is kept for undos and seals, in percent',
  ),
  maxWaiting: setting(
    wholeNumber(1, 10_000_000).default(defaultLimits.maxWaiting),
    'SAGACHART_MAX_WAITING',
    'actions waiting for one participant, past which sagas that begin with it are refused',
  ),
  maxStarting: setting(
    wholeNumber(1, 1_000_000).default(defaultLimits.maxStarting),
    'SAGACHART_MAX_STARTING',
    'starts being made durable at once; more are refused',
  ),
  leaseTtl: setting(
    duration.default(defaultLimits.leaseTtl),
    'SAGACHART_LEASE_TTL',
    'how long after a node died others take over',
    'duration',
  ),
  claimInterval: setting(
    duration.default(defaultLimits.claimInterval),
    'SAGACHART_CLAIM_INTERVAL',
    'how often to look for due sagas',
    'duration',
  ),
} satisfies Readonly<Record<keyof Limits, z.ZodType>>;

const embedded = {
  data: setting(
    z.string().min(1).default('./.sagachart'),
    'SAGACHART_DATA',
    'directory of the embedded database (--embedded)',
  ),
  natsPort: setting(port().default(4333), 'SAGACHART_NATS_PORT', 'port of the embedded broker (--embedded)'),
};

const inspect = {
  url: setting(
    httpUrl.optional(),
    'SAGACHART_INSPECTOR_URL',
    "the Stately Inspector that the page's button opens; the one at stately.ai when left out",
  ),
  socket: setting(
    z.enum(['on', 'off'], 'use on or off').default('off'),
    'SAGACHART_INSPECT_SOCKET',
    'whether inspectors of XState 4 on this machine may connect to `/v1/inspect`',
  ),
  origins: setting(
    words.default(''),
    'SAGACHART_INSPECT_ORIGINS',
    'pages that may connect there, such as https://stately.ai, with commas',
  ),
};

const shutdown = {
  timeout: setting(
    duration.default(20_000),
    'SAGACHART_SHUTDOWN_TIMEOUT',
    'how long a node may take to drain',
    'duration',
  ),
};

const log = {
  level: setting(
    z.enum(levels, `use one of ${levels.join(', ')}`).default('info'),
    'SAGACHART_LOG_LEVEL',
    'what is logged to stderr',
  ),
};

const api = {
  url: setting(
    httpUrl.default('http://127.0.0.1:7411'),
    'SAGACHART_URL',
    'the API that client commands talk to',
    'url',
  ),
  token: setting(z.string().optional(), 'SAGACHART_TOKEN', 'who client commands are to that API', 'secret'),
  tokenFile: setting(z.string().optional(), 'SAGACHART_TOKEN_FILE', 'instead: a file with the token'),
  tenant: setting(
    z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,128}$/, 'use letters, digits, _ and -')
      .optional(),
    'SAGACHART_TENANT',
    'whose sagas client commands are about, where the token leaves a choice',
  ),
};

const sections = {
  database,
  nats,
  http,
  auth,
  payload,
  health,
  limits,
  events,
  retention,
  conformance,
  alerts,
  embedded,
  inspect,
  shutdown,
  log,
  api,
};

/** All settings of a node and of the command line. Durations in ms, sizes in bytes. */
export const Settings = z.strictObject({
  database: z.strictObject(database).prefault({}),
  nats: z.strictObject(nats).prefault({}),
  http: z.strictObject(http).prefault({}),
  auth: z.strictObject(auth).prefault({}),
  payload: z.strictObject(payload).prefault({}),
  health: z.strictObject(health).prefault({}),
  limits: z.strictObject(limits).prefault({}),
  events: z.strictObject(events).prefault({}),
  retention: z.strictObject(retention).prefault({}),
  conformance: z.strictObject(conformance).prefault({}),
  alerts: z.strictObject(alerts).prefault({}),
  embedded: z.strictObject(embedded).prefault({}),
  inspect: z.strictObject(inspect).prefault({}),
  shutdown: z.strictObject(shutdown).prefault({}),
  log: z.strictObject(log).prefault({}),
  api: z.strictObject(api).prefault({}),
} satisfies Readonly<Record<keyof typeof sections, z.ZodType>>);

/** The settings as the program uses them. */
export type Settings = z.output<typeof Settings>;

/** One setting, and where it stands: `database` `url`. */
export interface Setting extends SettingInfo {
  readonly section: string;
  readonly key: string;
}

/** Every setting there is, in order. */
export const settingList: readonly Setting[] = Object.entries(sections).flatMap(([section, shape]) =>
  Object.entries(shape).flatMap(([key, schema]) => {
    const info = settingInfo(schema as z.ZodType);
    return info === undefined ? [] : [{ section, key, ...info }];
  }),
);

/** A setting's name in the file: `database.url`. */
export function settingName({ section, key }: Setting): string {
  return `${section}.${key}`;
}
