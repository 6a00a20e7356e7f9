import type { Counterexample, Story } from './counterexample.ts';
import type { CommandDuration, Durations } from './durations.ts';
import type { ProofReport } from './proof.ts';
import { spanText } from './words.ts';

/** A proof as people read it, line by line. */
export function toReportText(report: ProofReport): readonly string[] {
  const { saga, version, isSound, isComplete } = report;
  const verdict = isSound ? (isComplete ? 'sound' : 'sound as far as it was explored') : 'NOT SOUND';
  const states = report.explored.reduce((sum, one) => sum + one.states, 0);
  return [
    `${saga}@${version}: ${verdict} (${states} states)`,
    '',
    ...report.properties.map(({ text, holds }) => `  ${holds ? 'ok    ' : 'BROKEN'}  ${text}`),
    ...report.counterexamples.flatMap((one, index) => ['', ...counterexampleLines(one, index + 1)]),
    ...section('Participants need', needLines(report)),
    ...section('Steps that nobody undoes', missingLines(report)),
    ...section('At most', durationLines(report.durations)),
    ...section(
      'When something goes wrong',
      report.rollback.map(({ text }) => text),
    ),
    ...section('Taken for granted', report.assumptions),
    ...section('NOT EXPLORED', report.unexplored),
  ];
}

/** A story as numbered lines; attempts that end like the one before are told together. */
export function storyLines(story: Story): readonly string[] {
  const lines: { text: string; count: number }[] = [];
  for (const { text, name } of story.lines) {
    const before = lines.at(-1);
    if (name.endsWith('.backoff')) continue;
    if (before?.text === text) before.count += 1;
    else lines.push({ text, count: 1 });
  }
  return lines.map(
    ({ text, count }, index) => `${index + 1}. ${text}${count === 1 ? '' : ` (${count} attempts)`}`,
  );
}

function counterexampleLines(one: Counterexample, number: number): readonly string[] {
  const skipped = one.skipped.length === 0 ? [] : [`     (guards skip ${one.skipped.join(', ')})`];
  return [
    `  Counterexample ${number}: ${one.what}`,
    ...skipped,
    ...storyLines(one).map((line) => `     ${line}`),
    ...(one.lines.length === 0 ? [] : [`     ⇒ ${one.lines.at(-1)?.state}: ${one.what}`]),
  ];
}

function needLines({ needs }: ProofReport): readonly string[] {
  const words = { barrier: 'a barrier', idempotent: 'to do the same command only once', plain: 'nothing' };
  return needs.flatMap(({ participant, guarantee, because }) => [
    `${participant}: ${words[guarantee]}`,
    ...because.map(({ text }) => `  because ${text}`),
  ]);
}

function missingLines({ missingCompensations }: ProofReport): readonly string[] {
  return missingCompensations.map(
    ({ step, why, isSafe }) =>
      `${step}: ${isSafe ? 'safe, nothing turns back after it' : `its effect may stay behind; its author says: ${why}`}`,
  );
}

function durationLines({ forward, backward, untilKnown, steps }: Durations): readonly string[] {
  const span = (ms: number | null) => (ms === null ? 'as long as a signal takes' : spanText(ms));
  return [
    `${span(forward)} forward, ${span(backward)} backward, ${span(untilKnown)} until it is closed or with a person`,
    ...steps.flatMap(({ step, action, seal, undo }) => [
      `  ${step}: ${formula(action)}`,
      ...(seal === null ? [] : [`  ${step}, sealing: ${formula(seal)}`]),
      ...(undo === null ? [] : [`  ${step}, undoing: ${formula(undo)}`]),
    ]),
  ];
}

function formula({ attempts, timeout, backoffs, total }: CommandDuration): string {
  const waits = backoffs.length === 0 ? '' : ` + ${backoffs.map(spanText).join(' + ')}`;
  return `${attempts} × ${spanText(timeout)}${waits} = ${spanText(total)}`;
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)];
}
