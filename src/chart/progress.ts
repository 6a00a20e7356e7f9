import type { SagaPlan, Step } from '../core/steps.ts';
import { stepsOf } from '../core/steps.ts';
import { type Caption, durationText } from './captions.ts';
import type { Marks, StateMark } from './marks.ts';

/** How a state looks: what the saga did there, the most telling first. */
export type Look = 'active' | 'failed' | 'undone' | 'done' | 'skipped' | 'possible' | 'idle';

/** How a state looks; `idle` where there is no saga. */
export function lookOf(id: string, caption: Caption, marks: Marks | null): Look {
  const mark = marks?.states[id];
  if (mark === undefined) return 'idle';
  if (isEnd(marks?.status, id)) return endLook(id);
  const status = caption.role === 'action' ? statusOf(caption, marks) : undefined;
  if (mark.isActive) return status === 'completed' ? 'done' : status === 'skipped' ? 'skipped' : 'active';
  if (mark.isFailed) return 'failed';
  if (mark.isUndone) return 'undone';
  if (mark.visits === 0) return mark.isPossible ? 'possible' : 'idle';
  if (id === 'running' || id === 'compensating') return leftLook(id, marks);
  const isPassed = caption.role === 'undo' || statusOf(caption, marks) === 'skipped';
  return isPassed ? 'skipped' : 'done';
}

/** The line in a step's box: how it gets on, or what it may do. */
export function progressOf(id: string, caption: Caption, marks: Marks | null, plan: SagaPlan): string {
  const mark = marks?.states[id];
  const step = stepsOf(plan).find(({ name }) => name === caption.step);
  if (marks === null || mark === undefined || mark.visits === 0) return caption.detail;
  if (id === 'failed') return mark.isActive ? parkedText(marks) : caption.detail;
  if (step === undefined) return caption.detail;
  if (mark.isActive) return nowText(id, caption, marks, step);
  return caption.role === 'undo' ? undoText(caption, marks, mark) : actionText(caption, marks, mark.spent);
}

function isEnd(status: string | undefined, id: string): boolean {
  return status === id && ['completed', 'compensated', 'abandoned'].includes(id);
}

function endLook(id: string): Look {
  if (id === 'completed') return 'done';
  return id === 'compensated' ? 'undone' : 'failed';
}

/** How the way forward, or that backward, looks that was left: to its end, or because it could not go on. */
function leftLook(id: 'running' | 'compensating', marks: Marks | null): Look {
  if (id === 'compensating') return marks?.status === 'compensated' ? 'undone' : 'failed';
  if (marks?.status === 'completed') return 'done';
  return marks?.cause === null ? 'failed' : 'undone';
}

function statusOf({ step }: Caption, marks: Marks | null): string | undefined {
  return step === null ? undefined : marks?.steps[step]?.status;
}

function parkedText({ parked }: Marks): string {
  return [parked?.command ?? '', parked?.error?.code ?? parked?.why ?? '']
    .filter((word) => word !== '')
    .join(': ');
}

/** What a step does now, from the innermost state that it is in. */
function nowText(id: string, { role }: Caption, marks: Marks, { name, action, compensation }: Step): string {
  const record = marks.steps[name];
  const op = role === 'undo' ? 'undo' : 'do';
  const most = (op === 'undo' ? compensation : action)?.retry.maximumAttempts ?? 1;
  const attempt = record?.attempts[op] ?? 0;
  const state = marks.active.find((one) => one.startsWith(`${id}.`))?.slice(id.length + 1) ?? '';
  const words: Readonly<Record<string, string>> = {
    executing: `attempt ${attempt} of ${most}`,
    backoff: `${record?.error?.code ?? 'failed'}, tries again`,
    polling: 'in progress, asks again',
    settling: 'waits for the attempt under way',
    done: 'done',
  };
  return words[state] ?? (state.startsWith('sealing') ? 'in doubt: asks for the outcome' : state);
}

function actionText(caption: Caption, marks: Marks, spent: number): string {
  const record = marks.steps[caption.step ?? ''];
  const attempts = record?.attempts.do ?? 0;
  const often = attempts > 1 ? `${attempts} attempts` : '';
  const isCause = marks.cause?.step === caption.step || record?.status === 'failed';
  const code = isCause ? (marks.cause?.error?.code ?? record?.error?.code ?? 'failed') : '';
  if (record?.status === 'skipped') return 'skipped';
  const undone = record?.status === 'compensated' ? 'undone' : '';
  return [code, undone, often, durationText(spent)].filter((word) => word !== '').join(' · ');
}

function undoText(caption: Caption, marks: Marks, { spent, isFailed }: StateMark): string {
  const record = marks.steps[caption.step ?? ''];
  if (record?.status === 'compensated') return `undone · ${durationText(spent)}`;
  return isFailed ? (marks.parked?.error?.code ?? 'failed') : 'nothing to undo';
}
