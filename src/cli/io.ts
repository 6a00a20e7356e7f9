import { stripVTControlCharacters } from 'node:util';
import type { Env } from './config.ts';

/** What a command sees of the world: data goes out with `out`, everything else with `note`. */
export interface Io {
  readonly env: Env;
  readonly cwd: string;
  /** Writes a line of data to stdout. */
  readonly out: (line: string) => void;
  /** Writes a line for people to stderr. */
  readonly note: (line: string) => void;
  /** Writes over the current line of stderr; nothing where that is no terminal. */
  readonly status: (line: string) => void;
  /** All of stdin. */
  readonly readInput: () => Promise<string>;
  /** Asks on the terminal, where somebody can answer; else `undefined`. */
  readonly ask: ((question: string) => Promise<string>) | undefined;
  /** Columns of the terminal that stdout is, else 0. */
  readonly width: number;
  readonly hasColour: boolean;
}

/** A text of somebody else's that is safe on a terminal: control characters would move the cursor, or worse. */
export function plain(text: string): string {
  return stripVTControlCharacters(text).replaceAll(
    /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g,
    ' ',
  );
}
