import { commandName, type SagaPlan, stepsOf } from '../core/steps.ts';
import type { Op } from '../core/transport.ts';

/** A step's action, undo or seal. */
export interface CommandOf {
  readonly step: string;
  readonly op: Op;
}

const ops: readonly Op[] = ['do', 'undo', 'seal'];

/** The commands of a plan by their names. */
export function commandsOf(plan: SagaPlan): ReadonlyMap<string, CommandOf> {
  return new Map(
    stepsOf(plan).flatMap(({ name }) =>
      ops.map((op) => [commandName(name, op), { step: name, op }] as const),
    ),
  );
}

/** A timer's name without the state it is armed in: `charge.backoff`, `deadline`. */
export function timerName(type: string): string {
  return /^xstate\.after\.([^.]+\.[^.]+)\./.exec(type)?.[1] ?? type;
}
