import { ChartSheets } from '../chart/chart-sheets.ts';
import { toGraph } from '../chart/graph.ts';
import { type EdgeMark, type Marks, type StateMark, toMarks } from '../chart/marks.ts';
import { toSvg } from '../chart/svg.ts';
import type { AnySagaDefinition } from '../core/definition.ts';
import type { SagaMachine } from '../core/machine.ts';
import type { StoredSnapshot } from '../core/snapshot.ts';
import type { JournalRow, SagaKey, SagaStore } from '../core/store.ts';
import { encryptedStore } from '../runtime/encrypted-store.ts';
import { ModelCoverage, toCoverageText } from '../testing/coverage.ts';
import { Closers } from './closers.ts';
import { CliError, type ExitReason } from './exit-code.ts';
import { type Io, plain } from './io.ts';
import { loadSagas } from './load-sagas.ts';
import { openStore } from './parts.ts';
import { toPayloadCodec } from './security.ts';
import type { Settings } from './settings.ts';

/** What to count. */
export interface CoverageOptions {
  readonly settings: Settings;
  readonly modules: readonly string[];
  readonly isEmbedded: boolean;
  readonly format: 'text' | 'json' | 'svg';
  /** Of one definition. Needed for a drawing where there are several. */
  readonly name: string | undefined;
}

/** What the sagas of a definition did, all together. */
interface Counted {
  readonly definition: AnySagaDefinition;
  readonly coverage: ModelCoverage;
  readonly marks: Marks[];
}

const pageSize = 1_000;

/** `sagachart coverage`: which transitions of their charts sagas took, as their journals tell. */
export async function coverage(io: Io, options: CoverageOptions): Promise<ExitReason> {
  const { settings, isEmbedded, format, name } = options;
  const sagas = (await loadSagas(io.cwd, options.modules)).filter(
    (saga) => name === undefined || saga.name === name,
  );
  if (format === 'svg' && sagas.length !== 1)
    throw new CliError('usage', `a drawing is of one definition: --name one of those that there are`);
  const closers = new Closers();
  try {
    const { part } = await openStore({ settings, isEmbedded, migrates: false, closers });
    const codec = toPayloadCodec(settings);
    const counted = await count(codec === undefined ? part : encryptedStore(part, codec), sagas);
    for (const one of counted) for (const line of await show(one, format)) io.out(line);
    return 'ok';
  } finally {
    await closers.close();
  }
}

async function count(store: SagaStore, sagas: readonly AnySagaDefinition[]): Promise<readonly Counted[]> {
  const counted = sagas.map((definition) => ({
    definition,
    coverage: new ModelCoverage(definition),
    marks: [] as Marks[],
  }));
  for await (const { key, hash } of sagasIn(store)) {
    const found = counted.find(({ definition }) => definition.ref.hash === hash);
    const record = found === undefined ? undefined : await store.get(key);
    if (found === undefined || record === undefined) continue;
    const rows = await linesOf(store, key, record.version);
    found.coverage.add(rows, record);
    const graph = toGraph(found.definition.machine as SagaMachine);
    const snapshot = JSON.parse(record.snapshot) as StoredSnapshot;
    found.marks.push(toMarks({ graph, definition: found.definition, snapshot, rows }));
  }
  return counted;
}

/** Every saga that the journal knows, once. */
async function* sagasIn(store: SagaStore): AsyncGenerator<{ readonly key: SagaKey; readonly hash: string }> {
  for (let after = 0; ;) {
    const entries = await store.readJournal({ after, limit: pageSize });
    const last = entries.at(-1);
    if (last === undefined) return;
    for (const { tenant, id, seq, definition } of entries)
      if (seq === 1) yield { key: { tenant, id }, hash: definition.hash };
    after = last.position;
  }
}

async function linesOf(store: SagaStore, key: SagaKey, last: number): Promise<readonly JournalRow[]> {
  const rows: JournalRow[] = [];
  while (rows.length < last) {
    const page = await store.history(key, {
      after: rows.length,
      limit: Math.min(pageSize, last - rows.length),
    });
    if (page.length === 0) break;
    rows.push(...page);
  }
  return rows;
}

async function show(
  { definition, coverage: { report }, marks }: Counted,
  format: CoverageOptions['format'],
): Promise<readonly string[]> {
  if (format === 'json') return [JSON.stringify(report)];
  if (format === 'text') return toCoverageText(report).map(plain);
  return [toSvg(await new ChartSheets().get(definition, 'full'), { marks: together(marks) })];
}

/** The ways of many sagas in one drawing: none of them is anywhere now. */
function together(all: readonly Marks[]): Marks {
  const states: Record<string, StateMark> = {};
  const edges: Record<string, EdgeMark> = {};
  for (const one of all) {
    for (const [id, { visits, spent }] of Object.entries(one.states)) {
      const before = states[id];
      const isIdle = { isActive: false, isFailed: false, isUndone: false, isPossible: false };
      states[id] = { ...isIdle, visits: (before?.visits ?? 0) + visits, spent: (before?.spent ?? 0) + spent };
    }
    for (const [index, { taken }] of Object.entries(one.edges)) {
      const before = edges[index];
      edges[index] = { taken: (before?.taken ?? 0) + taken, isLast: false, isPossible: false, dueAt: null };
    }
  }
  return { status: 'running', active: [], states, edges, steps: {}, cause: null, parked: null };
}
