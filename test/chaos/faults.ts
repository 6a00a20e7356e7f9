import { setTimeout as delay } from 'node:timers/promises';
import type { NatsServer } from '../servers/nats.ts';
import type { CrashablePostgres } from './postgres-server.ts';
import type { Proxy } from './proxy.ts';
import { createRandom, type Random } from './random.ts';
import type { Slot } from './slot.ts';

/** How often each kind of fault happens, on average; ms. */
export interface FaultPlan {
  readonly killNode: number;
  readonly killParticipant: number;
  readonly pauseNode: number;
  readonly restartNats: number;
  readonly crashPostgres: number;
  readonly troubleNetwork: number;
}

/** What faults happen to. */
export interface FaultTargets {
  readonly nodes: readonly Slot[];
  readonly participants: readonly Slot[];
  readonly nats: NatsServer;
  readonly postgres: CrashablePostgres;
  readonly proxies: readonly Proxy[];
  /** Longer than a lease; ms. */
  readonly pause: number;
}

/** A fault that was done; ms since the epoch. */
export interface FaultRecord {
  readonly kind: string;
  readonly from: number;
  readonly to: number;
}

/** Does all kinds of faults side by side, until `until` (ms since the epoch); resolves when all of them are over. */
export async function doFaults(
  targets: FaultTargets,
  { plan, seed, until }: { readonly plan: FaultPlan; readonly seed: string; readonly until: number },
): Promise<readonly FaultRecord[]> {
  const done: FaultRecord[] = [];
  const kinds = faultsOf(targets);
  const run = async (kind: keyof FaultPlan) => {
    const random = createRandom(`${seed}/${kind}`);
    for (;;) {
      const wait = plan[kind] * (0.5 + random.next());
      if (Date.now() + wait >= until) return;
      await delay(wait);
      const from = Date.now();
      const what = await kinds[kind](random);
      if (what !== undefined) done.push({ kind: what, from, to: Date.now() });
    }
  };
  await Promise.all((Object.keys(kinds) as (keyof FaultPlan)[]).map(run));
  return done;
}

function faultsOf({
  nodes,
  participants,
  nats,
  postgres,
  proxies,
  pause,
}: FaultTargets): Readonly<Record<keyof FaultPlan, (random: Random) => Promise<string | undefined>>> {
  return {
    killNode: async (random) => {
      // The one that is chosen may be starting or paused: then another.
      const first = random.below(nodes.length);
      const turn = nodes.map((_, index) => nodes[(first + index) % nodes.length]);
      return turn.some((node) => node?.kill() === true) ? 'node killed' : undefined;
    },
    killParticipant: async (random) => (random.pick(participants).kill() ? 'participant killed' : undefined),
    pauseNode: async (random) => {
      const node = await readyOne(nodes, random.below(nodes.length));
      if (node === undefined) return undefined;
      await node.pause(pause);
      return 'node stopped longer than its lease';
    },
    restartNats: async (random) => {
      await nats.stop('SIGKILL');
      await delay(500 + random.below(2_500));
      await nats.restart();
      return 'nats-server killed';
    },
    crashPostgres: async (random) => {
      await postgres.crash();
      await delay(500 + random.below(3_000));
      await postgres.launch();
      return 'PostgreSQL crashed';
    },
    troubleNetwork: async (random) => troubleNetwork(random.pick(proxies), random),
  };
}

/** The node at this place or the next that works; where none does just now, the first that will within ten seconds. */
async function readyOne(nodes: readonly Slot[], place: number): Promise<Slot | undefined> {
  const turn = nodes.map((_, index) => nodes[(place + index) % nodes.length]);
  for (let tries = 0; tries < 200; tries += 1) {
    const ready = turn.find((node) => node?.isReady);
    if (ready !== undefined) return ready;
    await delay(50);
  }
  return undefined;
}

async function troubleNetwork(proxy: Proxy, random: Random): Promise<string> {
  const luck = random.next();
  if (luck < 0.4) {
    proxy.cut();
    return 'connections cut';
  }
  if (luck < 0.7) {
    const duration = 500 + random.below(3_500);
    proxy.block(duration);
    await delay(duration);
    return 'network blocked';
  }
  proxy.slow(20 + random.below(400));
  await delay(2_000 + random.below(3_000));
  proxy.slow(0);
  return 'network slow';
}
