import { onTestFinished } from 'vitest';
import { z } from 'zod';
import { type AnySagaDefinition, defineSaga } from '../../src/core/definition.ts';
import type { Logger } from '../../src/core/logger.ts';
import type { CommandRequest, Reply } from '../../src/core/transport.ts';
import { type AppOptions, createApp } from '../../src/http/app.ts';
import { MemoryStore } from '../../src/memory/store.ts';
import { InProcessTransport } from '../../src/memory/transport.ts';
import { createOrchestrator } from '../../src/runtime/orchestrator.ts';
import { systemClock } from '../../src/runtime/system.ts';

/** What a participant says to a command; `undefined`: nothing at all. */
export type Script = (request: CommandRequest) => Reply | undefined | Promise<Reply | undefined>;

const input = z.object({ customerId: z.string(), amount: z.number().positive() });

/** Two versions of one saga. */
export const order = defineSaga('order', {
  input,
  description: 'Takes an order',
  timeout: '10m',
  metadata: { team: 'shop' },
})
  .step('reserve', { action: 'shop.reserve', compensation: 'shop.release' })
  .step('charge', { action: 'shop.charge', compensation: 'shop.refund', retry: { maximumAttempts: 1 } });

/** A saga that takes anything, with every kind of node. */
export const parcel = defineSaga('parcel', { version: 2 })
  .parallel('prepare', (group) =>
    group
      .step('pack', { action: 'shop.pack', compensation: 'shop.unpack' })
      .step('label', { action: 'shop.label', compensation: 'shop.void', when: () => true }),
  )
  .step('send', { kind: 'pivot', action: 'shop.send' })
  .step('notify', { kind: 'retriable', action: 'shop.notify' });

const operations = [
  'reserve',
  'release',
  'charge',
  'refund',
  'pack',
  'unpack',
  'label',
  'void',
  'send',
  'notify',
];

/** An API over a real orchestrator in memory, whose participant does as it is told. */
export async function createWorld(
  script: Script = () => ({ type: 'succeeded', result: { ok: true } }),
  { sagas = [], ...options }: Partial<AppOptions> & { readonly sagas?: readonly AnySagaDefinition[] } = {},
) {
  const store = new MemoryStore({ clock: systemClock });
  const transport = new InProcessTransport();
  await transport.serve({
    participant: 'shop',
    version: '1.0.0',
    description: '',
    operations,
    handle: async (request) => script(request),
  });
  const orchestrator = await createOrchestrator({
    store,
    transport,
    sagas: [order, parcel, ...older, ...sagas],
  });
  // Settled: a test may have closed a part itself.
  onTestFinished(async () => void (await Promise.allSettled([orchestrator.close(), transport.close()])));
  const logged: { readonly fields: object; readonly message: string }[] = [];
  const error = (fields: object, message: string) => void logged.push({ fields, message });
  const logger: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error };
  const app = createApp({ orchestrator, logger, ...options });
  return { app, orchestrator, store, transport, logged, post: poster(app) };
}

const older = [defineSaga('parcel').step('send', { kind: 'pivot', action: 'shop.send' })];

/** A body that `order` accepts. */
export const goodOrder = { name: 'order', input: { customerId: 'c1', amount: 5 } };

function poster(app: ReturnType<typeof createApp>) {
  return async (
    path: string,
    body: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Response> =>
    app.request(path, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'Content-Type': 'application/json', ...headers },
    });
}
