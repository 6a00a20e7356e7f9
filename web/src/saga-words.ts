import type { Attempt } from './attempts.ts';
import type { Definition } from './api.ts';
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

/**
 * Where is it, why, what has been done, what will be undone, what can happen next: in words. `now`, in ms since the epoch,
 * is for timers; left out for a moment that is past.
 */
export function toAnswers(options: WordsOptions, now?: number): readonly Answer[] {
  const { moment } = options;
  const why = whyWords(options);
  const answers: readonly Answer[] = [
    { question: 'Where is it?', answer: whereWords(options), tone: tones[moment.status] },
    { question: 'Why?', answer: why, tone: moment.status === 'failed' ? 'bad' : 'warn' },
    { question: 'What has been done?', answer: doneWords(options), tone: 'plain' },
    { question: 'What will be undone?', answer: undoWords(options), tone: 'plain' },
    { question: 'What can happen next?', answer: nextWords(options, now), tone: 'plain' },
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
  const { status, parked, isPaused, goesBackTo } = moment;
  const paused = isPaused ? ' It is paused: nothing new is sent.' : '';
  if (status === 'completed') return 'It is completed: every step is done.';
  if (status === 'compensated') return 'It is compensated: everything that was done is undone.';
  if (status === 'abandoned') return 'A person closed it; what was done stays done.';
  if (parked !== null) return `It is parked at ${parked.command} and waits for a person.${paused}`;
  const open = attempts.filter(({ to }) => to === null).map((attempt) => doingWords(attempt, definition));
  const back =
    goesBackTo === null ? 'It goes back: ' : `It goes back to ${goesBackTo}, and then forward again: `;
  const verb = status === 'compensating' ? back : 'It is under way: ';
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
  const doubtful = steps.filter(({ name }) => moment.steps[name]?.inDoubt === true).map(({ name }) => name);
  const said: readonly (readonly [names: readonly string[], what: string])[] = [
    [named('completed'), 'done'],
    [named('compensating'), 'done and not undone yet'],
    [named('compensated'), 'undone'],
    [doubtful, 'in doubt'],
  ];
  const words = said.flatMap(([names, what]) => (names.length === 0 ? [] : [`${listed(names)} ${what}`]));
  return words.length === 0 ? 'Nothing yet.' : `${words.join('; ')}.`;
}

function undoWords(options: WordsOptions): string {
  const { status, cause } = options.moment;
  if (status !== 'running' && status !== 'compensating' && status !== 'failed') return '';
  const passed = cause === null ? passedReturn(options) : undefined;
  if (passed !== undefined) return `Nothing any more: ${passed} was the point of no return.`;
  const owed = owedUndos(options);
  if (owed.length === 0) return 'Nothing.';
  const words = owed.length === 1 ? (owed[0] ?? '') : `${listed(owed)}, in this order`;
  return cause === null ? `If it turned back: ${words}.` : `${words}.`;
}

/** Steps whose effect going back would have to undo, in the order in which it does that. */
function owedUndos({ moment, steps }: WordsOptions): readonly string[] {
  const { goesBackTo } = moment;
  const last = steps.filter(({ name, group }) => name === goesBackTo || group === goesBackTo);
  const from = goesBackTo === null ? 0 : Math.min(...last.map((step) => ordinal(step, moment)));
  return steps
    .filter(({ name, compensation }) => compensation !== null && owesUndo(moment.steps[name]))
    .filter((step) => ordinal(step, moment) >= from)
    .toSorted((a, b) => ordinal(b, moment) - ordinal(a, moment))
    .map(({ name }) => name);
}

function ordinal({ name }: LaneStep, { steps }: Moment): number {
  return steps[name]?.ordinal ?? Number.MAX_SAFE_INTEGER;
}

/** The step after which nothing turns back, once the saga is past it: a pivot that is done, or the first retriable step. */
function passedReturn({ moment, steps }: WordsOptions): string | undefined {
  const index = steps.findIndex(({ kind }) => kind === 'pivot' || kind === 'retriable');
  const step = steps[index];
  if (step === undefined) return undefined;
  const status = moment.steps[step.name]?.status;
  const isBehind = status === 'completed' || status === 'skipped';
  const isBeyond = steps.slice(index + 1).some(({ name }) => moment.steps[name] !== undefined);
  const isReached = step.kind === 'retriable' && status !== undefined;
  return isBehind || isBeyond || isReached ? step.name : undefined;
}

function nextWords(options: WordsOptions, now: number | undefined): string {
  const { moment, attempts } = options;
  if (moment.status === 'failed') return 'Nothing by itself. It goes on once a person decided.';
  if (moment.status !== 'running' && moment.status !== 'compensating') return '';
  const open = attempts.filter(({ to }) => to === null);
  const words = moment.status === 'running' ? forwardWords(options, open) : backwardWords(options, open);
  const timers = timersOf(moment).map(
    ([event, due]) => `${timerWords(event)} ${whenWords(due, moment, now)}`,
  );
  return [...words, ...(timers.length === 0 ? [] : [`By itself: ${listed(timers)}.`])].join(' ');
}

function forwardWords(
  { moment, definition, steps }: WordsOptions,
  open: readonly Attempt[],
): readonly string[] {
  const done = (name: string) => ['completed', 'skipped'].includes(moment.steps[name]?.status ?? '');
  const following = steps.find(({ name }) => !done(name) && !open.some(({ step }) => step === name));
  const asked = open.find(({ op }) => op === 'do');
  const onFailure = definition.steps.find(({ name }) => name === asked?.step)?.onFailure;
  const refused = { compensate: 'the saga turns back', ask: 'a person is asked', retry: 'it is tried again' };
  return [
    `When that is done, ${following === undefined ? 'the saga is completed' : `${following.name} follows`}.`,
    ...(onFailure === undefined ? [] : [`If it is refused, ${refused[onFailure]}.`]),
  ];
}

function backwardWords(options: WordsOptions, open: readonly Attempt[]): readonly string[] {
  const next = owedUndos(options).find((name) => !open.some(({ step }) => step === name));
  const { goesBackTo } = options.moment;
  const end = goesBackTo === null ? 'the saga is compensated' : `it goes forward again from ${goesBackTo}`;
  return [`When that is done, ${next === undefined ? end : `${next} is undone`}.`];
}

/** Timers that run, the next one first. While a saga is paused only what was sent, and its deadline, is waited for. */
function timersOf({ timers, isPaused }: Moment): readonly (readonly [event: string, due: number])[] {
  return Object.entries(timers)
    .filter(([event]) => !isPaused || event === 'deadline' || /\.timeout\b/.test(event))
    .toSorted(([, a], [, b]) => a - b);
}

function whenWords(due: number, { at }: Moment, now: number | undefined): string {
  if (now === undefined) return `${duration(Math.max(0, due - at))} later`;
  return due <= now ? 'at any moment' : `in ${duration(due - now)}`;
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
