import type { Attempt } from './attempts.ts';
import type { Definition, Saga } from './api.ts';
import { duration, listed, many } from './format.ts';
import { type LaneStep, type Moment, owesUndo } from './moment.ts';

/** What is to be said of a saga at one moment. */
export interface WordsOptions {
  readonly moment: Moment;
  readonly definition: Definition;
  readonly steps: readonly LaneStep[];
  readonly attempts: readonly Attempt[];
}

/** A question that people ask of a saga, and its answer. */
export interface Answer {
  readonly question: string;
  readonly answer: string;
  readonly tone: 'plain' | 'bad' | 'warn' | 'good';
}

/** Where is it, why, what has been done, what will be undone, what can happen next: in words. */
export function toAnswers(options: WordsOptions): readonly Answer[] {
  const { moment } = options;
  const why = whyWords(options);
  const answers: readonly Answer[] = [
    { question: 'Where is it?', answer: whereWords(options), tone: tones[moment.status] },
    { question: 'Why?', answer: why, tone: moment.status === 'failed' ? 'bad' : 'warn' },
    { question: 'What has been done?', answer: doneWords(options), tone: 'plain' },
    { question: 'What will be undone?', answer: undoWords(options), tone: 'plain' },
    { question: 'What can happen next?', answer: nextWords(options), tone: 'plain' },
  ];
  return answers.filter(({ answer }) => answer !== '');
}

const tones = {
  running: 'plain',
  compensating: 'warn',
  completed: 'good',
  compensated: 'warn',
  failed: 'bad',
  abandoned: 'bad',
} as const satisfies Readonly<Record<Moment['status'], Answer['tone']>>;

function whereWords({ moment, definition, attempts }: WordsOptions): string {
  const { status, parked, isPaused } = moment;
  const paused = isPaused ? ' It is paused: nothing new is sent.' : '';
  if (status === 'completed') return 'It is completed: every step is done.';
  if (status === 'compensated') return 'It is compensated: everything that was done is undone.';
  if (status === 'abandoned') return 'A person closed it; what was done stays done.';
  if (parked !== null) return `It is parked at ${parked.command} and waits for a person.${paused}`;
  const open = attempts.filter(({ to }) => to === null).map((attempt) => doingWords(attempt, definition));
  const verb = status === 'compensating' ? 'It goes back: ' : 'It is under way: ';
  return `${verb}${open.length === 0 ? 'between two steps' : listed(open)}.${paused}`;
}

function doingWords({ step, op, phase, number }: Attempt, { steps, signals }: Definition): string {
  const found = steps.find(({ name }) => name === step);
  const asked = op === 'undo' ? found?.compensation : found?.action;
  const what = op === 'undo' ? `undo of ${step}` : step;
  if (phase === 'waiting')
    return `it waits for the signal ${signals.find(({ name }) => name === step)?.name ?? step}`;
  if (phase === 'settling') return `it waits for what becomes of ${step} before it undoes it`;
  if (op === 'seal') return `${step} is in doubt and its outcome is asked for`;
  const most = op === 'do' && found !== undefined ? ` of ${found.maximumAttempts}` : '';
  if (phase === 'backoff') return `${what} failed ${many(number, 'time')} and is tried again`;
  if (phase === 'polling') return `${what} is still at work and is asked again`;
  return `${what}, attempt ${number}${most} at ${asked ?? 'its command'}`;
}

function whyWords({ moment, definition }: WordsOptions): string {
  const { cause, parked } = moment;
  const words: string[] = [];
  if (cause !== null) words.push(causeWords(cause, definition));
  if (parked !== null) {
    const reasons = {
      refused: 'was refused',
      exhausted: 'used up all its attempts',
      engine: 'could not be decided by the engine',
      unanswered: 'got no answer in time',
    };
    const { error } = parked;
    const said = error === undefined ? '' : `: ${error.code}, ${error.message}`;
    words.push(`${parked.command} ${reasons[parked.why]}${said}.`);
  }
  return words.join(' ');
}

function causeWords(
  { type, step, error, actor, reason }: NonNullable<Moment['cause']>,
  { steps }: Definition,
): string {
  const who = actor ?? 'Somebody';
  const said = reason === undefined ? '' : `: “${reason}”`;
  if (type === 'cancelled') return `${who} cancelled it${said}.`;
  if (type === 'operator') return `${who} turned it back${said}.`;
  if (type === 'timedOut') return 'Its deadline passed.';
  const asked = steps.find(({ name }) => name === step)?.action;
  const at = asked === undefined ? '' : ` (${asked})`;
  const failure = error === undefined ? '' : `: ${error.code}, ${error.message}`;
  return `${step ?? 'A step'}${at} failed${failure}.`;
}

function doneWords({ moment, steps }: WordsOptions): string {
  const named = (wanted: string) =>
    steps.filter(({ name }) => moment.steps[name]?.status === wanted).map(({ name }) => name);
  const done = named('completed');
  const undone = named('compensated');
  const doubtful = steps.filter(({ name }) => moment.steps[name]?.inDoubt === true).map(({ name }) => name);
  const words = [
    done.length === 0 ? '' : `${listed(done)} done`,
    undone.length === 0 ? '' : `${listed(undone)} undone`,
    doubtful.length === 0 ? '' : `${listed(doubtful)} in doubt`,
  ].filter((word) => word !== '');
  return words.length === 0 ? 'Nothing yet.' : `${words.join('; ')}.`;
}

function undoWords({ moment, steps }: WordsOptions): string {
  const { status } = moment;
  const isOpen = status === 'running' || status === 'compensating' || status === 'failed';
  if (!isOpen) return '';
  const owed = steps
    .filter(({ name, compensation }) => compensation !== null && owesUndo(moment.steps[name]))
    .toSorted((a, b) => ordinal(b, moment) - ordinal(a, moment))
    .map(({ name }) => name);
  if (owed.length === 0) return 'Nothing.';
  const order = `${listed(owed)}, in this order`;
  return status === 'running'
    ? `If it turned back: ${owed.length === 1 ? owed[0] : order}.`
    : `${owed.length === 1 ? owed[0] : order}.`;
}

function ordinal({ name }: LaneStep, { steps }: Moment): number {
  return steps[name]?.ordinal ?? Number.MAX_SAFE_INTEGER;
}

function nextWords({ moment, steps, attempts }: WordsOptions): string {
  const { status, at } = moment;
  if (status === 'failed') return 'Nothing by itself. It goes on once a person decided.';
  if (status !== 'running' && status !== 'compensating') return '';
  const done = (name: string) => ['completed', 'skipped'].includes(moment.steps[name]?.status ?? '');
  const busy = new Set(attempts.filter(({ to }) => to === null).map(({ step }) => step));
  const following = steps.find(({ name }) => !done(name) && !busy.has(name));
  const then =
    status === 'running'
      ? `When that is done, ${following === undefined ? 'the saga is completed' : `${following.name} follows`}.`
      : 'When that is done, what came before it is undone.';
  const timers = Object.entries(moment.timers)
    .toSorted(([, a], [, b]) => a - b)
    .map(([event, due]) => `${timerWords(event)} ${duration(Math.max(0, due - at))} later`);
  return timers.length === 0 ? then : `${then} By itself: ${listed(timers)}.`;
}

/** What a timer does, by the event that it sends. */
export function timerWords(event: string): string {
  if (event === 'deadline') return 'the deadline passes';
  const [, command = '', kind = ''] = /^xstate\.after\.([\w-]+)\.(\w+)/.exec(event) ?? [];
  if (kind === 'timeout') return `${command} is given up as unanswered`;
  if (kind === 'backoff') return `${command} is tried again`;
  if (kind === 'poll') return `${command} is asked again`;
  return command === '' ? event : `${command} moves on`;
}

/** What an action is, in words, and whether it cannot be taken back. */
export const actionWords: Readonly<
  Record<string, { readonly title: string; readonly about: string; readonly isGrave?: true }>
> = {
  retry: {
    title: 'Retry now',
    about: 'Tries again: the parked command, or the one that waits for its next attempt.',
  },
  skip: {
    title: 'Skip step',
    about: 'Goes on without the parked command. Marks the saga overridden.',
    isGrave: true,
  },
  compensate: {
    title: 'Compensate',
    about: 'Turns back: everything that was done is undone, last first.',
    isGrave: true,
  },
  resolve: {
    title: 'Resolve',
    about: 'Says how the parked command really ended, or closes the saga as it is. Marks it overridden.',
    isGrave: true,
  },
  cancel: { title: 'Cancel', about: 'Turns the saga back. Once accepted it never completes.', isGrave: true },
  decide: { title: 'Decide', about: 'Answers what the saga asks: retry, skip or compensate.' },
  signal: { title: 'Send signal', about: 'Gives the saga what it waits for.' },
  pause: { title: 'Pause', about: 'Sends no new command until it is resumed.' },
  resume: { title: 'Resume', about: 'Goes on where it was paused.' },
};

/** Actions in the order in which they are offered. */
export function toOffered(legal: Saga['legal']): readonly string[] {
  const order = Object.keys(actionWords);
  return (legal as readonly string[]).toSorted((a, b) => order.indexOf(a) - order.indexOf(b));
}
