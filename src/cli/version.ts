import { readFileSync } from 'node:fs';

/** This package's version; the file lies as far above `src/cli` as above `dist/cli`. */
export const { version } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as {
  readonly version: string;
};
