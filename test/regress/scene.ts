import { defineSaga } from '../../src/core/definition.ts';
import type { SagaStore } from '../../src/core/store.ts';
import type { Reply, Transport } from '../../src/core/transport.ts';
import { MemoryStore } from '../../src/memory/store.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { createEngine, type Engine, type EngineOptions } from '../runtime/engine.ts';
import { createMortal } from '../crash/points.ts';

/** A step of the shop that can be undone; two attempts each way. */
export const undone = (name: string) =>
  ({
    action: `shop.${name}`,
    compensation: { operation: `shop.un${name}`, retry: { maximumAttempts: 2 } },
    retry: { initialInterval: '1s', maximumAttempts: 2 },
  }) as const;

/** Two steps that can be undone. */
export const order = defineSaga('order', { timeout: '1h', defaults: { timeout: '30s' } })
  .step('reserve', undone('reserve'))
  .step('charge', undone('charge'));

/** Answers. */
export const done: Reply = { type: 'succeeded', result: 1 };
export const refused: Reply = { type: 'refused', error: { code: 'no', message: 'no' } };
export const failed: Reply = { type: 'failed', error: { code: 'busy', message: 'busy' } };

/** A node that can be killed: from then on nothing it does has any effect. */
export interface Node extends Engine {
  readonly kill: () => void;
}

/** Makes nodes on one store and one clock. */
export function createCluster(store?: SagaStore) {
  const clock = new ManualClock();
  const shared = store ?? new MemoryStore({ clock });
  return {
    clock,
    store: shared,
    node: async (options: Partial<EngineOptions> = {}): Promise<Node> => {
      let isKilled = false;
      const mortal = createMortal({ diesAt: () => isKilled });
      const engine = await createEngine({
        sagas: [order],
        clock,
        ...options,
        store: mortal.store(options.store ?? shared),
      });
      return { ...engine, kill: () => (isKilled = true) };
    },
  };
}

/** A store of which one method is another one. */
export function withMethod<Name extends keyof SagaStore>(
  store: SagaStore,
  name: Name,
  method: SagaStore[Name],
): SagaStore {
  return new Proxy(store, {
    get: (target, key) => {
      if (key === name) return method;
      const own = Reflect.get(target, key) as (...given: readonly unknown[]) => unknown;
      return own.bind(target);
    },
  });
}

/** A transport that can be cut off. */
export function cuttable(transport: Transport): Transport & { isUp: boolean } {
  const wire = {
    isUp: true,
    request: transport.request.bind(transport),
    serve: transport.serve.bind(transport),
    isConnected: () => wire.isUp,
    close: () => transport.close(),
  };
  return wire;
}
