export {
  createPgliteBarrier,
  createPostgresBarrier,
  type PgliteClient,
  type PgliteQueries,
  type PostgresBarrier,
  type PostgresBarrierOptions,
} from './barrier.ts';
export type { Isolation } from './barrier-pool.ts';
export type { PostgresTx } from './barrier-tx.ts';
export { createPostgresStore, type PostgresStoreOptions } from './create-store.ts';
export type { Database } from './database.ts';
export { migratePostgres } from './migrate.ts';
export type { PostgresOptions } from './postgres-database.ts';
export { nodes, sagaEvents, sagas } from './schema.ts';
export { PostgresStore } from './store.ts';
