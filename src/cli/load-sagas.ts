import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { AnySagaDefinition } from '../core/definition.ts';
import { DefinitionError } from '../core/errors.ts';
import { CliError } from './exit-code.ts';

/**
 * The saga definitions that modules export, under any name, alone or in arrays; each checked. Throws `CliError` when a
 * module cannot be loaded, exports none, or one is not sound.
 */
export async function loadSagas(
  cwd: string,
  modules: readonly string[],
): Promise<readonly AnySagaDefinition[]> {
  const found = await Promise.all(modules.map((module) => loadModule(resolve(cwd, module))));
  return [...new Set(found.flat())];
}

/** Where a module exports a saga: under which name, and, in an array, at which place. */
export interface SagaExport {
  readonly exportName: string;
  readonly index?: number;
}

/** Where a module exports one of the sagas that `loadSagas` found in it. */
export async function exportOf(cwd: string, module: string, saga: AnySagaDefinition): Promise<SagaExport> {
  const exported = Object.entries(await importModule(resolve(cwd, module)));
  const [exportName = saga.name, value] =
    exported.find(([, one]) => one === saga) ??
    exported.find(([, one]) => Array.isArray(one) && one.includes(saga)) ??
    [];
  return Array.isArray(value) ? { exportName, index: value.indexOf(saga) } : { exportName };
}

async function loadModule(path: string): Promise<readonly AnySagaDefinition[]> {
  if (!existsSync(path) || statSync(path).isDirectory()) {
    const advice = ['Give the path of the module that exports your sagas, such as ./dist/sagas.js.'];
    throw new CliError('usage', `there is no module ${path}`, { advice });
  }
  const sagas = Object.values(await importModule(path))
    .flat()
    .filter(isSagaDefinition);
  if (sagas.length === 0) {
    const advice = ["Export what 'defineSaga' gives: export const order = defineSaga('order', …)."];
    throw new CliError('usage', `${path} exports no saga definition`, { advice });
  }
  for (const saga of sagas) check(path, saga);
  return sagas;
}

async function importModule(path: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return (await import(pathToFileURL(path).href)) as Readonly<Record<string, unknown>>;
  } catch (error) {
    throw new CliError('usage', `${path} cannot be loaded: ${textOf(error)}`, {
      cause: error,
      advice: adviceFor(error),
    });
  }
}

/** Also one of another copy of this package: its class is not ours. */
function isSagaDefinition(value: unknown): value is AnySagaDefinition {
  if (typeof value !== 'object' || value === null) return false;
  return ['name', 'version', 'nodes', 'options', 'plan', 'machine', 'ref'].every((key) => key in value);
}

/** Its machine is only built when it is asked for. */
function check(path: string, saga: AnySagaDefinition): void {
  try {
    void saga.ref;
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error;
    throw new CliError('usage', `${path}: ${error.message}`, { cause: error });
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

const typeScript = [
  'This version of Node does not run TypeScript by itself (22.18 and later do). Either build it, or run',
  "  NODE_OPTIONS='--import tsx' npx sagachart …",
];

function adviceFor(error: unknown): readonly string[] {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ERR_UNKNOWN_FILE_EXTENSION') return typeScript;
  return code === 'ERR_MODULE_NOT_FOUND'
    ? ['Is it installed, and does the path in the import have its ending?']
    : [];
}
