import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { PGlite, type QueryOptions } from '@electric-sql/pglite';
import { dataDir as prepopulated } from '@electric-sql/pglite-prepopulatedfs';
import { drizzle } from 'drizzle-orm/pg-proxy';
import type { Database } from '../postgres/database.ts';
import { withDeadline } from '../postgres/storage-error.ts';

/** A PGlite on the files in `dataDir`, which are made when they are missing; in memory when there is none. */
export async function openPglite(dataDir: string | undefined): Promise<PGlite> {
  if (dataDir === undefined) return PGlite.create({ loadDataDir: await prepopulated() });
  if (!existsSync(join(dataDir, 'PG_VERSION'))) await populate(dataDir);
  return PGlite.create({ dataDir });
}

/** PGlite as the store sees it: each call fails after `deadline` ms; `close` also calls `onClose`. */
export function createPgliteDatabase(
  pglite: Pick<PGlite, 'query' | 'close'>,
  { deadline, onClose }: { readonly deadline: number; readonly onClose: () => void },
): Database {
  // Who holds a transaction open, a participant's handler it may be, keeps all others waiting.
  const query = <Row>(text: string, parameters: unknown[], options?: QueryOptions) =>
    withDeadline(pglite.query<Row>(text, parameters, options), deadline, () => undefined);
  return {
    drizzle: drizzle(async (text, parameters: unknown[]) =>
      query<unknown[]>(text, parameters, { rowMode: 'array' }),
    ),
    query: async <Row>(text: string, parameters: readonly (string | number)[]) =>
      (await query<Row>(text, [...parameters])).rows,
    close: async () => {
      try {
        await pglite.close();
      } finally {
        onClose();
      }
    },
  };
}

/** Elsewhere first: a process killed half-way must not leave files that look whole. */
async function populate(dataDir: string): Promise<void> {
  const draft = `${dataDir}.new`;
  rmSync(draft, { recursive: true, force: true });
  const pglite = await PGlite.create({ dataDir: draft, loadDataDir: await prepopulated() });
  await pglite.close();
  renameSync(draft, dataDir);
}
