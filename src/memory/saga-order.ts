import { searchWords } from '../core/saga-list.ts';
import { commandName } from '../core/steps.ts';
import type { DefinitionRef, SagaCursor, SagaFilter, SagaRecord, SagaSlice } from '../core/store.ts';

/** Whether a saga is one of those that are asked for. */
function matches(record: SagaRecord, filter: SagaFilter): boolean {
  const { tenant, status, cause, error, overridden } = filter;
  return (
    record.tenant === tenant &&
    (status === undefined || status.includes(record.status)) &&
    (cause === undefined || record.cause === cause) &&
    (error === undefined || record.error?.code === error) &&
    (overridden === undefined || record.isOverridden === overridden) &&
    isOf(record, filter) &&
    wasCreated(record, filter) &&
    hasAttributes(record, filter) &&
    isAt(record, filter) &&
    isStuck(record, filter) &&
    hasText(record, filter)
  );
}

/** A page of the sagas that match. */
export function toSlice(
  records: readonly SagaRecord[],
  filter: SagaFilter,
  { after, limit }: { readonly after?: SagaCursor; readonly limit: number },
): SagaSlice {
  const isNext = (record: SagaRecord) => after === undefined || compare(record, after) > 0;
  const found = records.filter((record) => isNext(record) && matches(record, filter));
  const page = found.toSorted(compare).slice(0, limit);
  const last = page.at(-1);
  const isMore = found.length > limit && last !== undefined;
  return { records: page, next: isMore ? { createdAt: last.createdAt, id: last.id } : null };
}

function isOf({ definition }: SagaRecord, { name, version }: SagaFilter): boolean {
  return (
    (name === undefined || definition.name === name) &&
    (version === undefined || definition.version === version)
  );
}

function wasCreated({ createdAt }: SagaRecord, { since, until }: SagaFilter): boolean {
  return (since === undefined || createdAt >= since) && (until === undefined || createdAt < until);
}

function hasAttributes({ attributes }: SagaRecord, filter: SagaFilter): boolean {
  return Object.entries(filter.attributes ?? {}).every(([key, value]) => attributes[key] === value);
}

function isAt(record: SagaRecord, { step, participant }: SagaFilter): boolean {
  const commands = (['do', 'undo', 'seal'] as const).map((op) => commandName(step ?? '', op));
  return (
    (step === undefined || commands.includes(record.step ?? '')) &&
    (participant === undefined || record.participant === participant)
  );
}

function isStuck({ status, owner, dueAt, updatedAt }: SagaRecord, { stuckSince }: SagaFilter): boolean {
  if (stuckSince === undefined) return true;
  if (status !== 'running' && status !== 'compensating') return false;
  if (owner === null) return dueAt !== null && dueAt <= stuckSince;
  return updatedAt <= stuckSince && (dueAt === null || dueAt <= stuckSince);
}

function hasText({ error }: SagaRecord, { text }: SagaFilter): boolean {
  if (text === undefined) return true;
  const found = error === null ? '' : `${error.code} ${error.message} ${error.step}`.toLowerCase();
  return error !== null && searchWords(text).every((word) => found.includes(word));
}

/** Newest first. */
function compare(a: SagaCursor, b: SagaCursor): number {
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
