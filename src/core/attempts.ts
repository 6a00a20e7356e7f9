import type { Outcome } from './context.ts';
import { commandName } from './steps.ts';
import type { Op } from './transport.ts';

/** A command as the chart's actions name it. */
export interface CommandRef {
  readonly step: string;
  readonly op: Op;
}

/** A transition of the generated machine. */
export interface Arrow {
  readonly target?: string;
  readonly guard?: NamedPart;
  readonly actions?: readonly NamedPart[];
}

/** A guard or action by name, with static parameters: the chart is complete as JSON. */
export interface NamedPart {
  readonly type: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** A state of the generated machine, as XState's configuration. */
export type StateConfig = Readonly<Record<string, unknown>>;

/** Where a command's ends lead. Each may be several guarded arrows. */
export interface Ends {
  readonly succeeded: readonly Arrow[];
  readonly refused: readonly Arrow[];
  /** All attempts used up, the last of them without a definite answer. */
  readonly exhausted: readonly Arrow[];
  /** All attempts used up, the last of them reached nobody. */
  readonly unreached: readonly Arrow[];
  readonly sealed: readonly Arrow[];
}

/** The states of one command: send it and wait, wait to send it again, wait to ask again. The same for do, undo and seal. */
export function attemptStates(command: CommandRef, ends: Ends): Record<string, StateConfig> {
  const name = commandName(command.step, command.op);
  const again = againArrow(command);
  const on = (outcome: Outcome, arrows: readonly Arrow[]) =>
    arrows.map((arrow) => recording(command, outcome, arrow));
  const isChangeable = { type: 'mayTakeInput', params: { ...command } };
  const changing = { type: 'takeInput', params: { ...command, isRenewed: true } };
  const nowArrow = { retry: { target: 'executing', guard: isChangeable, actions: [changing] } };
  return {
    executing: {
      tags: ['executing'],
      meta: { ...command },
      entry: [
        { type: 'attempt', params: { ...command } },
        { type: 'command', params: { ...command } },
      ],
      on: {
        [`${name}.succeeded`]: on('succeeded', ends.succeeded),
        [`${name}.refused`]: on('refused', ends.refused),
        [`${name}.failed`]: on('failed', [again, ...ends.exhausted]),
        [`${name}.lost`]: on('lost', [again, ...ends.exhausted]),
        [`${name}.unreachable`]: on('unreachable', [again, ...ends.unreached]),
        [`${name}.inProgress`]: on('inProgress', [{ target: 'polling' }]),
        [`${name}.sealed`]: on('sealed', ends.sealed),
      },
      after: { [`${name}.timeout`]: on('timedOut', [again, ...ends.exhausted]) },
    },
    backoff: { tags: ['waiting'], after: { [`${name}.backoff`]: { target: 'executing' } }, on: nowArrow },
    polling: { tags: ['waiting'], after: { [`${name}.poll`]: { target: 'executing' } }, on: nowArrow },
  };
}

/** To the next attempt, as long as the policy allows. */
export function againArrow(command: CommandRef): Arrow {
  return { target: 'backoff', guard: { type: 'canRetry', params: { ...command } } };
}

/** The arrow with the outcome written into the step's record before anything else; its guard is told the outcome, too. */
export function recording(command: CommandRef, outcome: Outcome, arrow: Arrow): Arrow {
  const { guard } = arrow;
  return {
    ...arrow,
    ...(guard === undefined ? {} : { guard: { ...guard, params: { ...guard.params, outcome } } }),
    actions: [{ type: 'record', params: { ...command, outcome } }, ...(arrow.actions ?? [])],
  };
}
