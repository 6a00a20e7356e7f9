import { effectRules } from './effect-rules.ts';
import type { History, Violation } from './history.ts';
import { journalRules } from './journal-rules.ts';
import { promiseRules } from './promise-rules.ts';
import { type SagaRule, toCases } from './saga-case.ts';

const rules: Readonly<Record<string, SagaRule>> = { ...effectRules, ...journalRules, ...promiseRules };

/** The names of all invariants that are looked at saga by saga. */
export const invariants: readonly string[] = Object.keys(rules);

/** What a history is guilty of. */
export function judge(history: History): readonly Violation[] {
  const cases = toCases(history);
  const ofSagas = cases.flatMap((saga) =>
    Object.entries(rules).flatMap(([invariant, rule]) =>
      [...rule(saga)].map((what) => ({ invariant, sagaId: saga.id, what })),
    ),
  );
  return [...history.found, ...lostStarts(history), ...ofSagas];
}

/** A start that was confirmed is there. */
function lostStarts({ calls, rows }: History): readonly Violation[] {
  const ids = new Set(rows.map(({ id }) => id));
  return calls
    .filter(({ action, answer, sagaId }) => action === 'start' && answer === 'accepted' && !ids.has(sagaId))
    .map(({ sagaId }) => ({ invariant: 'I-31', sagaId, what: 'its start was confirmed, and it is nowhere' }));
}
