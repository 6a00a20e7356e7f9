import type { Command } from '../core/command.ts';
import type { ObservedMove } from '../core/observer.ts';
import type { SagaStatus } from '../core/store.ts';

/** The commands of a move that are sent once more; asking again whether one is done is no retry. */
export function retriesOf({ move, event }: ObservedMove): readonly Command[] {
  // Looked at first: most moves have none, and every move comes through here.
  if (!move.commands.some(isRepeated)) return [];
  const isPoll = event.type.endsWith('.inProgress') || /^xstate\.after\.[^.]+\.poll\./.test(event.type);
  return isPoll ? [] : move.commands.filter(isRepeated);
}

function isRepeated({ attempt }: Command): boolean {
  return attempt > 1;
}

/** Whether a saga turned back with this move, also where there was nothing to undo. */
export function turnsBack({ record, before, move }: ObservedMove): boolean {
  if (!isBackward(record.status) || before === null) return false;
  if (before.status === 'running') return true;
  // One that parked on the way back, and goes on, turned back before.
  return before.status === 'failed' && !hasUndone(move);
}

const others: readonly string[] = ['start', 'park', 'deadline', 'signal'];

/** What a person did, where it was a person: `cancel`, `retry`. */
export function interventionOf({ event: { type } }: ObservedMove): string | undefined {
  // Replies and timers have a dot in their names; a signal is what a saga waits for, whoever sends it.
  return type.includes('.') || others.includes(type) ? undefined : type;
}

function isBackward(status: SagaStatus): boolean {
  return status === 'compensating' || status === 'compensated';
}

/** Whether an undo was sent before this move. */
function hasUndone({ snapshot, commands }: ObservedMove['move']): boolean {
  const sent = Object.entries(snapshot.state.context.steps).filter(
    ([, { attempts }]) => (attempts.undo ?? 0) > 0,
  );
  return sent.some(
    ([step]) =>
      !commands.some((command) => command.op === 'undo' && command.step === step && command.attempt === 1),
  );
}
