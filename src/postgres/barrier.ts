import type postgres from 'postgres';
import type { Barrier } from '../core/barrier.ts';
import { StorageUnavailableError } from '../core/errors.ts';
import { passBarrier, type BarrierDatabase } from './barrier-passage.ts';
import { BarrierPool, type Isolation } from './barrier-pool.ts';
import { CREATE_BARRIER_TABLE, pruneRows, type Query } from './barrier-table.ts';
import type { PostgresTx } from './barrier-tx.ts';

/** A barrier in the participant's own database: a handler's writes and the barrier's row are one transaction. */
export interface PostgresBarrier<Tx> extends Barrier<Tx> {
  /** Creates the table `saga_barrier` where it is missing; the first passage does it too. */
  prepare(): Promise<void>;
  /**
   * Forgets actions whose rows are all older than `before`, and says how many rows that were. What is forgotten can
   * happen again: a command that comes after its row is gone is executed as if it were new, a late action even though
   * it was undone. So keep rows for longer than any saga, its retries and its retention last; 30 days more is a good margin.
   */
  prune(before: Date): Promise<number>;
  /** Waits for the passages at hand, then ends the barrier's own connections. The given client is left open. */
  close(): Promise<void>;
}

/** What a PostgreSQL barrier needs. */
export interface PostgresBarrierOptions {
  /** A client for the participant's database: its options are used for the barrier's own connections. */
  readonly sql: postgres.Sql;
  /** Passages that run at a time, each on a connection of its own; others wait. Default 10. */
  readonly connections?: number;
  /** After how many ms a passage's transaction is broken off and rolled back; `RetryableError`. Default 60,000. */
  readonly timeout?: number;
  /** What handlers run under. The barrier is right under each; the stricter ones rerun handlers more often. Default `read committed`. */
  readonly isolation?: Isolation;
}

/** A barrier in PostgreSQL, reached with postgres.js. Handlers get `tx`, which writes as `sql` does. */
export function createPostgresBarrier({
  sql,
  connections = 10,
  timeout = 60_000,
  isolation = 'read committed',
}: PostgresBarrierOptions): PostgresBarrier<PostgresTx> {
  const pool = new BarrierPool(sql, { connections, timeout, isolation });
  return createBarrier({
    database: pool,
    query: (text, parameters) => sql.unsafe(text, [...parameters]).values(),
    end: () => pool.close(),
  });
}

/** A PGlite, as far as a barrier uses it; `Tx` is its transaction. */
export interface PgliteClient<Tx extends PgliteQueries = PgliteQueries> extends PgliteQueries {
  transaction<Result>(work: (tx: Tx) => Promise<Result>): Promise<Result>;
}

/** What PGlite and its transactions have in common. */
export interface PgliteQueries {
  query(
    text: string,
    parameters?: unknown[],
    options?: { readonly rowMode?: 'array' },
  ): Promise<{ readonly rows: unknown[] }>;
}

/**
 * A barrier in PGlite. Handlers get PGlite's transaction. There is one connection: passages run one after another,
 * and a handler that asks the PGlite itself instead of `tx` waits for ever.
 */
export function createPgliteBarrier<Tx extends PgliteQueries>({
  pglite,
}: {
  readonly pglite: PgliteClient<Tx>;
}): PostgresBarrier<Tx> {
  return createBarrier({
    database: { transaction: (work) => pglite.transaction((tx) => work({ tx, query: queryOf(tx) })) },
    query: queryOf(pglite),
    end: () => undefined,
  });
}

function queryOf(client: PgliteQueries): Query {
  return async (text, parameters) => {
    const { rows } = await client.query(text, [...parameters], { rowMode: 'array' });
    return rows as unknown[][];
  };
}

interface Parts<Tx> {
  readonly database: BarrierDatabase<Tx>;
  /** Runs a statement by itself. */
  readonly query: Query;
  readonly end: () => void;
}

function createBarrier<Tx>({ database, query, end }: Parts<Tx>): PostgresBarrier<Tx> {
  const passages = new Set<Promise<unknown>>();
  let isClosed = false;
  const prepare = once(() => createTable(query));
  return {
    prepare,
    pass: (call, handler) => {
      if (isClosed) return Promise.reject(new StorageUnavailableError('the barrier is closed'));
      const passage = prepare().then(() => passBarrier(database, call, handler));
      const settled = passage.catch(() => undefined).finally(() => passages.delete(settled));
      passages.add(settled);
      return passage;
    },
    prune: async (before) => {
      await prepare();
      return pruneRows(query, before);
    },
    close: async () => {
      isClosed = true;
      await Promise.all(passages);
      end();
    },
  };
}

/** Calls `work` until it succeeded once; all callers share that. */
function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () =>
    (done ??= work().catch((error: unknown) => {
      done = undefined;
      throw error;
    }));
}

async function createTable(query: Query): Promise<void> {
  try {
    await query(CREATE_BARRIER_TABLE, []);
  } catch (error) {
    throw new StorageUnavailableError('the table saga_barrier could not be looked for or created', {
      cause: error,
    });
  }
}
