import type { ForeignReport } from './foreign-proof.ts';

/** What was found out about a foreign saga as people read it, line by line. */
export function toForeignText(report: ForeignReport): readonly string[] {
  const { saga, isSound, isComplete, explored } = report;
  const verdict = isSound ? (isComplete ? 'sound' : 'sound as far as it was explored') : 'NOT SOUND';
  return [
    `${saga}: ${verdict} (${explored[0]?.states} states), as far as its description goes`,
    '',
    ...report.properties.map(({ text, holds }) => `  ${holds ? 'ok    ' : 'BROKEN'}  ${text}`),
    ...report.counterexamples.flatMap(({ what, lines }, index) => [
      '',
      `  Counterexample ${index + 1}: ${what}`,
      ...lines.map(({ text }, at) => `     ${at + 1}. ${text}`),
    ]),
    ...(report.needs.length === 0 ? [] : ['', 'Whoever is asked has to absorb that']),
    ...report.needs.map((need) => `  ${need}`),
    ...report.unexplored.map((text) => `NOT EXPLORED: ${text}`),
  ];
}
