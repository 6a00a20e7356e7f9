import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, inject, onTestFinished, test } from 'vitest';
import type { LedgerLine } from '../../examples/order/ledger.ts';
import { goodOrder } from '../../examples/order/samples.ts';
import { natsSkipReason, startNatsServer } from '../servers/nats.ts';
import { createDatabase, postgresHint } from '../servers/postgres.ts';
import { type DemoProcess, startDemoAsUsersDo, startDemoProcess } from './demo-process.ts';

type Env = Readonly<Record<string, string>>;

const orders = Array.from({ length: 50 }, (_, index) => ({ key: `order-${index}`, input: toOrder(index) }));
const missing = inject('postgresUrl') === undefined ? postgresHint : natsSkipReason('own');
let running: DemoProcess | undefined;

afterEach(async () => {
  await running?.stop('SIGKILL');
});

describe('the demo, killed', () => {
  test('goes on with its embedded parts where it was', () => killAndGoOn(embedded()), 180_000);

  test.skipIf(missing !== undefined)(
    `goes on with PostgreSQL and nats-server where it was${missing === undefined ? '' : ` (${missing})`}`,
    async () => killAndGoOn(await servers()),
    180_000,
  );

  test('goes on after it was ended in order', async () => {
    const env = embedded();
    const demo = (running = await startDemoAsUsersDo(env));
    await fault(demo.url, 'drop');
    const id = await place(() => demo.url, { key: 'only', input: goodOrder });
    expect(await demo.stop('SIGTERM')).toBe(0);
    const next = await start(env);
    expect(await settled(next.url, id)).toBe('completed');
    expect(await next.stop('SIGINT')).toBe(0);
  }, 120_000);
});

/** 50 orders, killed twice in their midst; clients repeat what was not answered, with the same key. */
async function killAndGoOn(env: Env): Promise<void> {
  let demo = await start(env);
  const url = () => demo.url;
  // So that many are under way when the process dies.
  await fault(url(), 'slow');
  const acknowledged: string[] = [];
  const placing = Promise.all(
    orders.map(async (order) => {
      const id = await place(url, order);
      acknowledged.push(id);
      return id;
    }),
  );
  await expect.poll(() => acknowledged.length, { interval: 5, timeout: 30_000 }).toBeGreaterThanOrEqual(20);
  await demo.stop('SIGKILL');
  const killedAt = Date.now();
  const before = [...acknowledged];
  demo = await start(env);
  const ids = await placing;
  expect(new Set(ids).size).toBe(orders.length);
  await demo.stop('SIGKILL');
  demo = await start(env);

  const ends = await Promise.all(ids.map((id) => endOf(demo.url, id)));
  ends.forEach(expectSagaProperty);
  expect(ends.map(({ status }) => status)).toEqual(
    orders.map(({ input }) => (isRefused(input) ? 'compensated' : expect.stringMatching(/^com/))),
  );
  expect(ends.map(({ status }) => status)).toContain('completed');
  const cut = ends.filter(({ id, times }) => before.includes(id) && times.some((at) => at > killedAt));
  expect(cut.length, 'nothing was under way when the process was killed').toBeGreaterThan(0);
}

/** How a saga ended, and what really happened, in order. */
interface End {
  readonly id: string;
  readonly status: unknown;
  readonly applied: readonly LedgerLine[];
  /** When its transitions happened; ms since the epoch. */
  readonly times: readonly number[];
}

/** Nothing twice, nothing missing: all of it, or each thing and then its undoing in reverse order. */
function expectSagaProperty({ id, status, applied }: End): void {
  const done = applied.filter(({ op }) => op === 'do').map(({ step }) => step);
  const undone = applied.filter(({ op }) => op === 'undo').map(({ step }) => step);
  const steps = ['reserveInventory', 'processPayment', 'createShipment', 'completeOrder'];
  expect(done, id).toEqual(steps.slice(0, status === 'completed' ? 4 : done.length));
  expect(undone, id).toEqual(status === 'completed' ? [] : done.toReversed());
  expect(
    applied.map(({ op }) => op),
    id,
  ).toEqual([...done.map(() => 'do'), ...undone.map(() => 'undo')]);
}

async function endOf(url: string, id: string): Promise<End> {
  const status = await settled(url, id);
  const { effects } = (await get(`${url}/demo/ledger?sagaId=${id}`)) as { effects: readonly LedgerLine[] };
  const { events } = (await get(`${url}/api/v1/sagas/${id}/history`)) as {
    events: readonly { timestamp: string }[];
  };
  return {
    id,
    status,
    applied: effects.filter(({ outcome }) => outcome === 'applied'),
    times: events.map(({ timestamp }) => Date.parse(timestamp)),
  };
}

/** From now on something is wrong with payments, until the process ends. */
async function fault(url: string, mode: string): Promise<void> {
  const response = await fetch(`${url}/demo/faults`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ participant: 'payment', operation: 'charge', mode }),
  });
  expect(response.status).toBe(201);
}

function toOrder(index: number): typeof goodOrder {
  if (index % 5 === 1) return { ...goodOrder, paymentMethod: 'card-declined' };
  if (index % 5 === 3) return { ...goodOrder, shippingAddress: { country: 'XX' } };
  return goodOrder;
}

function isRefused({ paymentMethod, shippingAddress }: typeof goodOrder): boolean {
  return paymentMethod === 'card-declined' || shippingAddress.country === 'XX';
}

async function start(env: Env): Promise<DemoProcess> {
  return (running = await startDemoProcess(env));
}

/** Orders until there is an answer. */
async function place(
  url: () => string,
  { key, input }: { readonly key: string; readonly input: object },
): Promise<string> {
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline) {
    const answer = await postOrder(url(), key, input);
    if (answer !== undefined) return answer;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`order ${key} was never accepted`);
}

async function postOrder(url: string, key: string, input: object): Promise<string | undefined> {
  try {
    const response = await fetch(`${url}/api/v1/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify(input),
    });
    return response.status === 202 ? ((await response.json()) as { saga_id: string }).saga_id : undefined;
  } catch {
    // It is dead, or died while it answered.
    return undefined;
  }
}

async function settled(url: string, id: string): Promise<unknown> {
  const statusOf = async () => (await get(`${url}/api/v1/sagas/${id}`))['status'];
  await expect.poll(statusOf, { timeout: 60_000, interval: 200 }).not.toMatch(/^(running|compensating)$/);
  return statusOf();
}

async function get(url: string): Promise<Record<string, unknown>> {
  const response = await fetch(url);
  expect(response.status).toBe(200);
  return (await response.json()) as Record<string, unknown>;
}

function embedded(): Env {
  const data = mkdtempSync(join(tmpdir(), 'sagachart-kill-'));
  onTestFinished(() => rmSync(data, { recursive: true, force: true }));
  return { SAGACHART_DATA: data };
}

async function servers(): Promise<Env> {
  const database = await createDatabase(inject('postgresUrl') ?? '');
  const nats = await startNatsServer();
  onTestFinished(async () => {
    await running?.stop('SIGKILL');
    await nats.stop();
    await database.drop();
  });
  return { DATABASE_URL: database.url, NATS_URL: nats.url };
}
