import type { SagaContext } from '../core/context.ts';
import { isClosed, statusOf, type StoredSnapshot } from '../core/snapshot.ts';
import { stepsOf } from '../core/steps.ts';
import type { SagaLogic } from '../core/transition.ts';
import { assessUpgrade, placeIn, type UpgradeAssessment } from '../core/upgrade.ts';
import { type Effect, untouched } from './effects.ts';
import { explore, wayTo } from './explore.ts';
import { findingsIn } from './findings.ts';
import { allNow } from './piecewise.ts';
import { SagaModel } from './saga-model.ts';
import { sagaReading } from './saga-reading.ts';
import { type Effects, isTracked } from './scene-effects.ts';

/** A stored saga that is to go on with another version of its definition. */
export interface UpgradeCase {
  readonly from: SagaLogic;
  readonly to: SagaLogic;
  readonly stored: StoredSnapshot;
  /** What a `migrate` function made of it; the stored snapshot itself when left out. */
  readonly migrated?: StoredSnapshot;
}

/** The most states that one saga's future is followed to. */
const limit = 20_000;

/**
 * Whether a stored saga can go on with another version: by its state, and by following everything that may happen to it
 * there, with what its participants have done, or may have. Pure.
 */
export function upgradeCheck({ from, to, stored, migrated }: UpgradeCase): UpgradeAssessment {
  const assessed =
    migrated === undefined ? assessUpgrade(from, to, stored) : assessMapped(from, to, stored, migrated);
  if (assessed.verdict !== 'safe' && assessed.verdict !== 'same') return assessed;
  const after = migrated ?? stored;
  const model = new SagaModel({
    plan: to.plan,
    participants: {},
    quiet: new Set(),
    pauses: false,
    rewinds: false,
    isBrief: true,
    from: { stored: after, effects: effectsOf(from, stored.context) },
  });
  const space = allNow(explore(model, limit));
  const reading = sagaReading(to.plan, model);
  const found = allNow(findingsIn(space, reading));
  const reasons = found.map(({ what, place, happening }) => {
    const way = [
      ...wayTo(place).map((one) => one.happening.name),
      ...(happening === undefined ? [] : [happening.name]),
    ];
    return `${what} (${way.join(', ') || 'at once'})`;
  });
  if (reasons.length > 0) return { verdict: 'unsafe', reasons };
  if (space.unexplored.length > 0)
    return { verdict: 'unsafe', reasons: [`it was not followed to its end: more than ${limit} states`] };
  return assessed;
}

/** What a mapping makes of a saga is held against what the saga really owes. */
function assessMapped(
  from: SagaLogic,
  to: SagaLogic,
  stored: StoredSnapshot,
  migrated: StoredSnapshot,
): UpgradeAssessment {
  const placed = placeIn(to, migrated);
  if (placed === undefined)
    return {
      verdict: 'needsMapping',
      reasons: [`${JSON.stringify(migrated.value)} is no state of the new machine`],
    };
  // What follows the end of a saga (hooks, retention, its place in the counts) follows a move, and this is none.
  if (isClosed(statusOf(placed)))
    return {
      verdict: 'unsafe',
      reasons: [`${statusOf(placed)} would end it: that is for a person to do, before or after`],
    };
  const steps = new Map(stepsOf(to.plan).map((step) => [step.name, step]));
  const lost = Object.keys(effectsOf(from, stored.context)[0] ?? {}).filter(
    (name) => steps.get(name)?.compensation === undefined,
  );
  const isUndoable = (name: string) =>
    stepsOf(from.plan).some((step) => step.name === name && step.compensation !== undefined);
  const owed = lost.filter(isUndoable).map((name) => `the compensation of ${name} would be lost`);
  if (owed.length > 0) return { verdict: 'unsafe', reasons: owed };
  const { verdict, reasons } = assessUpgrade(to, to, migrated);
  return verdict === 'same' ? { verdict: 'safe', reasons: [] } : { verdict, reasons };
}

/** What participants have done, or may have: of a step in doubt nobody knows. */
function effectsOf({ plan }: SagaLogic, { steps }: SagaContext): readonly Effects[] {
  return stepsOf(plan)
    .filter(isTracked)
    .reduce<readonly Effects[]>(
      (all, { name }) => {
        const record = steps[name];
        if (record === undefined || record.status === 'compensated' || record.status === 'skipped')
          return all;
        const isUnclear = record.inDoubt === true || record.inFlight === true;
        if (record.ordinal === undefined && !isUnclear) return all;
        const may = record.ordinal === undefined ? [done, onItsWay] : [done];
        return all.flatMap((effects) => may.map((effect) => ({ ...effects, [name]: effect })));
      },
      [{}],
    );
}

const done: Effect = { ...untouched, memory: 'done', done: 1 };
const onItsWay: Effect = { ...untouched, isLate: true };
