import type { Census, DefinitionCensus, ParkedLine, StuckSaga } from '../core/census.ts';
import { isClosed } from '../core/snapshot.ts';
import type { DefinitionRef, SagaRecord } from '../core/store.ts';
import type { JournalLine } from './journal.ts';
import { isSame } from './saga-order.ts';

/** What a census of sagas looks at. */
export interface CensusInput {
  readonly records: readonly SagaRecord[];
  /** What the nodes that live can run. */
  readonly runnable: readonly DefinitionRef[];
  /** ms since the epoch. */
  readonly now: number;
}

/** See `CensusStore.census`. */
export function toCensus(
  { records, runnable, now }: CensusInput,
  { stuckAfter, limit }: { readonly stuckAfter: number; readonly limit: number },
): Census {
  const open = records.filter(({ status }) => !isClosed(status));
  const stuck = open.flatMap((record) => toStuck(record, now - stuckAfter));
  return {
    definitions: toDefinitions(open, runnable),
    stuck: stuck.toSorted((a, b) => a.since - b.since).slice(0, Math.max(0, limit)),
  };
}

/** See `CensusStore.readParked`; `lines` are all after `page.after`. `recordOf`: a line's saga, where it is still there. */
export function toParked(
  lines: readonly JournalLine[],
  page: { readonly after: number; readonly limit: number },
  recordOf: (key: JournalLine['key']) => SagaRecord | undefined,
): { readonly lines: readonly ParkedLine[]; readonly upTo: number } {
  const parked = lines.flatMap((line) => toParkedLine(line, recordOf(line.key)));
  const last = parked.length > page.limit ? parked[page.limit - 1] : lines.at(-1);
  return { lines: parked.slice(0, page.limit), upTo: last?.position ?? page.after };
}

function toParkedLine(
  { key, row, position }: JournalLine,
  record: SagaRecord | undefined,
): readonly ParkedLine[] {
  if (row.status !== 'failed' || record === undefined) return [];
  const { name, version } = record.definition;
  return [{ ...key, definition: { name, version }, seq: row.seq, state: row.state, at: row.at, position }];
}

function toDefinitions(
  open: readonly SagaRecord[],
  runnable: readonly DefinitionRef[],
): readonly DefinitionCensus[] {
  const found = new Map<string, DefinitionCensus>();
  for (const { definition, status } of open) {
    const { name, version } = definition;
    const key = JSON.stringify([name, version]);
    const { counts = {}, isRunnable = true } = found.get(key) ?? {};
    const isKnown = runnable.some((known) => isSame(known, definition));
    const counted = { ...counts, [status]: (counts[status] ?? 0) + 1 };
    found.set(key, { name, version, isRunnable: isRunnable && isKnown, counts: counted });
  }
  return [...found.values()];
}

function toStuck(record: SagaRecord, since: number): readonly StuckSaga[] {
  const { tenant, id, definition, version, status, step, cause, owner, dueAt, updatedAt } = record;
  const couldMove = Math.max(updatedAt, dueAt ?? updatedAt);
  const isKept = owner === null && dueAt === null;
  if (status === 'failed' || isKept || couldMove > since) return [];
  const { name, version: definitionVersion } = definition;
  return [
    {
      tenant,
      id,
      definition: { name, version: definitionVersion },
      version,
      status,
      step,
      cause,
      since: couldMove,
    },
  ];
}
