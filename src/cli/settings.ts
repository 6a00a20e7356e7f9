import { z } from 'zod';
import { MAX_REPLY_BYTES } from '../core/wire-limits.ts';
import { defaultLimits, type Limits } from '../runtime/orchestrator-options.ts';
import { bytes, databaseUrl, duration, httpUrl, natsUrl, wholeNumber } from './setting-values.ts';

/** What there is to know about a setting besides its type. */
export interface SettingInfo {
  /** The environment variable that sets it. */
  readonly env: string;
  readonly description: string;
  /** How its value is shown: ms as `30s`, bytes as `256KiB`, a URL without its password. */
  readonly shown?: 'duration' | 'bytes' | 'url';
}

const infos = z.registry<SettingInfo>();

function setting<Schema extends z.ZodType>(
  schema: Schema,
  env: string,
  description: string,
  shown?: SettingInfo['shown'],
): Schema {
  infos.add(schema, { env, description, ...(shown === undefined ? {} : { shown }) });
  return schema;
}

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
};

const health = {
  host: setting(
    host.default('127.0.0.1'),
    'SAGACHART_HEALTH_HOST',
    'where a worker answers /healthz and /readyz',
  ),
  port: setting(port().optional(), 'SAGACHART_HEALTH_PORT', 'the same; no answers when it is not set'),
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
};

const sections = { database, nats, http, health, limits, embedded, shutdown, log, api };

/** All settings of a node and of the command line. Durations in ms, sizes in bytes. */
export const Settings = z.strictObject({
  database: z.strictObject(database).prefault({}),
  nats: z.strictObject(nats).prefault({}),
  http: z.strictObject(http).prefault({}),
  health: z.strictObject(health).prefault({}),
  limits: z.strictObject(limits).prefault({}),
  embedded: z.strictObject(embedded).prefault({}),
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
    const info = infos.get(schema as z.ZodType);
    return info === undefined ? [] : [{ section, key, ...info }];
  }),
);

/** A setting's name in the file: `database.url`. */
export function settingName({ section, key }: Setting): string {
  return `${section}.${key}`;
}
