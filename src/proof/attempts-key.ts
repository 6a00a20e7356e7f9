import { attemptsUsed, type SagaContext, type StepRecord } from '../core/context.ts';
import { operationOf } from '../core/machine-parts.ts';
import type { SagaSnapshot } from '../core/snapshot.ts';
import { isForwardOnly, type Step } from '../core/steps.ts';
import type { Op } from '../core/transport.ts';
import { type CommandOf, timerName } from './command-of.ts';

/** The command that a step is about. */
export interface CommandAtHand {
  readonly op: Op;
  /** It is going to be asked again; else its answer is awaited. */
  readonly isNext: boolean;
}

/** What timers are armed for, by step. */
export function commandsAtHand(
  { timers }: SagaSnapshot,
  commands: ReadonlyMap<string, CommandOf>,
): ReadonlyMap<string, CommandAtHand> {
  const atHand = new Map<string, CommandAtHand>();
  for (const type of Object.keys(timers)) {
    const name = timerName(type);
    const command = commands.get(name.slice(0, name.lastIndexOf('.')));
    if (command !== undefined)
      atHand.set(command.step, { op: command.op, isNext: !name.endsWith('.timeout') });
  }
  return atHand;
}

/** What a step is about, of a saga that goes forward or back. */
interface About {
  readonly atHand: CommandAtHand | undefined;
  readonly isBack: boolean;
}

/** As much of a step's attempts as decides what may still happen to it, as text. */
export function attemptsKey(context: SagaContext, step: Step, { atHand, isBack }: About): string {
  const about = atHand ?? (isBack ? undefined : goingOn(context, step));
  let key = '';
  for (const op of about === undefined ? [] : countedOps(step, about, isBack))
    key += ` ${op}${attemptsCounted(context, step, { op, isNext: about?.isNext === true && about.op === op })}`;
  // Whether a saga that is paused may yet turn back before it: nobody was asked for it.
  const isFirst = context.steps[step.name]?.attempts.do === 1 && atHand?.op === 'do' && !atHand.isNext;
  return isFirst && isForwardOnly(step) ? `${key}!` : key;
}

/** Of a group that parked the members go on where they were; but for the one that a person is asked about: it is granted all attempts anew. */
function goingOn({ parked, steps }: SagaContext, { name }: Step): CommandAtHand | undefined {
  const record: StepRecord | undefined = steps[name];
  if (parked === null || parked.command === name || record?.status !== 'running') return undefined;
  return { op: record.refusedInDoubt === true ? 'seal' : 'do', isNext: true };
}

const forwardOps: readonly Op[] = ['do', 'seal'];
const undoOps: readonly Op[] = ['undo'];
const sealOps: readonly Op[] = ['seal'];

/** The ops that the policy may yet say no to. */
function countedOps({ kind }: Step, { op }: CommandAtHand, isBack: boolean): readonly Op[] {
  if (op === 'undo') return undoOps;
  // Where a saga turned back no action is asked for again, and none is where a pivot is sealed.
  if (isBack) return [];
  return op === 'seal' && kind === 'pivot' ? sealOps : forwardOps;
}

/** With the next. Beyond what the policy allows one more makes no difference: members of a group that is sent on come there. */
function attemptsCounted(context: SagaContext, step: Step, { op, isNext }: CommandAtHand): number {
  const used = attemptsUsed(context, step.name, op) + (isNext ? 1 : 0);
  return Math.min(used, operationOf(step, op).retry.maximumAttempts);
}
