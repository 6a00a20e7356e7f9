import { NotFoundError } from './errors.ts';
import type { JournalRow } from './saga-row.ts';
import { parseSnapshot } from './snapshot.ts';
import { migratedType, toMigratedData } from './upgrade.ts';
import { advance, begin, type Move, type SagaEvent, type SagaLogic } from './transition.ts';

/** A line of a saga's journal, and where the saga moved with it. */
export interface ReplayedMove {
  readonly row: JournalRow;
  /** What moved it; `start` for the first line, with the input. */
  readonly event: SagaEvent | StartEvent;
  readonly move: Move;
}

/** How a journal begins. */
export interface StartEvent {
  readonly type: 'start';
  readonly input: unknown;
  readonly traceparent?: string;
}

/** Whose journal it is, and its deadline; ms since the epoch. */
export interface ReplayedSaga {
  readonly id: string;
  readonly deadlineAt: number | null;
}

/**
 * A saga's journal, from its first line on, or from its latest upgrade, computed anew by the pure machine: the same events at the same times give
 * the same moves. Throws `NotFoundError` when a line has no arrow in this definition.
 */
export function* replayed(
  logic: SagaLogic,
  { id, deadlineAt }: ReplayedSaga,
  rows: readonly JournalRow[],
): Generator<ReplayedMove, void> {
  const [first, ...others] = sinceUpgrade(rows);
  if (first === undefined) return;
  const migrated = toMigratedData(first);
  const start = toStartEvent(first);
  const { input, traceparent } = start;
  let move: Move | undefined =
    migrated === undefined
      ? begin(logic, { id, input, traceparent, now: first.at })
      : {
          snapshot: parseSnapshot(logic.machine, JSON.stringify(migrated.snapshot)),
          commands: [],
          hooks: [],
        };
  yield { row: first, event: start, move };
  for (const row of others) {
    const event = toSagaEvent(row);
    move = advance(logic, move.snapshot, event, { now: row.at, deadline: deadlineAt ?? undefined });
    if (move === undefined)
      throw new NotFoundError(
        `saga '${id}': the chart has no arrow for '${row.type}' at journal position ${row.seq}`,
      );
    yield { row, event, move };
  }
}

/** A journal from its latest upgrade on: what lies before it is of another version of the definition. */
export function sinceUpgrade(rows: readonly JournalRow[]): readonly JournalRow[] {
  const upgradedAt = rows.findLastIndex(({ type }) => type === migratedType);
  return upgradedAt < 0 ? rows : rows.slice(upgradedAt);
}

/** The first line of a journal as what begins a saga. */
export function toStartEvent({ data }: Pick<JournalRow, 'data'>): StartEvent {
  return { ...(JSON.parse(data) as Omit<StartEvent, 'type'>), type: 'start' };
}

/** Any other line of a journal as what moved the saga. */
export function toSagaEvent({ type, data }: Pick<JournalRow, 'type' | 'data'>): SagaEvent {
  return { ...(JSON.parse(data) as object), type } as SagaEvent;
}
