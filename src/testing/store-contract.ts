import { randomUUID } from 'node:crypto';
import type { SagaStore } from '../core/store.ts';
import { batchRules } from './store-batch-rules.ts';
import { censusRules } from './store-census-rules.ts';
import { claimRules } from './store-claim-rules.ts';
import { commitRules } from './store-commit-rules.ts';
import { contentRules } from './store-content-rules.ts';
import { definitionRules } from './store-definition-rules.ts';
import { readRules } from './store-read-rules.ts';
import { relayRules } from './store-relay-rules.ts';
import { retentionRules } from './store-retention-rules.ts';
import { StoreScene } from './store-scene.ts';
import { searchRules } from './store-search-rules.ts';
import { tallyRules } from './store-tally-rules.ts';
import type { ContractRule } from './transport-world.ts';

/**
 * What every store must do, as rules for any test runner: `for (const rule of storeContract({ create })) test(rule.name, rule.run)`.
 * `create` gives the store under test. It may be the same one each time: each rule has a tenant and a definition of its own.
 * Rules run at any time and in any order; none of them closes the store.
 */
export function storeContract(options: {
  readonly create: () => Promise<SagaStore>;
}): readonly ContractRule[] {
  return [
    ...commitRules,
    ...contentRules,
    ...readRules,
    ...claimRules,
    ...definitionRules,
    ...relayRules,
    ...retentionRules,
    ...censusRules,
    ...searchRules,
    ...tallyRules,
    ...batchRules,
  ].map(({ name, play }) => ({
    name,
    run: async () => {
      const store = await options.create();
      const { now } = await store.renewLease(`clock-${randomUUID()}`, 0);
      await play(new StoreScene(store, now));
    },
  }));
}
