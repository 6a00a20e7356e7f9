import { drizzle } from 'drizzle-orm/pg-proxy';
import postgres from 'postgres';
import { ConnectionPool } from './connection-pool.ts';
import type { ParsedOptions } from './connection.ts';
import type { Database } from './database.ts';

/** How to reach PostgreSQL. */
export interface PostgresOptions {
  /** `postgres://user:password@host:port/database`; several hosts with commas. */
  readonly url: string;
  /** Connections at most; 6 unless given. */
  readonly connections?: number;
  /** After how long the server gives up a statement, in ms; 10 s unless given. The store waits half a second longer. */
  readonly statementTimeout?: number;
}

/**
 * Plans are made once for each connection, often while the tables are small, when reading a whole table looks cheap; it
 * no longer is 100,000 sagas later. Everything the store asks is answered by index lookups, in the index's order.
 */
export const PLANNER_SETTINGS = {
  enable_seqscan: 'off',
  enable_bitmapscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  enable_sort: 'off',
  // To start another process takes longer than any answer.
  max_parallel_workers_per_gather: '0',
  // What is switched off counts as very dear where there is no other way, and what is dear would be compiled first.
  jit: 'off',
};

/** How much longer than the server the store waits, in ms: then the database is not slow but silent. */
const GRACE = 500;

/** PostgreSQL over postgres.js, with connections that can break or fall silent without harm. */
export function createPostgresDatabase({
  url,
  connections = 6,
  statementTimeout = 10_000,
}: PostgresOptions): Database {
  const pool = new ConnectionPool(toOptions(url, statementTimeout), {
    connections,
    deadline: statementTimeout + GRACE,
  });
  const replan = createReplanner();
  return {
    drizzle: drizzle(async (text, parameters: string[]) => ({
      rows: await pool.run((client) => client.unsafe(text, parameters).values()),
    })),
    query: <Row>(text: string, parameters: readonly (string | number)[]) =>
      pool.run(
        async (client) =>
          (await client.unsafe(replan(text), [...parameters], {
            prepare: true,
          })) as unknown as readonly Row[],
      ),
    close: () => pool.close(),
  };
}

function toOptions(url: string, statementTimeout: number): ParsedOptions {
  const { options } = postgres(url, { types: { json: asText } });
  const connection = {
    ...options.connection,
    application_name: 'sagachart',
    ...PLANNER_SETTINGS,
    statement_timeout: statementTimeout,
  };
  return {
    ...options,
    connection,
    connect_timeout: Math.ceil(statementTimeout / 1000),
  } as unknown as ParsedOptions;
}

/** JSON goes in as the text it is: postgres.js would make JSON of it once more. */
const asText = {
  to: 114,
  from: [114, 3802],
  serialize: (text: string) => text,
  parse: (text: string): unknown => JSON.parse(text),
};

/**
 * Gives a statement another text each time that it ran four times as often. A prepared statement keeps its plan until the
 * next ANALYZE; one that was made while a table held a handful of rows reads all of it, also when it holds 100,000.
 */
function createReplanner(): (text: string) => string {
  const runs = new Map<string, number>();
  return (text) => {
    const run = (runs.get(text) ?? 0) + 1;
    runs.set(text, run);
    return `${text}\n-- plan ${Math.floor(Math.log2(run) / 2)}`;
  };
}
