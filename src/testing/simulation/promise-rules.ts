import { operationOf } from '../../core/machine-parts.ts';
import { isClosed } from '../../core/snapshot.ts';
import { isForwardOnly, stepsOf, waitsOf } from '../../core/steps.ts';
import type { ReplayedMove, SagaCase, SagaRule } from './saga-case.ts';

/** How wrong a node may be about the database's time, between two renewals of its lease; ms. */
const tolerance = 150;

/** What clients, operators and authors were promised. */
export const promiseRules: Readonly<Record<string, SagaRule>> = {
  'I-21': function* ends({ record, journal }) {
    if (!isClosed(record.status))
      yield `it is still in ${journal.at(-1)?.state}, driven by ${record.owner ?? 'nobody'}, due at ${record.dueAt}`;
    else if (record.hooks !== null) yield `it is closed, and hooks wait: ${record.hooks}`;
  },

  'I-26': function* cancelIsHeardOnce({ calls, journal, record }) {
    for (const { action, answer, actor } of calls) {
      if (action === 'start') continue;
      const written = journal.filter(
        ({ type, data }) =>
          type === action && (JSON.parse(data) as { readonly actor?: string }).actor === actor,
      ).length;
      if (answer === 'accepted' && written !== 1)
        yield `${action} by ${actor} was accepted, and is ${written} times in the journal`;
      // Asked twice under one key, the first time may have been too early.
      const others = calls.filter((call) => call.actor === actor && call.answer !== 'refused');
      if (answer === 'refused' && written !== 0 && others.length === 0)
        yield `${action} by ${actor} was refused, and is in the journal`;
      if (action === 'cancel' && answer === 'accepted' && record.status === 'completed')
        yield `the cancel by ${actor} was accepted, and it is completed`;
    }
  },

  'I-31': function* startsAsAsked({ calls, journal }) {
    const { input } = JSON.parse(journal[0]?.data ?? '{}') as { readonly input?: unknown };
    const other = calls.find(
      (call) => call.action === 'start' && JSON.stringify(call.input) !== JSON.stringify(input),
    );
    if (other !== undefined) yield 'it was started with another input than was asked for';
  },

  hooks: function* run({ replayed, hooks }) {
    for (const { hooks: caused, line, row } of replayed) {
      for (const { hook, step } of caused) {
        const ran = hooks.some((one) => one.hook === hook && one.step === step && one.line > line);
        if (!ran) yield `${hook} was caused at ${row.seq}, and did not run`;
      }
    }
  },

  cause: function* hasReason(saga) {
    const move = saga.replayed.find(({ snapshot }) => snapshot.state.context.cause !== null);
    const cause = move?.snapshot.state.context.cause ?? undefined;
    if (move === undefined || cause === undefined) {
      if (saga.record.status === 'compensated') yield 'it is compensated without a cause';
      return;
    }
    const isAsked = (...actions: readonly string[]) =>
      saga.calls.some((call) => actions.includes(call.action));
    const deadline = saga.record.deadlineAt ?? Number.POSITIVE_INFINITY;
    if (cause.type === 'cancelled' && !isAsked('cancel')) yield 'it was cancelled by nobody';
    if (cause.type === 'operator' && !isAsked('compensate', 'decide')) yield 'it was turned back by nobody';
    if (cause.type === 'timedOut' && timeOf(saga, move) < deadline - tolerance)
      yield 'its deadline came early';
    if (cause.type === 'stepFailed' && !hasFailed(saga, move, cause.step ?? ''))
      yield `${cause.step} is said to have failed, and did not`;
  },

  parked: function* forGoodReason({ replayed, plan }) {
    for (const [index, { snapshot, row }] of replayed.entries()) {
      const { parked } = snapshot.state.context;
      // What was refused while in doubt, and cannot be cleared up, waits for a person whatever its author says.
      const wasUnclear = replayed[index - 1]?.row.state.includes('.clearing.') === true;
      if (parked === null || wasUnclear) continue;
      const step = stepsOf(plan).find(({ name }) => name === parked.command);
      const mayWait =
        step === undefined || isForwardOnly(step) || step.onFailure === 'ask' || step.onExhausted === 'ask';
      if (parked.why === 'engine' || !mayWait)
        yield `it was parked at ${row.seq} for ${parked.command}: ${parked.why} ${parked.error?.message ?? ''}`;
    }
  },
};

/** When the database got to know of it; ms since the epoch. */
function timeOf({ moves }: SagaCase, { line }: ReplayedMove): number {
  return moves.find((move) => move.line === line)?.at ?? 0;
}

/** A step failed if its participant refused or sealed it, its answer could not be read, or its attempts are used up. */
function hasFailed({ ledger, received, plan }: SagaCase, { snapshot }: ReplayedMove, name: string): boolean {
  if (waitsOf(plan).some((wait) => wait.name === name)) return true;
  const refused = ledger.some(
    ({ step, op, type }) => step === name && op !== 'undo' && (type === 'refused' || type === 'sealed'),
  );
  const unreadable = received.some(
    ({ command, reply }) => command.step === name && reply.type === 'lost' && !reply.retryable,
  );
  const step = stepsOf(plan).find((one) => one.name === name);
  const record = snapshot.state.context.steps[name];
  const used = (record?.attempts.do ?? 0) - (record?.forgiven?.do ?? 0);
  return (
    refused || unreadable || (step !== undefined && used >= operationOf(step, 'do').retry.maximumAttempts)
  );
}
