import { isDeepStrictEqual } from 'node:util';
import type { StepRecord } from '../../core/context.ts';
import { type SagaSnapshot, type StoredSnapshot, toStored } from '../../core/snapshot.ts';
import { membersOf, type SagaPlan, type Step } from '../../core/steps.ts';
import type { JournalRow, SagaRecord } from '../../core/store.ts';
import { advance, begin, type Move, type SagaEvent, type SagaLogic } from '../../core/transition.ts';
import type {
  ClientCall,
  DurableMove,
  History,
  HookRun,
  LedgerLine,
  ReceivedReply,
  SentCommand,
  Takeover,
} from './history.ts';

/** A transition, decided anew from the journal by the pure machine. */
export interface ReplayedMove extends Move {
  /** When it became durable. */
  readonly line: number;
  readonly row: JournalRow;
}

/** One saga's part of a history, as the rules look at it. */
export interface SagaCase {
  readonly id: string;
  readonly plan: SagaPlan;
  readonly record: SagaRecord;
  readonly journal: readonly JournalRow[];
  readonly moves: readonly DurableMove[];
  /** As far as the journal can be replayed; it says why it cannot. */
  readonly replayed: readonly ReplayedMove[];
  readonly replayError: string | undefined;
  /** What the saga remembers of its steps in the end. */
  readonly steps: Readonly<Record<string, StepRecord>>;
  /** A person overrode the saga property, by more than another input. */
  readonly isOverridden: boolean;
  /** A person sent it back to a step, to go forward again from there: steps may have run more than once. */
  readonly isRewound: boolean;
  readonly effects: readonly LedgerLine[];
  readonly ledger: readonly LedgerLine[];
  readonly sent: readonly SentCommand[];
  readonly received: readonly ReceivedReply[];
  readonly takeovers: readonly Takeover[];
  readonly calls: readonly ClientCall[];
  readonly hooks: readonly HookRun[];
}

/** An invariant of one saga: gives what speaks against it. */
export type SagaRule = (saga: SagaCase) => Iterable<string>;

/** A step, and the index of its node: members of a group share it. */
export interface PlacedStep {
  readonly step: Step;
  readonly index: number;
}

/** A history, one saga at a time. */
export function toCases(history: History): readonly SagaCase[] {
  return history.rows.map((record) => toCase(history, record));
}

/** A saga's steps with their places. */
export function placedSteps({ plan }: SagaCase): readonly PlacedStep[] {
  return plan.nodes.flatMap((node, index) => membersOf(node).map((step) => ({ step, index })));
}

/** How many effects of a step are in the world after those lines: done, and not undone. */
export function netEffect(effects: readonly LedgerLine[], step: string): number {
  return effects
    .filter((line) => line.step === step)
    .reduce((net, { op }) => net + (op === 'undo' ? -1 : 1), 0);
}

function toCase(history: History, record: SagaRecord): SagaCase {
  const { id } = record;
  const definition = history.definitions.find(({ name }) => name === record.definition.name);
  if (definition === undefined) throw new Error(`saga ${id} has no definition`);
  const { plan } = definition;
  const journal = history.journals.get(id) ?? [];
  const moves = history.moves.filter(({ write }) => write.key.id === id);
  const ofSaga = <Item extends { readonly sagaId: string }>(items: readonly Item[]) =>
    items.filter(({ sagaId }) => sagaId === id);
  const ledger = ofSaga(history.ledger);
  const { context } = JSON.parse(record.snapshot) as StoredSnapshot;
  return {
    id,
    plan,
    record,
    journal,
    moves,
    ...replayAll({ plan, machine: definition.machine as SagaLogic['machine'] }, record, journal, moves),
    steps: context.steps,
    isOverridden: journal.some(isOverriding),
    isRewound: journal.some(({ data }) => (JSON.parse(data) as { readonly to?: string }).to !== undefined),
    ledger,
    effects: ledger.filter(({ type }) => type === 'effect'),
    sent: ofSaga(history.sent),
    received: history.received.filter(({ command }) => command.sagaId === id),
    takeovers: history.takeovers.filter((takeover) => takeover.id === id),
    calls: ofSaga(history.calls),
    hooks: ofSaga(history.hooks),
  };
}

/** A person went on without a step, or said how it ended. What was decided before a step was run again counts, too. */
function isOverriding({ type, data }: JournalRow): boolean {
  const { choice } = JSON.parse(data) as { readonly choice?: string };
  return type === 'skip' || type === 'resolve' || choice === 'skip';
}

function replayAll(
  logic: SagaLogic,
  record: SagaRecord,
  journal: readonly JournalRow[],
  moves: readonly DurableMove[],
): Pick<SagaCase, 'replayed' | 'replayError'> {
  const replayed: ReplayedMove[] = [];
  for (const [index, row] of journal.entries()) {
    const move = redecide(logic, record, row, replayed.at(-1)?.snapshot);
    if (move === undefined)
      return { replayed, replayError: `the chart has no arrow for ${row.type} at ${row.seq}` };
    replayed.push({ ...move, row, line: moves[index]?.line ?? 0 });
    const stored = moves[index]?.write.state.snapshot;
    if (stored !== undefined && !isSame(stored, move.snapshot))
      return {
        replayed,
        replayError: `${row.type} at ${row.seq} gives ${JSON.stringify(toStored(move.snapshot))}, but stored is ${stored}`,
      };
  }
  return { replayed, replayError: undefined };
}

function redecide(
  logic: SagaLogic,
  { id, deadlineAt }: SagaRecord,
  { type, data, at }: JournalRow,
  before: SagaSnapshot | undefined,
): Move | undefined {
  const event = JSON.parse(data) as object;
  if (before === undefined)
    return begin(logic, { id, input: (event as { readonly input?: unknown }).input, now: at });
  return advance(logic, before, { ...event, type } as SagaEvent, {
    now: at,
    deadline: deadlineAt ?? undefined,
  });
}

function isSame(stored: string, snapshot: SagaSnapshot): boolean {
  const text = JSON.stringify(toStored(snapshot));
  return text === stored || isDeepStrictEqual(JSON.parse(text), JSON.parse(stored));
}
