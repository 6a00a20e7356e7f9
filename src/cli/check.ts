import { resolve } from 'node:path';
import type { AnySagaDefinition } from '../core/definition.ts';
import { DefinitionError } from '../core/errors.ts';
import { stepsOf, waitsOf } from '../core/steps.ts';
import type { Guarantee } from '../proof/effects.ts';
import { toFailingTest } from '../proof/failing-test.ts';
import { foreignProof } from '../proof/foreign-proof.ts';
import { toForeignSaga } from '../proof/foreign-saga.ts';
import { toForeignText } from '../proof/foreign-text.ts';
import { toPathMermaid } from '../proof/path-mermaid.ts';
import { proof, type ProofReport } from '../proof/proof.ts';
import { toReportText } from '../proof/report-text.ts';
import { drawCounterexample } from './check-svg.ts';
import { paint } from './colour.ts';
import { CliError, type ExitReason } from './exit-code.ts';
import { type Io, plain } from './io.ts';
import { exportOf, loadSagas } from './load-sagas.ts';

/** How findings are shown: for people, as one JSON object a line, or each counterexample as a chart or a failing test. */
export type CheckFormat = (typeof checkFormats)[number];

/** All formats. */
export const checkFormats = ['text', 'json', 'mmd', 'svg', 'test'] as const;

/** What to check. */
export interface CheckOptions {
  readonly module: string;
  readonly format: CheckFormat;
  readonly participants: Readonly<Record<string, Guarantee>>;
  readonly limit: number;
}

/** `sagachart check`: proves every saga of a module; fails when one is not sound, or was not explored to the end. */
export async function check(io: Io, { module, format, ...options }: CheckOptions): Promise<ExitReason> {
  let isSound = true;
  for (const saga of await loadSagas(io.cwd, [module])) {
    const report = proof(saga, options);
    isSound &&= report.isSound && report.isComplete;
    const shown = await show(saga, report, { ...options, format, module: resolve(io.cwd, module) });
    for (const text of shown) io.out(format === 'text' ? painted(io, text) : text);
    if (format !== 'text' && format !== 'json') io.note(toReportText(report)[0] ?? '');
  }
  return isSound ? 'ok' : 'failed';
}

/** `sagachart check --foreign`: the same for the description of another engine's saga. Throws `CliError`. */
export function checkForeign(
  io: Io,
  description: unknown,
  { format, limit }: Pick<CheckOptions, 'format' | 'limit'>,
): ExitReason {
  if (format !== 'text' && format !== 'json')
    throw new CliError('usage', `a foreign saga has no chart: -o ${format} is for sagas of this package`);
  try {
    const report = foreignProof(toForeignSaga(description), { limit });
    const lines = format === 'json' ? [JSON.stringify(report)] : toForeignText(report);
    for (const line of lines) io.out(format === 'json' ? line : painted(io, line));
    return report.isSound && report.isComplete ? 'ok' : 'failed';
  } catch (error) {
    if (error instanceof DefinitionError) throw new CliError('usage', error.message, { cause: error });
    throw error;
  }
}

async function show(
  saga: AnySagaDefinition,
  report: ProofReport,
  options: CheckOptions,
): Promise<readonly string[]> {
  const { format, module, participants } = options;
  const { counterexamples } = report;
  switch (format) {
    case 'text':
      return [...toReportText(report), ''];
    case 'json':
      return [JSON.stringify(report)];
    case 'mmd':
      return counterexamples.map((one) => toPathMermaid(one).trimEnd());
    case 'svg':
      return Promise.all(counterexamples.slice(0, 1).map((one) => drawCounterexample(saga, one)));
    case 'test':
      return toTests(saga, counterexamples, { module, participants });
  }
}

async function toTests(
  saga: AnySagaDefinition,
  counterexamples: ProofReport['counterexamples'],
  { module, participants }: Pick<CheckOptions, 'module' | 'participants'>,
): Promise<readonly string[]> {
  const found = await exportOf('', module, saga);
  const guarded = [...stepsOf(saga.plan), ...waitsOf(saga.plan)];
  const hasGuards = guarded.some(({ when }) => when !== undefined);
  const options = {
    ...found,
    module,
    hasGuards,
    ...(Object.keys(participants).length === 0 ? {} : { participants }),
  };
  return counterexamples
    .filter(({ property }) => property !== 'reachable')
    .map((one) => toFailingTest(one, options).trimEnd());
}

function painted(io: Io, line: string): string {
  const text = plain(line);
  if (/^ {2}ok /.test(text)) return paint(io, 'good', text);
  return /BROKEN|NOT SOUND|NOT EXPLORED|⇒/.test(text) ? paint(io, 'bad', text) : text;
}
