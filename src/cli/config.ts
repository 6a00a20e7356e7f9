import type { z } from 'zod';
import { readConfigFile } from './config-file.ts';
import { CliError } from './exit-code.ts';
import { type Setting, settingList, settingName, Settings } from './settings.ts';
import { didYouMean } from './suggest.ts';

/** Environment variables, as `process.env` holds them. */
export type Env = Readonly<Record<string, string | undefined>>;

/** Where to look for settings. */
export interface ConfigPlaces {
  readonly env: Env;
  readonly cwd: string;
  /** The file to read instead of `sagachart.yaml`; before `SAGACHART_CONFIG`. */
  readonly file?: string | undefined;
  /** What was said on the command line, by setting name; before everything else. */
  readonly flags?: Readonly<Record<string, string | undefined>> | undefined;
}

/** The effective settings, and where each came from. */
export interface Config {
  readonly settings: Settings;
  readonly file: string | undefined;
  /** By setting name: `command line`, `environment (DATABASE_URL)`, a file's path; none: the default. */
  readonly sources: ReadonlyMap<string, string>;
}

interface Given {
  readonly value: unknown;
  readonly source: string;
  /** What a complaint begins with. */
  readonly label: string;
}

/** Names the file to read; not a setting, since it cannot stand in the file. */
const configVariable = 'SAGACHART_CONFIG';

/**
 * Reads all settings: command line, then environment, then file, then defaults. Throws `CliError` listing everything
 * that is wrong, with what was probably meant.
 */
export function readConfig({ env, cwd, file, flags = {} }: ConfigPlaces): Config {
  const read = readConfigFile(cwd, file ?? textOf(env[configVariable]));
  const given = new Map<string, Given>();
  for (const setting of settingList) {
    const found = find(setting, { flags, env, values: read.values, path: read.path });
    if (found !== undefined) given.set(settingName(setting), found);
  }
  const parsed = Settings.safeParse(toNested(given));
  const invalid = parsed.success ? [] : parsed.error.issues.map((issue) => toProblem(issue, given));
  const problems = [...read.problems, ...unknownVariables(env), ...invalid];
  if (problems.length > 0 || !parsed.success)
    throw new CliError('usage', ['the configuration is not valid', ...problems].join('\n  '));
  return {
    settings: parsed.data,
    file: read.path,
    sources: new Map([...given].map(([name, { source }]) => [name, source])),
  };
}

function find(
  setting: Setting,
  from: {
    readonly flags: NonNullable<ConfigPlaces['flags']>;
    readonly env: Env;
    readonly values: ReadonlyMap<string, unknown>;
    readonly path: string | undefined;
  },
): Given | undefined {
  const name = settingName(setting);
  const flag = from.flags[name];
  if (flag !== undefined) return { value: flag, source: 'command line', label: `the option for ${name}` };
  const variable = isForeign(setting.env, from.env[setting.env]) ? undefined : textOf(from.env[setting.env]);
  if (variable !== undefined)
    return { value: variable, source: `environment (${setting.env})`, label: setting.env };
  const path = from.path ?? '';
  return from.values.has(name)
    ? { value: from.values.get(name), source: path, label: `${path}: ${name}` }
    : undefined;
}

function toNested(given: ReadonlyMap<string, Given>): Record<string, Record<string, unknown>> {
  const nested: Record<string, Record<string, unknown>> = {};
  for (const setting of settingList) {
    const found = given.get(settingName(setting));
    if (found !== undefined) (nested[setting.section] ??= {})[setting.key] = found.value;
  }
  return nested;
}

function toProblem({ path, message }: z.core.$ZodIssue, given: ReadonlyMap<string, Given>): string {
  const setting = settingList.find(({ section, key }) => section === path[0] && key === path[1]);
  const found = setting === undefined ? undefined : given.get(settingName(setting));
  if (setting === undefined || found === undefined) return `${path.join('.')}: ${message}`;
  // A URL may hold a password, and a secret is one.
  const quoted =
    setting.shown === 'url' || setting.shown === 'secret' ? '' : ` (it is ${JSON.stringify(found.value)})`;
  return `${found.label}: ${message}${quoted}`;
}

function unknownVariables(env: Env): readonly string[] {
  const known = [configVariable, ...settingList.map((setting) => setting.env)];
  return Object.keys(env)
    .filter((name) => name.startsWith('SAGACHART_') && !known.includes(name) && !isForeign(name, env[name]))
    .map((name) => `${name}: there is no such setting${didYouMean(name, known)}`);
}

/** Kubernetes gives every container variables for a service of that name, such as `SAGACHART_PORT=tcp://10.0.0.1:7411`. */
function isForeign(name: string, value: string | undefined): boolean {
  return (
    /_SERVICE_(?:HOST|PORT)|_PORT_\d+_(?:TCP|UDP|SCTP)/.test(name) ||
    /^(?:tcp|udp|sctp):\/\//.test(value ?? '')
  );
}

/** An empty variable is as good as none. */
function textOf(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === '' ? undefined : value.trim();
}
