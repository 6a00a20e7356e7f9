import type { Transport } from '../core/transport.ts';
import type { Health, Load } from './orchestrator-options.ts';
import type { OrchestratorParts } from './orchestrator-parts.ts';

/** Whether a node can do its work, from what its parts say of themselves. */
export function toHealth(
  { committer, lease, watch }: OrchestratorParts,
  { transport, isClosing }: { readonly transport: Transport; readonly isClosing: boolean },
): Health {
  const parts = {
    store: committer.stats.isFailing ? 'failing' : 'ok',
    transport: transport.isConnected() ? 'ok' : 'disconnected',
    lease: lease.isHeld ? 'held' : 'lapsed',
  } as const;
  const isReady = parts.store === 'ok' && parts.transport === 'ok' && parts.lease === 'held' && !isClosing;
  return { isReady, ...parts, isClosing, unrunnable: unrunnableOf(watch) };
}

/** What a node has to do, and what it knows of all sagas. */
export function toLoad({ gate, watch }: OrchestratorParts): Load {
  return { lanes: gate.lanes, census: watch.census, alerts: watch.alerts };
}

function unrunnableOf({ census }: OrchestratorParts['watch']): Health['unrunnable'] {
  const lost = (census?.definitions ?? []).filter(({ isRunnable }) => !isRunnable);
  return lost.map(({ name, version, counts }) => ({
    name,
    version,
    open: Object.values(counts).reduce((sum, count) => sum + count, 0),
  }));
}
