import type {} from 'vitest';
import type { TestProject } from 'vitest/node';
import { postgresHint, startPostgres } from './postgres.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** A PostgreSQL server on which test files create their own databases; `undefined` where there is none. */
    readonly postgresUrl: string | undefined;
  }
}

/** Starts the servers that the whole run shares. Each is one entry here: start, provide, close. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const postgres = await startPostgres();
  if (postgres === undefined) console.warn(`\n!!! tests on PostgreSQL are skipped: ${postgresHint}\n`);
  project.provide('postgresUrl', postgres?.url);
  return async () => {
    await postgres?.close();
  };
}
