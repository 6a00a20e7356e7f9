import type { CommandOf, JournaledData } from './command-end.ts';
import { type SagaPlan, waitsOf } from './steps.ts';
import type { JournalRow } from './saga-row.ts';
import { isBackward, type TraceChange } from './saga-trace.ts';

/** The type of a journal's line. */
type Typed = Pick<JournalRow, 'type'>;

/** Whether a person goes on without what the saga was parked with. */
export function isSkip({ type }: Typed, { choice }: JournaledData): boolean {
  return type === 'skip' || (type === 'decide' && choice === 'skip');
}

/** Whether a line asks the saga to turn back, and how far. */
export function toTurning({ type }: Typed, { choice, to }: JournaledData): TraceChange['turning'] {
  const isTurning = ['cancel', 'deadline', 'compensate'].includes(type) || choice === 'compensate';
  return isTurning ? { to: type === 'compensate' ? (to ?? null) : null } : null;
}

/** Whether a person sends a saga forward that parked on its way there: what it may have turned back for is forgotten. */
export function isSentForward(
  { type, status }: JournalRow,
  wasParked: CommandOf | undefined,
  turning: TraceChange['turning'],
): boolean {
  const isAsked = ['retry', 'skip', 'resolve', 'decide', 'signal'].includes(type) && turning === null;
  const isStill = status === 'failed' || status === 'abandoned';
  return wasParked?.op === 'do' && isAsked && !isStill && !isBackward(status);
}

/** The wait whose time a line ends. */
export function expiredWait({ type }: Typed, plan: SagaPlan | undefined): string | undefined {
  const timedOut = /^xstate\.after\.([^.]+)\.timeout\.[^.]+\.running\.[^.]+\.waiting$/.exec(type)?.[1];
  const isWait = plan === undefined || waitsOf(plan).some(({ name }) => name === timedOut);
  return isWait ? timedOut : undefined;
}

/** The wait that a saga is in: `approval` in `running.approval.waiting`. */
export function waitIn(state: string): string | undefined {
  const [top, name, last, ...rest] = state.split('.');
  return top === 'running' && last === 'waiting' && rest.length === 0 ? name : undefined;
}
