import type { Saga } from './api.ts';

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
