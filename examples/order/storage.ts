import { join } from 'node:path';
import postgres from 'postgres';
import type { SagaStore, Serving, Transport } from 'sagachart';
import { createEmbeddedStore } from 'sagachart/embedded';
import { createPgliteBarrier, createPostgresBarrier, createPostgresStore } from 'sagachart/postgres';
import type { DemoConfig } from './config.ts';
import type { Faults } from './faults.ts';
import { type LedgerLine, openLedger, type Run } from './ledger.ts';
import { serveParticipants } from './participants.ts';

/** The database, with the sagas and with what the participants keep. */
export interface Storage {
  readonly store: SagaStore;
  /** Where the data is, for people. */
  readonly place: string;
  readonly effects: (sagaId?: string) => Promise<readonly LedgerLine[]>;
  /** Serves the participants on this database. */
  readonly serve: (transport: Pick<Transport, 'serve'>, faults: Faults) => Promise<Serving>;
  close(): Promise<void>;
}

/** Opens PostgreSQL where a URL is given, else PGlite in the data directory. */
export function openStorage({ databaseUrl, data }: DemoConfig): Promise<Storage> {
  return databaseUrl === undefined ? openEmbedded(data) : openPostgres(databaseUrl);
}

/** One PGlite for everything: there is one connection, so a participant's transaction is short. */
async function openEmbedded(data: string): Promise<Storage> {
  const { store, pglite } = await createEmbeddedStore({ dataDir: join(data, 'postgres') });
  const toRun =
    (client: Pick<typeof pglite, 'query'>): Run =>
    async (statement, parameters) =>
      (await client.query(statement, [...parameters])).rows;
  const barrier = createPgliteBarrier({ pglite });
  const ledger = await openLedger({ run: toRun(pglite), runIn: toRun });
  return {
    store,
    place: `${data} (embedded PostgreSQL)`,
    effects: ledger.effects,
    serve: (transport, faults) => serveParticipants({ transport, barrier, ledger, faults }),
    close: async () => {
      await barrier.close();
      await store.close();
    },
  };
}

/** The participants have connections of their own, as they would have a database of their own. */
async function openPostgres(url: string): Promise<Storage> {
  const store = await createPostgresStore({ url });
  const sql = postgres(url, { max: 4, fetch_types: false, onnotice: () => undefined });
  const toRun =
    (client: Pick<typeof sql, 'unsafe'>): Run =>
    async (statement, parameters) => [...(await client.unsafe(statement, [...parameters]))];
  const barrier = createPostgresBarrier({ sql });
  const ledger = await openLedger({ run: toRun(sql), runIn: toRun });
  return {
    store,
    place: toPlace(url),
    effects: ledger.effects,
    serve: (transport, faults) => serveParticipants({ transport, barrier, ledger, faults }),
    close: async () => {
      await barrier.close();
      await sql.end({ timeout: 5 });
      await store.close();
    },
  };
}

/** The URL without its secrets. */
function toPlace(url: string): string {
  const { hostname, port, pathname } = new URL(url);
  return `PostgreSQL at ${hostname}${port === '' ? '' : `:${port}`}${pathname}`;
}
