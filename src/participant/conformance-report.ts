/** What one check found. */
export interface CheckResult {
  /** What should hold, as a sentence. */
  readonly name: string;
  readonly guarantee: Guarantee;
  readonly status: 'passed' | 'failed' | 'skipped';
  /** What was done, what is wrong, or why it was not looked at. */
  readonly why: string;
  /** What to do about it; only when it failed. */
  readonly remedy?: string;
  /** What was sent and what came back, in order. */
  readonly evidence: readonly string[];
}

/** What sagachart builds on, by name. */
export type Guarantee = keyof typeof LOSSES;

/** Whether a guarantee was seen to hold, and what it would mean if not. */
export interface GuaranteeResult {
  readonly name: Guarantee;
  /** `unproven`: nothing speaks against it, but not everything could be looked at. */
  readonly status: 'held' | 'broken' | 'unproven';
  /** What sagachart cannot promise without it. */
  readonly without: string;
}

/** What verifying a participant brought to light; plain JSON. */
export interface ConformanceReport {
  readonly participant: string;
  readonly action: string;
  readonly compensation?: string;
  /** `incomplete`: nothing failed, but something was not looked at. */
  readonly verdict: 'conforms' | 'incomplete' | 'violates';
  readonly checks: readonly CheckResult[];
  readonly guarantees: readonly GuaranteeResult[];
  /** ms since the epoch */
  readonly startedAt: number;
  /** ms since the epoch */
  readonly endedAt: number;
}

const LOSSES = {
  answers: 'No saga gets past this step.',
  'usable replies':
    'After a reply that cannot be read or stored the effect may exist: the saga goes backward or is parked although the action may have succeeded.',
  once: 'After a lost answer, a crash or a takeover the action is asked again, and its effect may then exist more than once.',
  'own runs': 'When an operator has a step run again, it may get the answer of the earlier run instead.',
  'shared load': 'Under load commands go unanswered: their steps are retried, run late, or are undone.',
  undo: 'A saga may end as `compensated` while effects are still there, or be parked because they cannot be undone.',
  'undo once': 'An undo whose answer is lost is asked again, and may then give back more than was taken.',
  'undo of nothing':
    'A step in doubt cannot be undone safely: what never happened is taken back, or the saga is parked.',
  'no late action':
    'An action that was delayed on its way can take effect after its saga was compensated; nobody undoes it then.',
  seal: 'A pivot in doubt cannot be resolved: its saga is parked, or turns back although the pivot succeeded. Do not use this action as a pivot.',
  'refusal without effect':
    "A step that was refused is not undone, so what it did stays. Say `undo: 'always'` on steps with this action.",
  'checked keys': 'A command that was mixed up or forged is carried out under the name of another.',
  'survives garbage': 'One bad message stops the participant, and with it every saga that needs it.',
} as const satisfies Readonly<Record<string, string>>;

/** Sums results up. Times are ms since the epoch. */
export function toReport(
  about: { readonly participant: string; readonly action: string; readonly compensation?: string },
  checks: readonly CheckResult[],
  times: { readonly startedAt: number; readonly endedAt: number },
): ConformanceReport {
  const { participant, action, compensation } = about;
  return {
    participant,
    action,
    ...(compensation === undefined ? {} : { compensation }),
    verdict: worst(checks, { failed: 'violates', skipped: 'incomplete', passed: 'conforms' }),
    checks,
    guarantees: (Object.keys(LOSSES) as Guarantee[]).map((name) => ({
      name,
      status: worst(
        checks.filter(({ guarantee }) => guarantee === name),
        { failed: 'broken', skipped: 'unproven', passed: 'held' },
      ),
      without: LOSSES[name],
    })),
    ...times,
  };
}

function worst<Word>(
  checks: readonly CheckResult[],
  words: Readonly<Record<CheckResult['status'], Word>>,
): Word {
  const has = (status: CheckResult['status']) => checks.some((check) => check.status === status);
  if (has('failed')) return words.failed;
  return has('skipped') ? words.skipped : words.passed;
}
