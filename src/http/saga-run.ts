import { type ChartGraph, type Marks, toGraph, toMarks } from '../chart/index.ts';
import type { AnySagaDefinition } from '../core/definition.ts';
import type { SagaMachine } from '../core/machine.ts';
import type { JournalRow, SagaKey } from '../core/store.ts';
import type { Orchestrator } from '../runtime/orchestrator.ts';
import type { Api } from './api.ts';

/** A saga's way through its chart. */
export interface SagaRun {
  readonly definition: AnySagaDefinition;
  readonly graph: ChartGraph;
  /** The journal, oldest first. */
  readonly rows: readonly JournalRow[];
  readonly marks: Marks;
}

/** A saga's way up to line `seq` of its journal, or up to now. Throws `NotFoundError`. */
export async function readRun(
  { orchestrator }: Api,
  key: SagaKey,
  seq: number | undefined,
): Promise<SagaRun> {
  const { tenant, id } = key;
  const saga = await orchestrator.get(id, { tenant });
  const definition = orchestrator.definition(saga.definition.name, saga.definition.version);
  // Of a saga that moves meanwhile the snapshot may be newer than the last line: the next reading shows both.
  const snapshot = await orchestrator.snapshot(id, seq === undefined ? { tenant } : { tenant, seq });
  const rows = await readRows(orchestrator, key, seq ?? saga.version);
  const graph = toGraph(definition.machine as SagaMachine);
  return { definition, graph, rows, marks: toMarks({ graph, definition, snapshot, rows }) };
}

/** The most lines that are read at a time. */
const pageSize = 1_000;

/** A saga's journal up to line `last`. */
export async function readRows(
  orchestrator: Orchestrator,
  { tenant, id }: SagaKey,
  last: number,
): Promise<readonly JournalRow[]> {
  const rows: JournalRow[] = [];
  while (rows.length < last) {
    const limit = Math.min(pageSize, last - rows.length);
    const page = await orchestrator.history(id, { tenant, after: rows.length, limit });
    if (page.length === 0) break;
    rows.push(...page);
  }
  return rows;
}
