import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type Msg } from 'nats';
import { afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { readConfig } from '../../src/cli/config.ts';
import { createLog } from '../../src/cli/log.ts';
import { CliError } from '../../src/cli/exit-code.ts';
import type { ServeParticipants } from '../../src/cli/load-participants.ts';
import { openNode } from '../../src/cli/node.ts';
import type { PublishedEvent } from '../../src/core/cloud-event.ts';
import { parseExposition, valueOf } from '../telemetry/exposition.ts';
import { type CliProcess, type Env, sagasProgram, startCli } from './cli-process.ts';
import { run } from './in-process.ts';
import { startNatsServer } from '../servers/nats.ts';
import { missingServers, secret, type Servers, startServers } from './servers.ts';
import { openShop, type Shop } from './shop.ts';
import { order as orders } from './shop-sagas.ts';

const why = missingServers === undefined ? '' : ` (${missingServers})`;
const key = Buffer.alloc(32, 7).toString('base64');
let servers: Servers;
let shop: Shop;
let running: CliProcess[] = [];

describe.skipIf(missingServers !== undefined)(`what nodes publish${why}`, () => {
  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sagachart-events-'));
    servers = await startServers(['-js', '-sd', folder]);
    shop = await openShop(servers.natsUrl);
    return async () => {
      await shop.close();
      await servers.stop();
      rmSync(folder, { recursive: true, force: true });
    };
  });

  afterEach(async () => {
    await Promise.all(running.map((process) => process.stop('SIGKILL')));
    running = [];
  });

  test('is everything that happens to sagas, in order, as CloudEvents, kept by JetStream; how late is a metric', async () => {
    const { events, messages, streams } = await listen('saga.v1.events.>');
    const node = start(['serve', sagasProgram], { SAGACHART_HEALTH_PORT: '0' });
    const api = await node.until(/API +(http:\S+)/);
    expect(node.stdout()).toContain('Events      saga.v1.events.>, stream SAGACHART_EVENTS');
    const health = await node.until(/Health +(http:\S+)/);
    await order(api, 'told', 5);
    await expect.poll(() => events().at(-1)?.data.type, { timeout: 10_000 }).toBe('saga.completed');
    const own = events();
    expect(own.map(({ data }) => data.type).filter((type) => !type.endsWith('changed'))).toEqual([
      'saga.started',
      ...['reserve', 'charge', 'ship'].flatMap(() => ['saga.step.started', 'saga.step.completed']),
      'saga.completed',
    ]);
    expect(own.map(({ data }) => [data.seq, data.index])).toEqual(
      own
        .map(({ data }) => [data.seq, data.index])
        .toSorted(([a = 0, b = 0], [c = 0, d = 0]) => a - c || b - d),
    );
    expect(own[0]).toMatchObject({
      specversion: '1.0',
      type: 'io.sagachart.saga.started.v1',
      source: '/sagachart',
      subject: 'told',
      data: { saga: 'order', input: { amount: 5 } },
    });
    expect(messages[0]?.subject).toBe('saga.v1.events.order.saga.started');
    expect(messages[0]?.headers?.get('Content-Type')).toContain('application/cloudevents+json');
    expect(await streams()).toEqual(['SAGACHART_EVENTS']);
    const lag = async () => {
      const series = parseExposition(await (await fetch(`${health}/metrics`)).text());
      return [valueOf(series, 'saga_relay_driving'), valueOf(series, 'saga_relay_lag_seconds')];
    };
    await expect.poll(lag).toEqual([1, 0]);
    const count = events().length;
    expect(await run(['republish', '--from', '1', '--url', api])).toMatchObject({ code: 0, out: [] });
    await expect.poll(() => events().length, { timeout: 10_000 }).toBe(2 * count);
    expect(events().map(({ id }) => id)).toEqual([...own, ...own].map(({ id }) => id));
  });

  test('goes on by another node, goes without what is redacted or encrypted, and is nothing where it is turned off; what is old is deleted', async () => {
    const { events } = await listen('saga.v1.events.*.saga.started');
    const silent = await open('api', { SAGACHART_EVENTS: 'off' });
    await order(silent.api, 'late', 6);
    await silent.close();
    expect(events()).toEqual([]);
    const worker = await open('health', {
      SAGACHART_EVENT_TYPES: 'saga.started',
      SAGACHART_EVENT_SOURCE: '/shop',
      SAGACHART_PAYLOAD_REDACT: 'amount',
    });
    const late = () => events().find(({ subject }) => subject === 'late');
    await expect.poll(late, { timeout: 15_000 }).toMatchObject({
      source: '/shop',
      data: { input: { amount: '[redacted]' } },
    });
    await worker.close();
    const sealed = await open('api', {
      SAGACHART_PAYLOAD_KEYS: key,
      SAGACHART_EVENT_STREAM: 'off',
      SAGACHART_RETENTION: '2s',
      SAGACHART_RETENTION_INTERVAL: '200ms',
    });
    await order(sealed.api, 'sealed', 7);
    const bare = () => events().find(({ subject }) => subject === 'sealed');
    await expect.poll(bare, { timeout: 15_000 }).toMatchObject({ data: { omitted: ['input'] } });
    expect(bare()?.data).not.toHaveProperty('input');
    const kept = async () => (await fetch(`${sealed.api}/v1/sagas/sealed`)).status;
    await expect.poll(kept, { timeout: 15_000 }).toBe(404);
    await sealed.close();
  }, 60_000);

  test('a node that loses NATS while it starts says so, and what to do', async () => {
    const nats = await startNatsServer();
    onTestFinished(() => nats.stop());
    const opened = open('health', { NATS_URL: nats.url }, async () => {
      await nats.stop();
      return [];
    });
    await expect(opened).rejects.toThrow(`NATS at ${nats.url} cannot be used`);
    await expect(opened).rejects.toThrow(CliError);
  });
});

/** A node in this process. */
async function open(serves: 'api' | 'health', env: Env, participants?: ServeParticipants) {
  const { settings } = readConfig({ env: { ...servers.env, ...env }, cwd: '/nonexistent' });
  const log = createLog('silent');
  const parts = { isEmbedded: false, migrates: true, participants };
  const node = await openNode({ settings, sagas: [orders], log, serves, ...parts });
  let closed: Promise<void> | undefined;
  const close = () => (closed ??= node.close());
  onTestFinished(close);
  return { api: node.places.http ?? '', close };
}

function start(argv: readonly string[], env: Env = {}): CliProcess {
  const started = startCli(argv, { ...servers.env, ...env });
  running.push(started);
  return started;
}

/** Collects what is published from now on, until the test ends. */
async function listen(subject: string) {
  const connection = await connect({
    servers: servers.natsUrl.replace(/\/\/.*@/, '//'),
    user: 'nodes',
    pass: secret,
  });
  onTestFinished(() => connection.close());
  const messages: Msg[] = [];
  connection.subscribe(subject, { callback: (_error, message) => void messages.push(message) });
  await connection.flush();
  return {
    messages,
    events: () => messages.map((message) => message.json<PublishedEvent>()),
    streams: async () => (await (await connection.jetstreamManager()).streams.names().next()).toSorted(),
  };
}

/** Starts an order, and waits until it is settled. */
async function order(api: string, id: string, amount: number): Promise<void> {
  const answer = await fetch(`${api}/v1/sagas?wait=10s`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ name: 'order', input: { amount }, id }),
  });
  expect(await answer.json()).toMatchObject({ id, status: 'completed' });
}
