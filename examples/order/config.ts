/** Where the demo keeps its data and listens. */
export interface DemoConfig {
  /** The embedded database's directory; unused with `databaseUrl`. */
  readonly data: string;
  /** HTTP; a free one where it is taken, and for 0. */
  readonly port: number;
  /** The embedded broker; a free one where it is taken, and for 0. Unused with `natsUrl`. */
  readonly natsPort: number;
  /** A PostgreSQL server instead of the embedded one. */
  readonly databaseUrl?: string | undefined;
  /** A NATS server instead of the embedded one. */
  readonly natsUrl?: string | undefined;
  /** Begins the subjects; tells several demos on one NATS server apart. */
  readonly natsPrefix?: string | undefined;
}

/** The demo's settings from the environment. Throws `RangeError` for a port that is none. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): DemoConfig {
  return {
    data: textOf(env['SAGACHART_DATA']) ?? './.sagachart',
    port: portOf('SAGACHART_PORT', env) ?? 7411,
    natsPort: portOf('SAGACHART_NATS_PORT', env) ?? 4333,
    databaseUrl: textOf(env['DATABASE_URL']),
    natsUrl: textOf(env['NATS_URL']),
    natsPrefix: textOf(env['SAGACHART_NATS_PREFIX']),
  };
}

function portOf(name: string, env: Readonly<Record<string, string | undefined>>): number | undefined {
  const text = textOf(env[name]);
  if (text === undefined) return undefined;
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new RangeError(`${name} is '${text}': it must be a port, 0 to 65535 (0: any free one)`);
}

/** An empty variable is as good as none. */
function textOf(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === '' ? undefined : value.trim();
}
