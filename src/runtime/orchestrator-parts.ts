import { silentLogger } from '../core/logger.ts';
import type { ObservedMove } from '../core/observer.ts';
import { Actions } from './actions.ts';
import { ActorHost } from './actor-host.ts';
import { Admission } from './admission.ts';
import { actOn, isForeign } from './batch-actions.ts';
import { BatchRunner, type BatchRunnerOptions } from './batch-runner.ts';
import { Batches, type BatchesOptions } from './batches.ts';
import { ClaimLoop } from './claim-loop.ts';
import { CommandGate } from './command-gate.ts';
import { GroupCommit } from './group-commit.ts';
import { JournalFeed } from './journal-feed.ts';
import { Lease } from './lease.ts';
import { Observers } from './observers.ts';
import { defaultLimits, type OrchestratorOptions } from './orchestrator-options.ts';
import { Registry } from './registry.ts';
import { Reports } from './reports.ts';
import { SagaReader } from './saga-reader.ts';
import { Starter } from './starter.ts';
import { systemClock, systemIds } from './system.ts';
import { Upkeep } from './upkeep.ts';
import { Watch } from './watch.ts';

/** What an orchestrator is put together from. */
export type OrchestratorParts = ReturnType<typeof toParts>;

/** Puts an orchestrator's parts together; nothing is opened yet. */
export function toParts(options: OrchestratorOptions, onMoved: (moved: ObservedMove) => void) {
  const { store, transport, clock = systemClock, ids = systemIds, logger = silentLogger } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const registry = new Registry(options.sagas);
  const node = ids.next();
  const observers = new Observers(options.observers ?? [], logger);
  const definitions = registry.all.map(({ ref }) => ref);
  const lease = new Lease({ node, store, clock, logger, ttl: limits.leaseTtl, definitions, observers });
  const { maxBatch, commitConcurrency: concurrency, maxActors, maxStarting } = limits;
  const committer = new GroupCommit({ store, clock, ids, logger, maxBatch, concurrency, observers });
  const gate = new CommandGate({ ...limits, transport, clock: lease, mayAct: () => lease.isHeld });
  const host = new ActorHost({
    node,
    store,
    gate,
    committer,
    clock: lease,
    lease,
    logger,
    maxActors,
    observers,
    onMoved,
  });
  for (const { ref, logic } of registry.all) host.register(ref, logic);
  const claims = new ClaimLoop({
    lease,
    store,
    clock,
    logger,
    definitions,
    observers,
    interval: limits.claimInterval,
    free: () => (lease.isHeld ? host.load.free : 0),
    take: (record) => void host.resume(record),
  });
  const { events, retention, walkers, census, alerts } = options;
  const reader = new SagaReader({ store, registry });
  const admission = new Admission({ gate, maxStarting });
  const actions = new Actions({ host, reader, registry, clock: lease });
  return {
    registry,
    observers,
    lease,
    committer,
    gate,
    host,
    claims,
    starter: new Starter({ node, store, committer, host, lease, ids, admission, observers }),
    watch: new Watch({ node, store, lease, logger, census, alerts }),
    upkeep: new Upkeep({ node, store, lease, logger, registry, events, retention, walkers }),
    reader,
    feed: new JournalFeed({ store, registry, logger }),
    actions,
    reports: new Reports({ store }),
    ...toBatches({ node, store, lease, ids, logger, actions, definitions }),
  };
}

/** Batches, and who works them off. */
function toBatches({
  actions,
  lease,
  ids,
  ...parts
}: Pick<BatchRunnerOptions, 'node' | 'logger' | 'definitions'> &
  Pick<BatchesOptions, 'store' | 'ids'> & { readonly actions: Actions; readonly lease: Lease }) {
  const runner = new BatchRunner({
    ...parts,
    clock: lease,
    isHeld: () => lease.isHeld,
    act: (batch, sagaId) => actOn(actions, batch, sagaId),
    isForeign: (saga) => isForeign(saga, parts),
  });
  return { runner, batches: new Batches({ store: parts.store, clock: lease, ids, runner }) };
}
