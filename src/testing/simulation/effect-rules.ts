import { idempotencyKey, stepNamed } from '../../core/command.ts';
import { isForwardOnly, type Step } from '../../core/steps.ts';
import type { LedgerCommand, LedgerLine } from './history.ts';
import { netEffect, type PlacedStep, placedSteps, type SagaCase, type SagaRule } from './saga-case.ts';

/** What must hold of the effects of a saga, as the ledgers of its participants show them. */
export const effectRules: Readonly<Record<string, SagaRule>> = {
  'I-1': function* onceEach({ effects }) {
    for (const [command, lines] of byCommand(effects))
      if (lines.length > 1) yield `${command} took effect ${lines.length} times`;
  },

  'I-2': function* completedIsDone(saga) {
    if (saga.record.status !== 'completed' || saga.isOverridden) return;
    for (const { step } of placedSteps(saga)) {
      const count = (op: string) =>
        saga.effects.filter((line) => line.step === step.name && line.op === op).length;
      const expected = isSkipped(saga, step.name) ? 0 : 1;
      const [done, undone] = [count('do'), count('undo')];
      // What is not undone was done as often as it was run.
      const net =
        saga.isRewound && step.compensation === undefined ? Math.min(done, expected) : done - undone;
      if (net !== expected || (undone !== 0 && !saga.isRewound))
        yield `it is completed, and ${step.name} was done ${count('do')} and undone ${count('undo')} times`;
    }
  },

  'I-3': function* compensatedIsUndone(saga) {
    if (saga.record.status !== 'compensated' || saga.isOverridden) return;
    for (const { step } of placedSteps(saga)) {
      const net = netEffect(saga.effects, step.name);
      const mustBeNone = step.compensation !== undefined || isForwardOnly(step);
      if (mustBeNone && net !== 0) yield `it is compensated, and the effect of ${step.name} is ${net}`;
    }
  },

  'I-4': function* undoAfterDo({ effects }) {
    for (const [index, { op, step }] of effects.entries()) {
      if (op === 'undo' && netEffect(effects.slice(0, index), step) < 1)
        yield `${step} was undone without having been done`;
    }
  },

  'I-5': function* undoneInReverse(saga) {
    if (saga.isOverridden) return;
    const steps = placedSteps(saga);
    for (const [index, undo] of saga.effects.entries()) {
      if (undo.op !== 'undo') continue;
      const before = saga.effects.slice(0, index);
      const left = steps.find(
        (other) => isUndoneBefore(saga, other, undo.step) && netEffect(before, other.step.name) > 0,
      );
      if (left !== undefined) yield `${undo.step} was undone while ${left.step.name} was not`;
    }
  },

  'I-6': function* doneInOrder(saga) {
    if (saga.isOverridden) return;
    const steps = placedSteps(saga);
    for (const [index, line] of saga.effects.entries()) {
      if (line.op === 'undo' || isHarmless(saga, line.step)) continue;
      const before = saga.effects.slice(0, index);
      const own = steps.find(({ step }) => step.name === line.step)?.index ?? 0;
      const missing = steps.find(
        (other) =>
          other.index < own &&
          !wasSkipped(saga, other.step.name, line.line) &&
          !isDone(saga, before, other.step),
      );
      if (missing !== undefined) yield `${line.step} was done while ${missing.step.name} was not`;
    }
  },

  'I-7': function* neverAfterTombstone({ ledger }) {
    for (const { type, op, step, generation, line } of ledger) {
      if (type !== 'nullUndo' && type !== 'sealed') continue;
      const late = ledger.find(
        (other) =>
          other.type === 'effect' &&
          other.op === 'do' &&
          other.step === step &&
          other.generation === generation &&
          other.line > line,
      );
      if (late !== undefined) yield `${step} was done although an earlier ${op} was answered ${type}`;
    }
  },

  'I-8': function* nothingAfterTheEnd(saga) {
    const closed = saga.moves.find(({ write }) => write.state.closedAt !== null);
    const late = saga.effects.find(
      ({ line, step }) =>
        closed !== undefined &&
        line > closed.line &&
        !isHarmless(saga, step) &&
        // A person went on without it, though it might still happen.
        !(saga.isOverridden && isSkipped(saga, step)),
    );
    if (late !== undefined) yield `${late.op} ${late.step} took effect after the saga was closed`;
  },

  'I-9': function* intentBeforeSend({ record, replayed, sent, replayError }) {
    if (replayError !== undefined) return;
    for (const command of sent) {
      const cause = replayed.find(({ commands }) => commands.some((one) => isSame(one, command)));
      const what = `${command.op} ${command.step}, attempt ${command.attempt}, generation ${command.generation}`;
      if (cause === undefined) yield `${command.node} sent ${what}, which the journal does not know`;
      else if (cause.line > command.line) yield `${command.node} sent ${what} before that was durable`;
      if (command.idempotencyKey !== idempotencyKey(record.tenant, record.id, command))
        yield `${what} was sent with the key ${command.idempotencyKey}`;
    }
  },

  original: function* undoKnowsTheReply({ replayed, sent, replayError }) {
    if (replayError !== undefined) return;
    for (const command of sent.filter(({ op }) => op === 'undo')) {
      const cause = replayed.find(({ commands }) => commands.some((one) => isSame(one, command)));
      const known = JSON.stringify(cause?.snapshot.state.context.results[command.step]);
      if (command.original !== known)
        yield `the undo of ${command.step} was given ${command.original ?? 'nothing'} as the reply, which was ${known ?? 'not known'}`;
    }
  },

  'I-10': function* refusedIsNotDone({ ledger }) {
    for (const { type, op, step, generation } of ledger) {
      if (type !== 'refused' || op === 'undo') continue;
      const done = ledger.some(
        (other) =>
          other.type === 'effect' &&
          other.op === 'do' &&
          other.step === step &&
          other.generation === generation,
      );
      if (done) yield `${step} was refused, and was done`;
    }
  },

  'I-11': function* noWayBackBehindThePivot(saga) {
    const steps = placedSteps(saga);
    const decided = steps.find(
      ({ step }) => isForwardOnly(step) && saga.effects.some((line) => line.step === step.name),
    );
    if (decided === undefined) return;
    const since = saga.effects.find((line) => line.step === decided.step.name)?.line ?? 0;
    const undone = saga.effects.find(({ op, line }) => op === 'undo' && line > since);
    if (undone !== undefined) yield `${decided.step.name} was done, and ${undone.step} undone`;
  },

  'I-12': function* sameAnswerAlways({ ledger }) {
    // A seal is answered with what the action was answered with.
    const answers = ledger
      .filter(({ type }) => answering.includes(type))
      .map((line) => (line.op === 'seal' ? { ...line, op: 'do' as const } : line));
    for (const [command, lines] of byCommand(answers)) {
      const replies = lines.filter(({ type }) => type !== 'refused').map(({ reply }) => reply);
      if (new Set(replies).size > 1) yield `${command} was answered differently`;
      if (lines[0]?.isRepeated === true)
        yield `${command} was answered from memory the first time it was asked`;
    }
  },
};

/** What a participant remembers and gives again. */
const answering: readonly LedgerLine['type'][] = ['applied', 'replayed', 'refused'];

function byCommand(lines: readonly LedgerLine[]): ReadonlyMap<string, readonly LedgerLine[]> {
  const groups = new Map<string, LedgerLine[]>();
  for (const line of lines) {
    const command = `${line.op} ${line.step}, generation ${line.generation}`;
    groups.set(command, [...(groups.get(command) ?? []), line]);
  }
  return groups;
}

/** A guard said that it need not run; it left nothing behind. */
function isSkipped({ steps }: SagaCase, step: string): boolean {
  return steps[step]?.status === 'skipped';
}

/** The same at a moment of the past: a saga that was sent back to a step forgets what it had skipped. */
function wasSkipped(saga: SagaCase, step: string, by: number): boolean {
  const isThen = ({ line, snapshot }: SagaCase['replayed'][number]) =>
    line <= by && snapshot.state.context.steps[step]?.status === 'skipped';
  return isSkipped(saga, step) || (saga.isRewound && saga.replayed.some(isThen));
}

/** What is neither undone nor sealed may come late: its author said that it leaves nothing behind. */
function isHarmless({ plan }: SagaCase, name: string): boolean {
  const step = stepNamed(plan, name);
  return step.compensation === undefined && !isForwardOnly(step);
}

/** Whether a step has to be undone before that one: a later one, or a member of its group that completed later or never. */
function isUndoneBefore(saga: SagaCase, other: PlacedStep, undone: string): boolean {
  const own = placedSteps(saga).find(({ step }) => step.name === undone);
  if (own === undefined || other.step.compensation === undefined) return false;
  const rank = (name: string) => saga.steps[name]?.ordinal ?? Number.POSITIVE_INFINITY;
  if (other.index !== own.index) return other.index > own.index;
  // Of members that ran several times only the latest order is known.
  return !saga.isRewound && rank(other.step.name) > rank(undone);
}

/** Whether a step is done, once; one that is not undone may have run several times. */
function isDone({ isRewound }: SagaCase, before: readonly LedgerLine[], step: Step): boolean {
  const net = netEffect(before, step.name);
  return isRewound && step.compensation === undefined ? net >= 1 : net === 1;
}

function isSame(
  one: { readonly step: string; readonly op: string; readonly attempt: number; readonly generation: number },
  sent: LedgerCommand & { readonly attempt: number },
): boolean {
  return (
    one.step === sent.step &&
    one.op === sent.op &&
    one.attempt === sent.attempt &&
    one.generation === sent.generation
  );
}
