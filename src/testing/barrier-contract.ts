import { raceRules } from './barrier-race-rules.ts';
import { createBarrierScene, type BarrierWorld } from './barrier-scene.ts';
import { actionRules, sealRules, undoRules } from './barrier-step-rules.ts';
import type { ContractRule } from './transport-world.ts';

/**
 * What every barrier must do, as rules for any test runner: `for (const rule of barrierContract({ create })) test(rule.name, rule.run)`.
 * `create` gives the barrier under test; it may be the same one each time: each rule has a saga of its own.
 */
export function barrierContract<Tx>(options: {
  readonly create: () => Promise<BarrierWorld<Tx>>;
}): readonly ContractRule[] {
  return Object.entries({ ...actionRules, ...undoRules, ...sealRules, ...raceRules }).map(([name, play]) => ({
    name,
    run: async () => play(createBarrierScene(await options.create())),
  }));
}
