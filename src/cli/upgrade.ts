import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { AnySagaDefinition } from '../core/definition.ts';
import { createPostgresDatabase } from '../postgres/postgres-database.ts';
import { UpgradeStore } from '../postgres/upgrade-store.ts';
import { Closers } from './closers.ts';
import { CliError, type ExitReason } from './exit-code.ts';
import type { Io } from './io.ts';
import { loadSagas } from './load-sagas.ts';
import { openEmbedded } from './parts.ts';
import { toPayloadCodec } from './security.ts';
import type { Settings } from './settings.ts';
import { type Migrate, type Pair, type UpgradeMode, UpgradeRun } from './upgrade-run.ts';

/** What to upgrade, and how. */
export interface UpgradeOptions {
  readonly settings: Settings;
  readonly from: string;
  readonly to: string;
  /** Exports functions by the names of sagas: `export function order(snapshot) { … }`. */
  readonly migrate: string | undefined;
  readonly mode: UpgradeMode;
  readonly actor: string | undefined;
  readonly reason: string | undefined;
  readonly batch: number;
  /** The embedded database, where no URL is set. */
  readonly isEmbedded: boolean;
  readonly isJson: boolean;
}

/** `sagachart upgrade`: what a new version means for every saga that runs, and, if asked, pins them to it. */
export async function upgrade(io: Io, options: UpgradeOptions): Promise<ExitReason> {
  const [old, now] = await Promise.all([loadSagas(io.cwd, [options.from]), loadSagas(io.cwd, [options.to])]);
  const pairs = pairsOf(old, now);
  if (pairs.length === 0) throw new CliError('usage', 'the two modules have no saga in common that differs');
  const migrations =
    options.migrate === undefined ? {} : await loadMigrations(resolve(io.cwd, options.migrate));
  const closers = new Closers();
  try {
    const store = await openStore(options, closers);
    if (store === undefined)
      io.note('no database is set (DATABASE_URL, or --embedded): only the definitions are compared');
    let isWell = true;
    for (const pair of pairs) {
      const run = new UpgradeRun(io, { ...options, ...pair, store, migrate: migrations[pair.to.name] });
      isWell = (await run.go()) && isWell;
    }
    return isWell ? 'ok' : 'failed';
  } finally {
    await closers.close();
  }
}

/** `undefined`: there is none. */
async function openStore(
  { settings, isEmbedded }: Pick<UpgradeOptions, 'settings' | 'isEmbedded'>,
  closers: Closers,
): Promise<UpgradeStore | undefined> {
  const { url, statementTimeout } = settings.database;
  const codec = toPayloadCodec(settings);
  if (url === undefined && !isEmbedded) return undefined;
  if (url === undefined) {
    const { database } = await openEmbedded(settings, closers);
    return new UpgradeStore(database, codec);
  }
  const database = createPostgresDatabase({ url, connections: 1, statementTimeout });
  closers.add(() => database.close());
  return new UpgradeStore(database, codec);
}

/** The newest of each name on both sides, where the two are not the same version. */
function pairsOf(old: readonly AnySagaDefinition[], now: readonly AnySagaDefinition[]): readonly Pair[] {
  const newest = (sagas: readonly AnySagaDefinition[], name: string) =>
    sagas.filter((saga) => saga.name === name).toSorted((a, b) => b.version - a.version)[0];
  return [...new Set(old.map(({ name }) => name))].flatMap((name) => {
    const [from, to] = [newest(old, name), newest(now, name)];
    const isOther = from !== undefined && to !== undefined && from.ref.version !== to.ref.version;
    return isOther ? [{ from, to }] : [];
  });
}

async function loadMigrations(path: string): Promise<Readonly<Record<string, Migrate>>> {
  try {
    const found = (await import(pathToFileURL(path).href)) as Readonly<Record<string, unknown>>;
    return Object.fromEntries(
      Object.entries(found).filter(([, value]) => typeof value === 'function'),
    ) as Record<string, Migrate>;
  } catch (error) {
    throw new CliError('usage', `${path} cannot be loaded: ${(error as Error).message}`, { cause: error });
  }
}
