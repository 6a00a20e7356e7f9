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

/** A line of a story as it is told. */
export interface ToldLine {
  readonly text: string;
  /** How many attempts in a row ended like this. */
  readonly attempts: number;
  /** Where the saga is after the last of them. */
  readonly state: string;
}

/** A story as it is told: attempts that end like the one before are told together. */
export function toldLines(story: Pick<Story, 'lines'>): readonly ToldLine[] {
  const told: ToldLine[] = [];
  for (const { text, name, state } of story.lines) {
    if (name.endsWith('.backoff')) continue;
    const before = told.at(-1);
    const isAgain = before?.text === text;
    if (isAgain) told.pop();
    told.push({ text, attempts: isAgain ? before.attempts + 1 : 1, state });
  }
  return told;
}

/** The same as numbered lines. */
export function storyLines(story: Story): readonly string[] {
  return toldLines(story).map(
    ({ text, attempts }, index) => `${index + 1}. ${text}${attempts === 1 ? '' : ` (${attempts} attempts)`}`,
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
