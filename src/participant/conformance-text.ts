import type { CheckResult, ConformanceReport } from './conformance-report.ts';

const VERDICTS = {
  conforms: 'It conforms: every check passed.',
  incomplete: 'Nothing is wrong with what was looked at, but not everything was.',
  violates: 'It does not conform.',
} as const satisfies Readonly<Record<ConformanceReport['verdict'], string>>;

/** Writes a report for a terminal: a table of the checks, what to do about those that failed, and what is lost without. */
export function formatConformance(report: ConformanceReport): string {
  const { participant, action, compensation, checks } = report;
  const undo = compensation === undefined ? '' : `, undone by ${participant}.${compensation}`;
  const width = Math.max(...checks.map(({ name }) => name.length));
  const lines = [
    `Participant ${participant}: ${participant}.${action}${undo}`,
    '',
    ...checks.map((check) => tableLine(check, width)),
    ...checks.filter(({ status }) => status === 'failed').flatMap(detailLines),
    ...lossLines(report, 'broken', 'What sagachart cannot promise with this participant'),
    ...lossLines(report, 'unproven', 'What is not known, since not all of it was looked at; without it'),
    '',
    `${VERDICTS[report.verdict]} ${countLine(checks)}`,
  ];
  return `${lines.map(harmless).join('\n')}\n`;
}

function tableLine({ status, name, why }: CheckResult, width: number): string {
  const mark = status === 'failed' ? 'FAILED' : status;
  return `${mark.padEnd(7)}  ${name.padEnd(width)}  ${status === 'failed' ? 'see below' : why}`;
}

function detailLines({ name, why, remedy, evidence }: CheckResult): readonly string[] {
  return [
    '',
    `FAILED: ${name}`,
    `  ${why}`,
    `  To do: ${remedy ?? ''}`,
    ...evidence.map((line) => `    ${line}`),
  ];
}

function lossLines(
  { guarantees }: ConformanceReport,
  status: 'broken' | 'unproven',
  title: string,
): readonly string[] {
  const lost = guarantees.filter((guarantee) => guarantee.status === status);
  if (lost.length === 0) return [];
  return ['', `${title}:`, ...lost.map(({ name, without }) => `  - ${name}: ${without}`)];
}

function countLine(checks: readonly CheckResult[]): string {
  const count = (status: CheckResult['status']) => checks.filter((check) => check.status === status).length;
  return `${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped.`;
}

/** A participant's words may hold what moves the cursor or turns the direction of text. */
function harmless(line: string): string {
  return line.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}]/gu, '\ufffd');
}
