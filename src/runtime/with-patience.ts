import type { Clock } from '../core/clock.ts';

/** How long whatever closes waits for what is under way; ms. */
const closePatience = 5_000;

/** Waits for work that never rejects, but for `closePatience` at most: a store that is down must not keep a process from ending. */
export async function withPatience(clock: Pick<Clock, 'schedule'>, work: Promise<unknown>): Promise<void> {
  let forget = () => {};
  const patience = new Promise<void>((resolve) => {
    forget = clock.schedule(closePatience, resolve);
  });
  await Promise.race([work, patience]);
  forget();
}
