import { ChartSheets } from '../chart/chart-sheets.ts';
import { toGraph } from '../chart/graph.ts';
import { type Marks, toMarks } from '../chart/marks.ts';
import { toSvg } from '../chart/svg.ts';
import type { AnySagaDefinition } from '../core/definition.ts';
import type { SagaMachine } from '../core/machine.ts';
import type { StoredSnapshot } from '../core/snapshot.ts';
import type { JournalRow, SagaKey, SagaStore } from '../core/store.ts';
import { encryptedStore } from '../runtime/encrypted-store.ts';
import { type CoverageReport, ModelCoverage, toCoverageText } from '../testing/coverage.ts';
import { Closers } from './closers.ts';
import { reportedMarks, together } from './coverage-marks.ts';
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
  /** The reports of `ModelCoverage` that tests wrote, instead of what is stored: JSON, one or a list. */
  readonly reports: unknown;
}

/** What the sagas of a definition did, all together. */
interface Counted {
  readonly definition: AnySagaDefinition;
  readonly report: CoverageReport;
  readonly marks: Marks;
}

const pageSize = 1_000;

/** `sagachart coverage`: which transitions of their charts sagas took, as their journals tell, or what tests wrote down. */
export async function coverage(io: Io, options: CoverageOptions): Promise<ExitReason> {
  const { settings, isEmbedded, format, name } = options;
  const sagas = (await loadSagas(io.cwd, options.modules)).filter(
    (saga) => name === undefined || saga.name === name,
  );
  if (format === 'svg' && sagas.length !== 1)
    throw new CliError('usage', `a drawing is of one definition: --name one of those that there are`);
  if (options.reports !== undefined) {
    const counted = [options.reports].flat().flatMap((report) => reported(sagas, report));
    for (const one of counted) for (const line of await show(one, format)) io.out(line);
    return 'ok';
  }
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

/** What tests wrote down of one of these definitions. Throws `CliError` for what is no report. */
function reported(sagas: readonly AnySagaDefinition[], json: unknown): readonly Counted[] {
  const { saga, version, taken, states, uncovered } = (json ?? {}) as Partial<CoverageReport>;
  if (typeof saga !== 'string' || taken === undefined || states === undefined || uncovered === undefined)
    throw new CliError('usage', '--tests takes what ModelCoverage reports: JSON.stringify(coverage.report)');
  const report = json as CoverageReport;
  return sagas
    .filter((one) => one.name === saga && one.version === version)
    .map((definition) => {
      const marks = reportedMarks(toGraph(definition.machine as SagaMachine), report);
      return { definition, report, marks };
    });
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
  return counted.map(({ definition, coverage: { report }, marks }) => ({
    definition,
    report,
    marks: together(marks),
  }));
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
  { definition, report, marks }: Counted,
  format: CoverageOptions['format'],
): Promise<readonly string[]> {
  if (format === 'json') return [JSON.stringify(report)];
  if (format === 'text') return toCoverageText(report).map(plain);
  return [toSvg(await new ChartSheets().get(definition, 'full'), { marks })];
}
