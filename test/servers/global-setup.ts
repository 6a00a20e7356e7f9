import type {} from 'vitest';
import type { TestProject } from 'vitest/node';
import { postgresHint, startPostgres } from './postgres.ts';
import { openPrograms, type Programs } from './programs.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** A PostgreSQL server on which test files create their own databases; `undefined` where there is none. */
    readonly postgresUrl: string | undefined;
    /** The folder with what tests start as processes: `programIn(inject('programs'), …)`. */
    readonly programs: string;
  }
}

/** Starts what the whole run shares. Each is one entry here: start, provide, close. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const programs = openPrograms();
  const [postgres] = await Promise.all([startPostgres(), bundle(programs)]);
  if (postgres === undefined) console.warn(`\n!!! tests on PostgreSQL are skipped: ${postgresHint}\n`);
  project.provide('postgresUrl', postgres?.url);
  project.provide('programs', programs.folder);
  project.onTestsRerun(() => bundle(programs));
  return async () => {
    programs.remove();
    await postgres?.close();
  };
}

/** A source that cannot be compiled fails the tests that start processes, not all of them. */
async function bundle(programs: Programs): Promise<void> {
  await programs.bundle().catch(() => console.warn('\n!!! tests that start processes fail: see above\n'));
}
