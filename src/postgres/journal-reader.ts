import { setTimeout as pause } from 'node:timers/promises';
import { and, asc, desc, eq, gt, sql } from 'drizzle-orm';
import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core';
import { StorageUnavailableError } from '../core/errors.ts';
import type { JournalEntry } from '../core/store.ts';
import type { Database } from './database.ts';
import { sagaEvents, sagas } from './schema.ts';

/** How long a transaction may keep a reader waiting for the position that it took, in ms; a write takes some. */
const PATIENCE = 2_000;

/**
 * Transactions that may have taken a position: whoever writes the journal holds this lock from before it takes one until
 * after what it wrote can be seen. Only those count. (The oldest transaction of the server, `pg_snapshot_xmin`, would make
 * the journal wait for every backup and every report; and `pg_snapshot_xmax` is no bound for those that run now: it is
 * one past the last that ended, and younger ones may already be at work.)
 */
const JOURNAL_WRITERS = `
select virtualtransaction as writer from pg_locks
where locktype = 'relation' and relation = 'saga_events'::regclass and mode = 'RowExclusiveLock' and granted
  and database = (select oid from pg_database where datname = current_database())`;

/**
 * Reads the journal of all sagas in order of position, without ever passing by a line that is yet to be committed.
 * Positions are given out before the commit: where one is missing, its transaction still runs, or was rolled back. Those
 * that write now are waited for; what is missing then never comes.
 */
export class JournalReader {
  readonly #database: Database;
  readonly #page: ReturnType<typeof preparePage>;

  constructor(database: Database) {
    this.#database = database;
    this.#page = preparePage(database.drizzle);
  }

  /** See `SagaStore.readJournal`. */
  async read({
    after,
    limit,
  }: {
    readonly after: number;
    readonly limit: number;
  }): Promise<readonly JournalEntry[]> {
    const seen = await this.#read(after, limit);
    const gap = seen.findIndex(({ position }, index) => position !== after + 1 + index);
    if (gap < 0) return seen;
    // What lies before the gap is certain, and by the time that it is dealt with the gap is mostly filled.
    if (gap > 0) return seen.slice(0, gap);
    await this.writersEnded();
    const last = seen.at(-1)?.position ?? after;
    return (await this.#read(after, limit)).filter(({ position }) => position <= last);
  }

  /** See `SagaStore.journalEnd`. */
  async end(): Promise<number> {
    const [last] = await this.#database.drizzle
      .select({ position: sagaEvents.position })
      .from(sagaEvents)
      .orderBy(desc(sagaEvents.position))
      .limit(1);
    // What has a smaller position may not be committed yet.
    await this.writersEnded();
    return last?.position ?? 0;
  }

  async #read(after: number, limit: number): Promise<readonly JournalEntry[]> {
    const rows = await this.#page.execute({ after, limit });
    return rows.map(({ name, version, hash, ...row }) => ({ ...row, definition: { name, version, hash } }));
  }

  /** Resolves when all that write the journal at this moment have ended. Throws `StorageUnavailableError` where one does not. */
  async writersEnded(): Promise<void> {
    const first = await this.#writers();
    const end = performance.now() + PATIENCE;
    for (let left = first; left.length > 0;) {
      if (performance.now() > end)
        throw new StorageUnavailableError(
          `a transaction that writes the journal has not ended for ${PATIENCE} ms (${left.join(', ')})`,
        );
      await pause(5);
      const now = new Set(await this.#writers());
      left = left.filter((writer) => now.has(writer));
    }
  }

  async #writers(): Promise<readonly string[]> {
    const rows = await this.#database.query<{ readonly writer: string }>(JOURNAL_WRITERS, []);
    return rows.map(({ writer }) => writer);
  }
}

function preparePage(drizzle: PgDatabase<PgQueryResultHKT>) {
  const { tenant, sagaId, seq, type, data, status, state, at, txId, position } = sagaEvents;
  const { name, definitionVersion: version, hash, attributes, cause } = sagas;
  return drizzle
    .select({
      tenant,
      id: sagaId,
      seq,
      type,
      data,
      status,
      state,
      at,
      txId,
      position,
      name,
      version,
      hash,
      attributes,
      cause,
    })
    .from(sagaEvents)
    .innerJoin(sagas, and(eq(sagas.tenant, tenant), eq(sagas.id, sagaId)))
    .where(gt(position, sql.placeholder('after')))
    .orderBy(asc(position))
    .limit(sql.placeholder('limit'))
    .prepare('journal');
}
