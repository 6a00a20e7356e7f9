import type { SagaRecord } from '../core/store.ts';
import type { sagas } from './schema.ts';

/** A saga's row as the port has it. */
export function toRecord({ name, definitionVersion, hash, ...row }: typeof sagas.$inferSelect): SagaRecord {
  return { ...row, definition: { name, version: definitionVersion, hash } };
}
