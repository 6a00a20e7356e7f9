import { silentLogger } from '../core/logger.ts';
import type { SagaRecord } from '../core/store.ts';
import type { Move } from '../core/transition.ts';
import { ActorHost } from './actor-host.ts';
import { ClaimLoop } from './claim-loop.ts';
import { CommandGate } from './command-gate.ts';
import { GroupCommit } from './group-commit.ts';
import { Lease } from './lease.ts';
import { defaultLimits, type OrchestratorOptions } from './orchestrator-options.ts';
import { Registry } from './registry.ts';
import { SagaReader } from './saga-reader.ts';
import { Starter } from './starter.ts';
import { systemClock, systemIds } from './system.ts';
import { Upkeep } from './upkeep.ts';

/** What an orchestrator is put together from. */
export type OrchestratorParts = ReturnType<typeof toParts>;

/** Puts an orchestrator's parts together; nothing is opened yet. */
export function toParts(options: OrchestratorOptions, onMoved: (record: SagaRecord, move: Move) => void) {
  const { store, transport, clock = systemClock, ids = systemIds, logger = silentLogger } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const registry = new Registry(options.sagas);
  const node = ids.next();
  const lease = new Lease({ node, store, clock, logger, ttl: limits.leaseTtl });
  const { maxBatch, commitConcurrency: concurrency, maxInFlight, maxActors } = limits;
  const committer = new GroupCommit({ store, clock, ids, logger, maxBatch, concurrency });
  const gate = new CommandGate({ transport, clock: lease, mayAct: () => lease.isHeld, maxInFlight });
  const host = new ActorHost({
    node,
    store,
    gate,
    committer,
    clock: lease,
    lease,
    logger,
    maxActors,
    onMoved,
  });
  for (const { ref, logic } of registry.all) host.register(ref, logic);
  const claims = new ClaimLoop({
    lease,
    store,
    clock,
    logger,
    definitions: registry.all.map(({ ref }) => ref),
    interval: limits.claimInterval,
    free: () => (lease.isHeld ? host.load.free : 0),
    take: (record) => void host.resume(record),
  });
  const { events, retention } = options;
  return {
    registry,
    lease,
    committer,
    gate,
    host,
    claims,
    starter: new Starter({ node, store, committer, host, lease, ids }),
    upkeep: new Upkeep({ node, store, lease, logger, registry, events, retention }),
    reader: new SagaReader({ store, registry }),
  };
}
