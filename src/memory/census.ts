import type { Census, DefinitionCensus, ParkedLine, StuckSaga } from '../core/census.ts';
import { isClosed } from '../core/snapshot.ts';
import type { DefinitionRef, SagaRecord, SagaStatus } from '../core/store.ts';
import type { JournalLine } from './journal.ts';

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
  const found = new Map<string, Partial<Record<SagaStatus, number>>>();
  for (const { definition, status } of open) {
    const key = JSON.stringify([definition.name, definition.version]);
    const counts = found.get(key) ?? {};
    counts[status] = (counts[status] ?? 0) + 1;
    found.set(key, counts);
  }
  return [...found].map(([key, counts]) => {
    const [name, version] = JSON.parse(key) as [string, number];
    const isRunnable = runnable.some((known) => known.name === name && known.version === version);
    return { name, version, isRunnable, counts };
  });
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
