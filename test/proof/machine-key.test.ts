import { describe, expect, test } from 'vitest';
import { order } from '../../examples/order/saga.ts';
import type { AnySagaDefinition } from '../../src/core/definition.ts';
import { toMachine } from '../../src/core/machine.ts';
import { ringing } from '../../src/core/pause.ts';
import { isClosed, type SagaSnapshot, statusOf } from '../../src/core/snapshot.ts';
import { commandName, type SagaPlan } from '../../src/core/steps.ts';
import { advance, begin, type SagaEvent, type SagaLogic } from '../../src/core/transition.ts';
import { foldedPlan, GuardOracle } from '../../src/proof/folded-plan.ts';
import { operatorHappenings } from '../../src/proof/happenings.ts';
import { MachineKeys } from '../../src/proof/machine-key.ts';
import { awaitedIn, stamped } from '../../src/proof/machine-walk.ts';
import { factsOf } from '../../src/proof/saga-facts.ts';
import { sagaPool } from '../simulation/saga-pool.ts';

/** How many snapshots of a saga are looked at, whatever their keys. */
const most = 400;
const endings = ['succeeded', 'refused', 'failed', 'lost', 'unreachable', 'inProgress', 'sealed'];

/** Everything the machine may be told in a state. */
function eventsIn(plan: SagaPlan, snapshot: SagaSnapshot): readonly SagaEvent[] {
  const answers = awaitedIn(plan, snapshot).flatMap((command) =>
    endings.map((ending) =>
      stamped(answer(commandName(command.step, command.op), ending), snapshot, command),
    ),
  );
  const timers = Object.keys(ringing(snapshot)).map((type) => ({ type }) as SagaEvent);
  const people = operatorHappenings(plan, snapshot).flatMap(({ event }) => event ?? []);
  return [...answers, ...timers, ...people];
}

function answer(command: string, ending: string): SagaEvent {
  return { type: `${command}.${ending}`, error: { code: ending, message: ending } } as unknown as SagaEvent;
}

/** What properties see of the machine: which step is later than which, and what was skipped. */
function factsText(plan: SagaPlan, snapshot: SagaSnapshot): string {
  if (snapshot.state.context.overridden === true) return 'none';
  const moment = { snapshot, effects: {}, status: statusOf(snapshot), isOverridden: false, isPaused: false };
  const { steps } = factsOf(plan, moment);
  const isLater = steps.map(({ rank }) => steps.map((other) => other.rank > rank));
  // Only of what completed it matters what was skipped.
  const skipped = steps.map(({ isSkipped }) => isSkipped && moment.status === 'completed');
  return JSON.stringify([isLater, skipped]);
}

interface Seen {
  /** Where each event leads to, by key. */
  readonly onward: Readonly<Record<string, string | undefined>>;
  /** Whether each skip and resolve overrides the saga property. */
  readonly overrides: readonly boolean[];
}

/** Snapshots that differ in anything but time, each with where it leads to, by their keys. */
function seenIn(saga: AnySagaDefinition): ReadonlyMap<string, readonly Seen[]> {
  const plan = foldedPlan(saga.plan, new GuardOracle());
  const logic: SagaLogic = { plan, machine: toMachine(plan) };
  const keys = new MachineKeys(plan);
  // From a closed saga nothing leads on: what it looks like makes no difference.
  const keyOf = (snapshot: SagaSnapshot) =>
    isClosed(statusOf(snapshot)) ? statusOf(snapshot) : keys.of(snapshot);
  const open = [begin(logic, { id: 'key', input: {}, now: 0 }).snapshot];
  const known = new Set<string>();
  const seen = new Map<string, Seen[]>();
  for (const snapshot of open) {
    const onward: Record<string, string | undefined> = {};
    const overrides: boolean[] = [];
    onward['facts'] = factsText(plan, snapshot);
    for (const event of eventsIn(plan, snapshot)) {
      const next = advance(logic, snapshot, event, { now: 0, deadline: plan.timeout })?.snapshot;
      const {
        attempt: _attempt,
        generation: _generation,
        ...plain
      } = event as unknown as Record<string, unknown>;
      if (Array.isArray(plain['unsent'])) plain['unsent'] = plain['unsent'].map(String).toSorted();
      onward[JSON.stringify(plain)] = next && keyOf(next);
      if (next !== undefined && (event.type === 'skip' || event.type === 'resolve'))
        overrides.push(next.state.context.overridden === true);
      if (next === undefined || open.length >= most) continue;
      const text = JSON.stringify([next.state.value, next.state.context, next.timers]);
      if (known.has(text)) continue;
      known.add(text);
      open.push(next);
    }
    const key = keys.of(snapshot);
    seen.set(key, [...(seen.get(key) ?? []), { onward, overrides }]);
  }
  return seen;
}

const sagas = [order as unknown as AnySagaDefinition, ...sagaPool.slice(0, 20)].map(
  (saga) => [saga.name, saga] as const,
);

describe('states of a machine that are taken for one', () => {
  test.each(sagas)('lead, whatever happens, to states that are taken for one: %s', (_name, saga) => {
    const seen = seenIn(saga);
    expect(Math.max(...[...seen.values()].map((same) => same.length))).toBeGreaterThan(1);
    for (const [first, ...others] of seen.values())
      for (const other of others) expect(other.onward).toEqual(first?.onward);
  });
});

test('a person who skips or resolves overrides the saga property, wherever the saga is', () => {
  const overrides = sagas
    .slice(0, 6)
    .flatMap(([, saga]) => [...seenIn(saga).values()].flat().flatMap((seen) => seen.overrides));
  expect(new Set(overrides)).toEqual(new Set([true]));
});
