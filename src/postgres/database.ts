import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core';

/**
 * One PostgreSQL, however it is reached: what the store needs of postgres.js and of PGlite alike. Each call is answered or
 * fails within a deadline, with the driver's error. There are no transactions: everything durable is one statement.
 */
export interface Database {
  /** For queries of many shapes. `transaction` may fail. */
  readonly drizzle: PgDatabase<PgQueryResultHKT>;
  /** Runs a statement that is run often, and gives its rows as objects. */
  query<Row>(text: string, parameters: readonly (string | number)[]): Promise<readonly Row[]>;
  /** Waits for what is under way. */
  close(): Promise<void>;
}
