import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { defineSaga } from '../../src/core/definition.ts';
import type { SagaStore } from '../../src/core/store.ts';
import { createApp } from '../../src/http/app.ts';
import { MemoryBarrier } from '../../src/memory/barrier.ts';
import { MemoryStore } from '../../src/memory/store.ts';
import { createNatsTransport } from '../../src/nats/transport.ts';
import { type Command, serveParticipant, TerminalError } from '../../src/participant/index.ts';
import { createOrchestrator } from '../../src/runtime/orchestrator.ts';
import { systemClock } from '../../src/runtime/system.ts';
import { createTracing } from '../../src/telemetry/engine-tracing.ts';
import { natsForTests, natsSkipReason } from '../servers/nats.ts';

const why = natsSkipReason('any');
const caller = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' };
const traceparent = `00-${caller.traceId}-${caller.spanId}-01`;

const order = defineSaga('order')
  .step('reserve', { action: 'shop.reserve', compensation: 'shop.release' })
  .step('charge', { action: 'shop.charge', compensation: 'shop.refund' });

describe.skipIf(why !== undefined)(`traces over NATS${why === undefined ? '' : ` (${why})`}`, () => {
  let nats: Awaited<ReturnType<typeof natsForTests>>;
  let exporter: InMemorySpanExporter;

  beforeAll(async () => {
    nats = await natsForTests();
  });
  afterAll(() => nats.stop());

  beforeEach(() => {
    exporter = new InMemorySpanExporter();
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    trace.setGlobalTracerProvider(
      new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
    );
  });
  afterEach(() => {
    trace.disable();
    context.disable();
  });

  it('are one for a saga and its caller, whichever process does the work, compensations included', async () => {
    const inside: (string | undefined)[] = [];
    const { orchestrator, prefix } = await createNode();
    await serveShop(prefix, ({ saga }) => {
      inside.push(trace.getActiveSpan()?.spanContext().traceId);
      if (saga.step === 'charge') throw new TerminalError('no', { reason: 'no_money' });
    });
    const body = JSON.stringify({ name: 'order', input: { secret: 'payload' }, id: 'o-1' });
    const answer = await createApp({ orchestrator }).request('/v1/sagas?wait=10s', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', traceparent },
      body,
    });
    expect(await answer.json()).toMatchObject({ status: 'compensated' });
    await expect
      .poll(() => names(exporter))
      .toEqual([
        'order charge',
        'order reserve',
        'order undoReserve',
        'saga order',
        'shop.charge',
        'shop.release',
        'shop.reserve',
        'start order',
      ]);
    const spans = exporter.getFinishedSpans();
    expect(new Set(spans.map((span) => span.spanContext().traceId))).toEqual(new Set([caller.traceId]));
    expect(inside).toEqual([caller.traceId, caller.traceId, caller.traceId]);
    expect(parentOf(spans, 'start order')).toBe(caller.spanId);
    for (const child of ['order reserve', 'order charge', 'order undoReserve', 'saga order'])
      expect([child, parentOf(spans, child)]).toEqual([child, idOf(spans, 'start order')]);
    expect(parentOf(spans, 'shop.release')).toBe(idOf(spans, 'order undoReserve'));
    expect(spanOf(spans, 'order charge').attributes).toMatchObject({
      'saga.name': 'order',
      'saga.id': 'o-1',
      'saga.step': 'charge',
      'saga.op': 'do',
      'saga.attempt': 1,
      'saga.outcome': 'refused',
      'error.type': 'no_money',
    });
    expect(spanOf(spans, 'saga order').attributes).toMatchObject({
      'saga.status': 'compensated',
      'saga.cause': 'stepFailed',
    });
    expect(JSON.stringify(spans.map(({ attributes, events }) => ({ attributes, events })))).not.toContain(
      'payload',
    );
  });

  it('go on when the node that began one is gone: what another sends again belongs to the same', async () => {
    const store = new MemoryStore({ clock: systemClock });
    const cord = { isCut: false };
    const first = await createNode({ store: cuttable(store, cord), leaseTtl: 300 });
    const { prefix } = first;
    const held: (() => void)[] = [];
    await serveShop(prefix, ({ saga }) =>
      saga.step === 'charge' && held.length === 0
        ? new Promise<void>((resolve) => held.push(resolve))
        : undefined,
    );
    await first.orchestrator.start('order', {}, { id: 'o-2' });
    await expect.poll(() => held.length).toBe(1);
    cord.isCut = true;
    await first.transport.close();
    const second = await createNode({ store, leaseTtl: 300, prefix });
    held[0]?.();
    expect(await second.orchestrator.settled('o-2', { timeout: 10_000 })).toMatchObject({
      status: 'completed',
    });
    await expect.poll(() => names(exporter)).toContain('saga order');
    const spans = exporter.getFinishedSpans();
    const start = spanOf(spans, 'start order').spanContext();
    expect(new Set(spans.map((span) => span.spanContext().traceId))).toEqual(new Set([start.traceId]));
    const again = spans.filter(
      ({ name, attributes }) => name === 'order charge' && attributes['saga.resent'] === true,
    );
    expect(again).toHaveLength(1);
    expect(again[0]?.parentSpanContext?.spanId).toBe(start.spanId);
  });

  it('pass through an engine without an SDK as its caller sent them; one that is malformed is ignored', async () => {
    trace.disable();
    const { orchestrator, transport } = await createNode();
    const seen: (string | undefined)[] = [];
    await transport.serve({
      participant: 'shop',
      version: '1.0.0',
      description: '',
      operations: ['reserve', 'charge'],
      handle: async (request) => {
        seen.push(request.traceparent);
        return { type: 'succeeded', result: null };
      },
    });
    await orchestrator.execute('order', {}, { id: 'o-3', traceparent });
    await orchestrator.execute('order', {}, { id: 'o-4', traceparent: `00-${'0'.repeat(32)}-x` });
    expect(seen).toEqual([traceparent, traceparent, undefined, undefined]);
    // The journal gives the very snapshot again.
    expect((await orchestrator.snapshot('o-3', { seq: 2 })).context.traceparent).toBe(traceparent);
  });

  let prefixes = 0;

  async function createNode(
    options: { readonly store?: SagaStore; readonly leaseTtl?: number; readonly prefix?: string } = {},
  ) {
    prefixes += 1;
    const {
      store = new MemoryStore({ clock: systemClock }),
      leaseTtl = 10_000,
      prefix = `trace${prefixes}.v1`,
    } = options;
    const transport = await createNatsTransport({ url: nats.url, prefix });
    const orchestrator = await createOrchestrator({
      store,
      transport,
      sagas: [order],
      observers: [createTracing()],
      limits: { leaseTtl, claimInterval: 20 },
    });
    onTestFinished(async () => {
      // One that was cut off has nothing to close in order.
      await Promise.race([orchestrator.close(), transport.close()]);
      await transport.close();
    });
    return { orchestrator, transport, prefix };
  }

  async function serveShop(
    prefix: string,
    act: (command: Command<unknown>) => Promise<void> | void,
  ): Promise<void> {
    const transport = await createNatsTransport({ url: nats.url, prefix });
    onTestFinished(() => transport.close());
    const handle = async (command: Command<unknown>) => {
      await act(command);
      return { ok: true };
    };
    const operations = { reserve: handle, release: handle, charge: handle, refund: handle };
    await serveParticipant(transport, { name: 'shop', barrier: new MemoryBarrier(), operations });
  }
});

/** The store as a process sees it whose network is cut at some time: no answers come any more. */
function cuttable(store: SagaStore, cord: { readonly isCut: boolean }): SagaStore {
  return new Proxy(store, {
    get: (target, name) => {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== 'function') return method;
      return (...given: readonly unknown[]): unknown =>
        cord.isCut ? new Promise(() => {}) : (method.apply(target, given) as unknown);
    },
  });
}

function names(exporter: InMemorySpanExporter): readonly string[] {
  return exporter
    .getFinishedSpans()
    .map(({ name }) => name)
    .toSorted();
}

function spanOf(spans: readonly ReadableSpan[], name: string): ReadableSpan {
  return spans.find((span) => span.name === name) ?? expect.fail(`there is no span '${name}'`);
}

function idOf(spans: readonly ReadableSpan[], name: string): string {
  return spanOf(spans, name).spanContext().spanId;
}

function parentOf(spans: readonly ReadableSpan[], name: string): string | undefined {
  return spanOf(spans, name).parentSpanContext?.spanId;
}
