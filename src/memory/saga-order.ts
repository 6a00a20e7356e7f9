import type { DefinitionRef, SagaCursor, SagaFilter, SagaRecord } from '../core/store.ts';

/** Whether a saga is one of those that are asked for. */
export function matches(
  record: SagaRecord,
  { tenant, status, name, version, cause, since, until }: SagaFilter,
): boolean {
  return (
    record.tenant === tenant &&
    (status === undefined || status.includes(record.status)) &&
    (name === undefined || record.definition.name === name) &&
    (version === undefined || record.definition.version === version) &&
    (cause === undefined || record.cause === cause) &&
    (since === undefined || record.createdAt >= since) &&
    (until === undefined || record.createdAt < until)
  );
}

/** Newest first. */
export function compare(a: SagaCursor, b: SagaCursor): number {
  if (a.createdAt !== b.createdAt) return b.createdAt - a.createdAt;
  return a.id === b.id ? 0 : a.id < b.id ? 1 : -1;
}

/** Due sagas first, then those of dead owners. */
export function dueOf({ owner, dueAt }: SagaRecord): number {
  return owner === null && dueAt !== null ? dueAt : Infinity;
}

/** Whether two name the same definition. */
export function isSame(a: DefinitionRef, b: DefinitionRef): boolean {
  return a.name === b.name && a.version === b.version && a.hash === b.hash;
}
