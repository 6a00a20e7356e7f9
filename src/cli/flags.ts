import { type Command, InvalidArgumentError } from 'commander';
import { type Duration, toMilliseconds } from '../core/duration.ts';
import { type Api, type ApiOptions, createApi } from './api.ts';
import { type Config, readConfig } from './config.ts';
import { CliError, type ExitReason } from './exit-code.ts';
import type { Io } from './io.ts';
import { readSecretFile } from './secret-file.ts';
import type { Settings } from './settings.ts';

/** What commands are given to work with. */
export interface Cli {
  readonly io: Io;
  /** Makes a command's work its action; how that ends is how the process ends. */
  readonly does: <Args extends readonly unknown[]>(
    work: (...args: Args) => Promise<ExitReason>,
  ) => (...args: Args) => Promise<void>;
}

/** The options that every command has. */
export interface CommonFlags {
  readonly config?: string;
  readonly json?: true;
}

/** The options of a command that talks to a node. */
export interface ApiFlags extends CommonFlags {
  readonly url?: string;
  readonly tokenFile?: string;
  readonly tenant?: string;
}

/** Adds `--config` and `--json`. */
export function withCommon(command: Command): Command {
  return command
    .option('--config <file>', 'settings; default: SAGACHART_CONFIG, or ./sagachart.yaml')
    .option('--json', 'JSON; lists as one object a line');
}

/** Adds `--url`, who asks, and the common options. A token is no option: every user of the machine could read it. */
export function withApi(command: Command): Command {
  return withCommon(
    command
      .option('--url <url>', 'the API of a node; default: SAGACHART_URL')
      .option(
        '--token-file <file>',
        'holds the token to show it; default: SAGACHART_TOKEN_FILE, SAGACHART_TOKEN',
      )
      .option('--tenant <name>', 'whose sagas; default: SAGACHART_TENANT'),
  );
}

/** The settings that a command works with. Throws `CliError`. */
export function configFor(
  { env, cwd }: Io,
  { config, url, tokenFile, tenant }: ApiFlags,
  flags: Readonly<Record<string, string | undefined>> = {},
): Config {
  const ofApi = { 'api.url': url, 'api.tokenFile': tokenFile, 'api.tenant': tenant };
  return readConfig({ env, cwd, file: config, flags: { ...flags, ...ofApi } });
}

/** The node that a command talks to. Throws `CliError`. */
export function apiFor(io: Io, flags: ApiFlags): Api {
  return createApi(toApiOptions(configFor(io, flags).settings));
}

/** Where the API is and who asks, as the settings say; a file that is named goes before a token. Throws `CliError`. */
export function toApiOptions({ api }: Settings): ApiOptions {
  const token = api.tokenFile === undefined ? api.token : readSecretFile(api.tokenFile, 'api.tokenFile');
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token))
    throw new CliError('usage', 'the token is not one word of visible ASCII characters');
  return { url: api.url, token, tenant: api.tenant };
}

/** An option's value as a span of time; ms. */
export function toDuration(text: string): number {
  try {
    return toMilliseconds(text as Duration);
  } catch {
    throw new InvalidArgumentError("Write a duration, such as '500ms' or '30s'.");
  }
}

/** An option's value as a whole number from `min`. */
export function toWhole(min: number): (text: string) => number {
  return (text) => {
    if (/^\d{1,10}$/.test(text) && Number(text) >= min) return Number(text);
    throw new InvalidArgumentError(`Write a whole number from ${min}.`);
  };
}

/** `name=value`, added to the pairs that were given before. */
export function addPair(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const at = text.indexOf('=');
  if (at <= 0) throw new InvalidArgumentError('Write name=value.');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}
