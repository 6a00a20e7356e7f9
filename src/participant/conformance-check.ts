import type { CheckResult, Guarantee } from './conformance-report.ts';
import { openScene, type Findings, type Lab, type Scene, UnmetError } from './conformance-scene.ts';

/** One thing that a participant must do, and how to see whether it does. */
export interface Check {
  /** What should hold for the replies, as a sentence. */
  readonly name: string;
  readonly guarantee: Guarantee;
  /** What should hold for the effects; a result of its own, because replies do not prove it. */
  readonly effect?: { readonly name: string; readonly guarantee: Guarantee };
  readonly needs?: readonly ('compensation' | 'refusedInput')[];
  /** Nothing else is looked at unless it passes. */
  readonly isGate?: boolean;
  /** What is done to find out. */
  readonly how: string;
  readonly remedy: string;
  readonly run: (scene: Scene) => Promise<void>;
}

/** What a check found on replies and, where it looks at them, on effects. */
export type CheckResults = readonly [CheckResult, CheckResult?];

/** Runs one check; `blocked` is why there is no point in that. */
export async function runCheck(check: Check, lab: Lab, blocked?: string): Promise<CheckResults> {
  const why = blocked ?? missing(check, lab);
  if (why !== undefined) return toResults(check, lab, { ...NOTHING, unmet: why });
  const { scene, findings } = await openScene(lab, check.effect !== undefined);
  try {
    await check.run(scene);
    return toResults(check, lab, findings);
  } catch (error) {
    if (!(error instanceof UnmetError)) throw error;
    return toResults(check, lab, { ...findings, unmet: error.message });
  }
}

const NOTHING: Findings = { wrong: [], wrongEffects: [], evidence: [] };
/** As much evidence as one reads. */
const MAX_EVIDENCE = 12;
const MAX_COMPLAINTS = 2;

const HINTS = {
  compensation: 'Give `compensation`, the operation that undoes the action.',
  refusedInput: 'Give `refusedInput`, an input that the action refuses.',
} as const;

function missing({ needs = [] }: Check, lab: Lab): string | undefined {
  const unmet = needs.find((need) => lab[need] === undefined);
  return unmet && HINTS[unmet];
}

function toResults(check: Check, lab: Lab, findings: Findings): CheckResults {
  const { name, guarantee, effect } = check;
  const about = toResult(check, { name, guarantee }, findings.wrong, findings);
  if (effect === undefined) return [about];
  if (lab.countEffects !== undefined || findings.unmet !== undefined)
    return [about, toResult(check, effect, findings.wrongEffects, findings)];
  const unmet = lab.canCount
    ? 'Not counted: `countEffects` did not see a single action as one effect.'
    : 'Give `countEffects`: replies do not prove what was done.';
  return [about, toResult(check, effect, [], { ...findings, unmet })];
}

function toResult(
  { how, remedy }: Check,
  about: { readonly name: string; readonly guarantee: Guarantee },
  wrong: readonly string[],
  { evidence, unmet }: Findings,
): CheckResult {
  if (wrong.length > 0)
    return { ...about, status: 'failed', why: tell(wrong), remedy, evidence: shorten(evidence) };
  if (unmet !== undefined) return { ...about, status: 'skipped', why: unmet, evidence: shorten(evidence) };
  return { ...about, status: 'passed', why: how, evidence: shorten(evidence) };
}

function tell(wrong: readonly string[]): string {
  const complaints = [...new Set(wrong)];
  const more = complaints.length - MAX_COMPLAINTS;
  return [...complaints.slice(0, MAX_COMPLAINTS), ...(more > 0 ? [`And ${more} more like that.`] : [])].join(
    ' ',
  );
}

function shorten(lines: readonly string[]): readonly string[] {
  if (lines.length <= MAX_EVIDENCE) return lines;
  const [head, tail] = [lines.slice(0, MAX_EVIDENCE - 4), lines.slice(-3)];
  return [...head, `… ${lines.length - head.length - tail.length} more`, ...tail];
}
