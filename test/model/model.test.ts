import { describe, expect, it } from 'vitest';
import type { SagaStatus } from '../../src/core/store.ts';
import { bases } from './bases.ts';
import { explore } from './explore.ts';
import { type Model, toModel } from './model.ts';
import { removals, spares } from './removals.ts';
import type { Row } from './rows.ts';
import type { Rules } from './rules.ts';
import { sequence, withPivot } from './sagas.ts';
import { unlimited, type Scenario } from './scenario.ts';
import { countStuck } from './stuck.ts';
import { tell } from './tell.ts';

describe('the protocol holds', () => {
  for (const { name, scenario, without, atLeast, reaches } of bases) {
    it(name, () => {
      const findings = explore(toModel(scenario, without));
      expect(findings.verdict, tell(findings)).toBe('holds');
      expect(findings.states).toBeGreaterThanOrEqual(atLeast);
      expect(Object.keys(findings.statuses)).toEqual(expect.arrayContaining([...reaches]));
    });
  }
});

describe('the protocol breaks without', () => {
  for (const { name, scenario, given = {}, without, violates } of removals) {
    it(name, () => {
      const whole = explore(toModel(scenario, given));
      expect(whole.verdict, tell(whole)).toBe('holds');
      const broken = explore(toModel(scenario, { ...given, ...without }));
      expect(broken.verdict, tell(broken)).toBe('violated');
      expect(broken.broken, tell(broken)).toMatch(violates);
    });
  }

  it('messages that do not outlive their timeouts, where participants lack a barrier', () => {
    const given = { tombstone: false, storedRefusal: false };
    const late: Scenario = { saga: sequence(2), nodes: 1, troubles: [], budgets: {} };
    expect(explore(toModel({ ...late, boundedDelay: true }, given)).verdict).toBe('holds');
    expect(explore(toModel(late, given)).broken).toMatch(/is left/);
  });
});

describe('the protocol would hold without', () => {
  for (const { name, because, scenario, given = {}, without } of spares) {
    it(`${name}: ${because}`, () => {
      const findings = explore(toModel(scenario, { ...given, ...without }));
      expect(findings.verdict, tell(findings)).toBe('holds');
      expect(findings.states).toBeGreaterThan(1_000);
    });
  }
});

describe('a saga', () => {
  const chaos: Scenario = {
    saga: sequence(2, { attempts: 1 }),
    nodes: 2,
    troubles: ['refused', 'failed', 'unreachable'],
    budgets: { takeovers: unlimited, crashes: unlimited, cancels: 1 },
    duplicates: true,
  };

  it('can come to rest from wherever it got to, whatever was lost', () => {
    const model = toModel(chaos);
    const hope = {
      from: () => true,
      to: ({ row }: { readonly row: number }) => model.rows.get(row).isSettled,
    };
    const { stuck, hopeful } = countStuck(model, hope);
    expect(stuck).toBe(0);
    expect(hopeful).toBeGreaterThan(20_000);
  });

  it('would be stuck if nobody took over from a node that crashed', () => {
    const model = toModel({ ...chaos, budgets: { crashes: 1 } });
    expect(
      countStuck(model, { from: () => true, to: ({ row }) => model.rows.get(row).isSettled }).stuck,
    ).toBeGreaterThan(0);
  });

  const isShipInDoubt = ({ snapshot }: Row) => snapshot.state.context.steps['ship']?.inDoubt === true;
  const refusedShip: Scenario = {
    saga: withPivot(),
    nodes: 1,
    troubles: ['refused'],
    budgets: { persons: 1 },
  };

  it('past its pivot can be completed after a refusal, because what is tried again has a new key', () => {
    const lost = (rules: Partial<Rules>) =>
      parkedForGood(
        toModel(refusedShip, rules),
        'completed',
        (row) => row.state === 'failed.ship' && !isShipInDoubt(row),
      );
    expect(lost({}).hopeful).toBeGreaterThan(0);
    expect(lost({}).stuck).toBe(0);
    expect(lost({ newGeneration: false }).stuck).toBeGreaterThan(0);
  });

  it('past its pivot can be completed after a refusal in doubt, because the old key is sealed before a new one is used', () => {
    const lost = (rules: Partial<Rules>) =>
      parkedForGood(
        toModel(refusedShip, rules),
        'completed',
        ({ state, snapshot }) =>
          state === 'failed.ship' && snapshot.state.context.steps['ship']?.refusedInDoubt === true,
      );
    expect(lost({}).hopeful).toBeGreaterThan(0);
    expect(lost({}).stuck).toBe(0);
    expect(lost({ sealRefusedInDoubt: false }).stuck).toBeGreaterThan(0);
  });

  it('that is parked for a refused undo can be compensated, because the undo may be asked again', () => {
    const scenario: Scenario = {
      saga: sequence(2),
      nodes: 1,
      troubles: ['refused', 'undoRefused'],
      budgets: { persons: 1 },
    };
    const lost = (rules: Partial<Rules>) =>
      parkedForGood(toModel(scenario, rules), 'compensated', ({ state }) => state.startsWith('failed.undo'));
    expect(lost({}).hopeful).toBeGreaterThan(0);
    expect(lost({}).stuck).toBe(0);
    expect(lost({ undoAskedAgain: false }).stuck).toBeGreaterThan(0);
  });
});

/** How many of the parked sagas that a person could still act on can never come to this end. */
function parkedForGood(model: Model, end: SagaStatus, isParked: (row: Row) => boolean) {
  return countStuck(model, {
    from: (world) => world.budget('persons') > 0 && isParked(model.rows.get(world.row)),
    to: (world) => model.rows.get(world.row).status === end,
  });
}

describe('the checker', () => {
  const small: Scenario = {
    saga: sequence(2, { attempts: 1 }),
    nodes: 2,
    troubles: ['refused', 'unreachable'],
    budgets: { takeovers: 1, cancels: 1 },
  };

  it('finds the same with and without counting states as one that behave alike', () => {
    const [reduced, whole] = [explore(toModel(small)), explore(toModel(small, {}, false))];
    expect(whole.verdict, tell(whole)).toBe('holds');
    expect(whole.states).toBeGreaterThan(reduced.states);
    expect([whole.rows, Object.keys(whole.statuses).toSorted()]).toEqual([
      reduced.rows,
      Object.keys(reduced.statuses).toSorted(),
    ]);
    for (const rule of ['tombstone', 'resentMark', 'undoInDoubt'] as const) {
      const [short, long] = [
        explore(toModel(small, { [rule]: false })),
        explore(toModel(small, { [rule]: false }, false)),
      ];
      expect(long.broken).toBe(short.broken);
      expect(long.story).toHaveLength(short.story.length);
    }
  });

  it('tells the shortest way to what is wrong', () => {
    const findings = explore(toModel({ ...small, nodes: 1, budgets: {} }, { tombstone: false }));
    expect(tell(findings).replace(/^.*: /, '')).toMatchInlineSnapshot(`
      "the saga is compensated, and the effect of reserve is left
         1. node A sends reserve → running.reserve.executing
         2. reserve timeout at node A → compensating.reserve.executing
         3. node A sends undoReserve → compensating.reserve.executing
         4. undoReserve (attempt 1 of node A) arrives: the participant finds nothing to undo → compensating.reserve.executing
         5. node A hears that undoReserve succeeded → compensated
         6. reserve (attempt 1 of node A) arrives: the participant runs → compensated"
    `);
  });

  it('says when it did not see everything', () => {
    expect(explore(toModel(small), { maxStates: 100 }).verdict).toBe('bounded');
  });
});
