import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { CliError } from './exit-code.ts';
import type { Io } from './io.ts';

/** JSON as it is given on the command line: itself, `@file`, or `-` for stdin. Throws `CliError` when it is none. */
export async function readJson(io: Io, argument: string, option: string): Promise<unknown> {
  const text =
    argument === '-'
      ? await io.readInput()
      : argument.startsWith('@')
        ? readText(resolve(io.cwd, argument.slice(1)), option)
        : argument;
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const advice = [`Give JSON, @file, or - for stdin: ${option} '{"customerId":"c1"}'`];
    throw new CliError('usage', `${option} is no JSON: ${(error as Error).message}`, {
      cause: error,
      advice,
    });
  }
}

function readText(path: string, option: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new CliError('usage', `${option}: cannot read ${path}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
