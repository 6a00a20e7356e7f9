import { readFileSync } from 'node:fs';
import { CliError } from './exit-code.ts';

/** The text of a file that a setting names, without white space around it. Throws `CliError`. */
export function readSecretFile(path: string, setting: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw new CliError('usage', `${setting}: cannot read ${path}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
