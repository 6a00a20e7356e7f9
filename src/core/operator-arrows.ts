import type { Arrow, NamedPart } from './attempts.ts';
import { type SagaPlan, waitsOf } from './steps.ts';

/** How far back the event wants the saga to go. */
export const rewindTo: NamedPart = { type: 'rewindTo', params: {} };

/** Where a saga may be paused. */
export const pausing: Readonly<Record<string, Arrow>> = {
  pause: { guard: { type: 'isActive', params: {} }, actions: [{ type: 'pause', params: {} }] },
};

/** Where a paused saga may be resumed. */
export const resuming: Readonly<Record<string, Arrow>> = {
  resume: { guard: { type: 'isPaused', params: {} }, actions: [{ type: 'resume', params: {} }] },
};

/** Whoever goes back only to go forward again may still have to go all the way. */
export const abandoningRewind: Readonly<Record<string, Arrow>> = {
  cancel: goAllTheWay('cancelled'),
  compensate: goAllTheWay('operator'),
  deadline: goAllTheWay('timedOut'),
};

/** Where a signal is kept that the saga does not wait for yet. */
export function early(plan: Pick<SagaPlan, 'nodes'>): Readonly<Record<string, Arrow>> {
  if (waitsOf(plan).length === 0) return {};
  return {
    signal: { guard: { type: 'isEarly', params: {} }, actions: [{ type: 'keepSignal', params: {} }] },
  };
}

function goAllTheWay(type: string): Arrow {
  return { guard: { type: 'isRewinding', params: {} }, actions: [{ type: 'stopRewind', params: { type } }] };
}
