import { onTestFinished } from 'vitest';
import { listen } from '../../src/cli/listen.ts';
import type { CommandRequest, Reply } from '../../src/core/transport.ts';
import { createApp } from '../../src/http/app.ts';
import { MemoryStore } from '../../src/memory/store.ts';
import { InProcessTransport } from '../../src/memory/transport.ts';
import { createOrchestrator } from '../../src/runtime/orchestrator.ts';
import { systemClock } from '../../src/runtime/system.ts';
import { run as runCommand, type Ran, type World } from './in-process.ts';
import { more, order } from './shop-sagas.ts';

/** How the shop answers; `held`: not before it is told to do otherwise. */
export type Script = (request: CommandRequest) => Reply | 'held';

/** What the shop does unless told otherwise. */
export const obliging: Script = ({ step }) => ({ type: 'succeeded', result: { done: step } });

/** Does not answer a charge. */
export const slow: Script = (request) => (request.step === 'charge' ? 'held' : obliging(request));

/** Refuses to charge, and to undo what it did: such a saga parks. */
export const stubborn: Script = (request) => {
  const error = { code: 'no_money', message: 'no \u001B[31mmoney' };
  return request.step === 'charge' || request.op === 'undo' ? { type: 'refused', error } : obliging(request);
};

/** A node in this process with an HTTP API that is really listened to. */
export async function openApi(first: Script = obliging) {
  let script = first;
  const store = new MemoryStore({ clock: systemClock });
  const transport = new InProcessTransport();
  const operations = ['reserve', 'release', 'charge', 'refund', 'ship', 'ping'];
  const held: (() => void)[] = [];
  const handle = async (request: CommandRequest): Promise<Reply> => {
    for (;;) {
      const reply = script(request);
      if (reply !== 'held') return reply;
      await new Promise<void>((resolve) => held.push(resolve));
    }
  };
  await transport.serve({ participant: 'shop', version: '1.0.0', description: '', operations, handle });
  const orchestrator = await createOrchestrator({ store, transport, sagas: [order, ...more] });
  const app = createApp({ orchestrator });
  const server = await listen((request) => app.fetch(request), { host: '127.0.0.1', port: 0 });
  const play = (next: Script) => {
    script = next;
    for (const resolve of held.splice(0)) resolve();
  };
  onTestFinished(async () => {
    play(obliging);
    await Promise.allSettled([server.close(), orchestrator.close(), transport.close()]);
  });
  return {
    url: server.url,
    orchestrator,
    /** What the node stands on; others may, too. */
    ports: { store, transport },
    /** From now on the shop answers so. */
    play,
    /** Runs a command line against it. */
    run: (argv: readonly string[], world: World = {}): Promise<Ran> =>
      runCommand(argv, { ...world, env: { SAGACHART_URL: server.url, ...world.env } }),
    /** Starts an order and waits until it is settled. */
    settle: async (id: string) => {
      await orchestrator.start('order', { amount: 5 }, { id });
      return orchestrator.settled(id, { timeout: 5_000 });
    },
  };
}

/** A line of JSON, as far as tests look at it. */
export interface Line {
  readonly [name: string]: unknown;
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly status: string;
  readonly seq: number;
}

/** Lines of JSON. */
export function parsed(lines: readonly string[]): readonly Line[] {
  return lines.map((line) => JSON.parse(line) as Line);
}

/** The ids of lines of JSON, in the order of the alphabet. */
export function idsOf(lines: readonly string[]): readonly string[] {
  return parsed(lines)
    .map(({ id }) => id)
    .toSorted();
}
