import type { Line } from './api.ts';

/** How an answer ended, in words. */
const ends: Readonly<Record<string, string>> = {
  succeeded: 'succeeded',
  refused: 'was refused',
  failed: 'failed',
  lost: 'got no usable answer',
  unreachable: 'reached nobody',
  inProgress: 'is still at work',
  sealed: 'was sealed: it never will run',
};

const byPerson: Readonly<Record<string, string>> = {
  cancel: 'cancelled it',
  retry: 'had it tried again',
  skip: 'skipped the step',
  compensate: 'turned it back',
  resolve: 'said how the step ended',
  decide: 'decided',
  pause: 'paused it',
  resume: 'resumed it',
  signal: 'sent a signal',
};

const timers: Readonly<Record<string, string>> = {
  timeout: 'got no answer in time',
  backoff: 'is tried again',
  poll: 'is asked again',
};

/** What a line of the journal says, in words: `charge was refused`, `ada cancelled it`. */
export function eventWords({ type, data }: Line): string {
  if (type === 'start') return 'started';
  if (type === 'deadline') return 'the deadline passed';
  if (type === 'park') return 'parked by the engine';
  const person = byPerson[type];
  if (person !== undefined) {
    const actor = typeof data['actor'] === 'string' ? data['actor'] : 'somebody';
    const name = typeof data['name'] === 'string' ? ` ${data['name']}` : '';
    return `${actor} ${person}${name}`;
  }
  const [, command, timer = ''] = /^xstate\.after\.([\w-]+)\.(\w+)/.exec(type) ?? [];
  if (command !== undefined) return `${command} ${timers[timer] ?? timer}`;
  const dot = type.lastIndexOf('.');
  const end = ends[type.slice(dot + 1)];
  return end === undefined || dot < 0 ? type : `${type.slice(0, dot)} ${end}`;
}

/** What goes with a line: its error, its reason, when it is asked again. */
export function eventDetail({ data }: Line): string {
  const error = data['error'] as { readonly code?: string; readonly message?: string } | undefined;
  const words = [
    error === undefined ? '' : [error.code, error.message].filter(Boolean).join(': '),
    typeof data['reason'] === 'string' ? `“${data['reason']}”` : '',
    typeof data['retryAfter'] === 'number' ? `again after ${data['retryAfter']} ms` : '',
    typeof data['as'] === 'string' ? `as ${data['as']}` : '',
    typeof data['choice'] === 'string' ? data['choice'] : '',
  ];
  return words.filter((word) => word !== '').join(' · ');
}

/** What it says about the course: good, bad, or neither. */
export function eventTone({ type, status }: Line): 'good' | 'bad' | 'person' | 'plain' {
  if (type in byPerson) return 'person';
  if (/\.(?:refused|failed|lost|unreachable)$|\.timeout\b|^deadline$|^park$/.test(type)) return 'bad';
  if (type.endsWith('.succeeded') || status === 'completed') return 'good';
  return 'plain';
}
