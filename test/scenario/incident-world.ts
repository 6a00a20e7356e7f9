import { createHash } from 'node:crypto';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import { listen } from '../../src/cli/listen.ts';
import { defineSaga } from '../../src/core/definition.ts';
import type { CommandRequest, Reply } from '../../src/core/transport.ts';
import { createApp } from '../../src/http/app.ts';
import { MemoryStore } from '../../src/memory/store.ts';
import { InProcessTransport } from '../../src/memory/transport.ts';
import { createOrchestrator } from '../../src/runtime/orchestrator.ts';
import { systemClock } from '../../src/runtime/system.ts';

/** What is ordered in these stories: who cannot pay is asked about, not turned back. */
const order = defineSaga('order', {
  input: z.object({ customer: z.string() }),
  defaults: { retry: { initialInterval: 1, maximumInterval: 1, maximumAttempts: 2 } },
})
  .step('reserve', { action: 'stock.reserve', compensation: 'stock.release' })
  .step('charge', { action: 'bank.charge', compensation: 'bank.refund', onExhausted: 'ask' })
  .step('ship', { kind: 'retriable', action: 'parcels.ship' });

/** How many orders are hit. */
export const orderIds = Array.from({ length: 20 }, (_none, at) => `o-${String(at + 1).padStart(2, '0')}`);

/** Who works on it: an operator, and an admin who may act on all that match. */
export const tokens = { ada: 'token-of-ada-the-operator', grace: 'token-of-grace-the-admin' } as const;

/** A shop whose bank is broken, behind an API that asks who somebody is. */
export async function openIncident() {
  const effects: string[] = [];
  let isBroken = true;
  const transport = new InProcessTransport();
  const handle = ({ participant, operation, sagaId }: CommandRequest): Promise<Reply> => {
    if (isBroken && operation === 'charge') return Promise.resolve(broken);
    effects.push(`${sagaId} ${participant}.${operation}`);
    return Promise.resolve({ type: 'succeeded', result: { done: operation } });
  };
  const served = { stock: ['reserve', 'release'], bank: ['charge', 'refund'], parcels: ['ship'] };
  for (const [participant, operations] of Object.entries(served))
    await transport.serve({ participant, version: '1.0.0', description: '', operations, handle });
  const store = new MemoryStore({ clock: systemClock });
  const orchestrator = await createOrchestrator({ store, transport, sagas: [order] });
  const app = createApp({
    orchestrator,
    auth: { tokens: [letIn('ada', 'operator'), letIn('grace', 'admin')] },
  });
  const server = await listen((request, env) => app.fetch(request, env), { host: '127.0.0.1', port: 0 });
  onTestFinished(async () => {
    await orchestrator.close();
    await Promise.allSettled([server.close(), transport.close()]);
  });
  return {
    url: server.url,
    /** What participants did for a saga, in order. */
    effectsOf: (id: string) =>
      effects.filter((line) => line.startsWith(`${id} `)).map((line) => line.split(' ')[1]),
    /** The bank works again. */
    mend: () => {
      isBroken = false;
    },
  };
}

const broken: Reply = { type: 'failed', error: { code: 'bank_down', message: 'the bank does not answer' } };

function letIn(subject: keyof typeof tokens, role: 'operator' | 'admin') {
  const sha256 = createHash('sha256').update(tokens[subject]).digest('hex');
  return { subject, role, tenants: ['default'] as const, sha256 };
}
