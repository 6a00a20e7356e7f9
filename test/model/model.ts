import { isForwardOnly } from '../../src/core/steps.ts';
import { Participants } from './participants.ts';
import { Rows } from './rows.ts';
import { ourRules, type Rules } from './rules.ts';
import type { Scenario } from './scenario.ts';
import { budgetNames, World, type WorldSize } from './world.ts';

/** A bounded world under certain rules, ready to be explored. */
export interface Model {
  readonly scenario: Scenario;
  readonly rules: Rules;
  readonly rows: Rows;
  readonly participants: Participants;
  readonly size: WorldSize;
  /** States that behave alike are counted as one. */
  readonly isReduced: boolean;
  /** By step: the place of its node in the saga; members of a group share one. */
  readonly places: readonly number[];
  /** By step: whether it is the pivot or comes after it. */
  readonly isForwardOnly: readonly boolean[];
}

/** A scenario under the protocol's rules but for those that are changed. */
export function toModel(scenario: Scenario, changed: Partial<Rules> = {}, isReduced = true): Model {
  const rules = { ...ourRules, ...changed };
  const { plan } = scenario.saga;
  const rows = new Rows(plan, rules);
  const { persons = 0, polls = 0 } = scenario.budgets;
  const most = Math.max(
    ...rows.steps.flatMap(({ action, compensation }) =>
      [action, compensation ?? action].map(({ retry }) => retry.maximumAttempts),
    ),
  );
  return {
    scenario,
    rules,
    rows,
    isReduced,
    participants: new Participants({ rules, scenario }),
    size: {
      nodes: scenario.nodes,
      steps: rows.steps.length,
      commands: rows.commands.length,
      generations: 1 + persons + (rows.steps.some(({ onFailure }) => onFailure === 'retry') ? most : 0),
      attempts: most * (1 + persons) + polls,
    },
    places: plan.nodes.flatMap((node, place) =>
      node.type === 'group' ? node.members.map(() => place) : [place],
    ),
    isForwardOnly: rows.steps.map(isForwardOnly),
  };
}

/** The world in which node 0 has just made the saga's start durable. */
export function firstWorld({ rows, size, scenario }: Model): World {
  const world = new World(size);
  for (const name of budgetNames) world.setBudget(name, scenario.budgets[name] ?? 0);
  const { row, commands } = rows.first;
  world.row = row;
  world.holder = 0;
  world.remember(0, row);
  for (const command of commands) world.handle(0, command, 1, false);
  return world;
}
