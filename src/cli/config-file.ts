import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseDocument } from 'yaml';
import { CliError } from './exit-code.ts';
import { settingList, settingName } from './settings.ts';
import { didYouMean } from './suggest.ts';

/** The file that is read when none is named. */
export const configFileName = 'sagachart.yaml';

/** What a configuration file says: values by setting name, and what is wrong with it. */
export interface ConfigFile {
  /** `undefined`: there is none, and none was asked for. */
  readonly path: string | undefined;
  readonly values: ReadonlyMap<string, unknown>;
  readonly problems: readonly string[];
}

/** Reads `given`, or else `sagachart.yaml` in `cwd` where there is one. Throws `CliError` when `given` cannot be read. */
export function readConfigFile(cwd: string, given: string | undefined): ConfigFile {
  const path = resolve(cwd, given ?? configFileName);
  if (given === undefined && !existsSync(path)) return { path: undefined, values: new Map(), problems: [] };
  try {
    return { path, ...toValues(path, parseYaml(readText(path))) };
  } catch (error) {
    if (error instanceof CliError) throw error;
    return { path, values: new Map(), problems: [`${path}: ${firstLine((error as Error).message)}`] };
  }
}

/** Mappings as maps: a key such as `__proto__` is then a key like any other. */
function parseYaml(text: string): unknown {
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error !== undefined) throw error;
  return document.toJS({ mapAsMap: true, maxAliasCount: 10 }) as unknown;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new CliError('usage', `cannot read ${path}: ${(error as Error).message}`, { cause: error });
  }
}

function toValues(path: string, root: unknown): Omit<ConfigFile, 'path'> {
  if (root === null || root === undefined) return { values: new Map(), problems: [] };
  if (!(root instanceof Map))
    return {
      values: new Map(),
      problems: [`${path}: expected sections such as 'database:', with settings inside`],
    };
  const found = [...(root as Map<unknown, unknown>)].map(([section, content]) =>
    readSection(path, String(section), content),
  );
  return {
    values: new Map(found.flatMap(({ values }) => [...values])),
    problems: found.flatMap(({ problems }) => problems),
  };
}

function readSection(path: string, section: string, content: unknown): Omit<ConfigFile, 'path'> {
  const known = settingList.filter((setting) => setting.section === section);
  if (known.length === 0) return { values: new Map(), problems: [unknownSection(path, section)] };
  if (content === null) return { values: new Map(), problems: [] };
  if (!(content instanceof Map))
    return {
      values: new Map(),
      problems: [`${path}: '${section}' holds settings: ${known.map(({ key }) => key).join(', ')}`],
    };
  const entries = [...(content as Map<unknown, unknown>)].map(
    ([key, value]) => [`${section}.${String(key)}`, value] as const,
  );
  const isKnown = (name: string) => known.some((setting) => settingName(setting) === name);
  return {
    // What is left empty is not set.
    values: new Map(entries.filter(([name, value]) => isKnown(name) && value !== null)),
    problems: entries.filter(([name]) => !isKnown(name)).map(([name]) => unknownName(path, name)),
  };
}

function unknownName(path: string, name: string): string {
  return `${path}: there is no setting '${name}'${didYouMean(name, settingList.map(settingName))}`;
}

/** A setting outside of its section is as likely as a misspelt section. */
function unknownSection(path: string, section: string): string {
  const sections = [...new Set(settingList.map((setting) => setting.section))];
  const inside = settingList.find(({ key }) => key === section);
  const hint =
    inside === undefined ? didYouMean(section, sections) : `; did you mean '${settingName(inside)}'?`;
  return `${path}: there is no section '${section}'${hint}`;
}

function firstLine(text: string): string {
  return text.split('\n')[0]?.replace(/:$/, '') ?? text;
}
