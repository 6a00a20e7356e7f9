import postgres from 'postgres';
import { afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import { programIn } from '../servers/programs.ts';
import { parseExposition, valueOf } from '../telemetry/exposition.ts';
import { receiveAlerts } from '../telemetry/webhook-receiver.ts';
import { parsed } from './api-world.ts';
import { type CliProcess, type Env, sagasProgram, startCli } from './cli-process.ts';
import { missingServers, type Servers, startServers } from './servers.ts';
import { openShop, type Shop } from './shop.ts';

const why = missingServers === undefined ? '' : ` (${missingServers})`;
const doomedProgram = programIn(inject('programs'), 'test/cli/doomed-sagas.ts');
const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
let servers: Servers;
let shop: Shop;
let running: CliProcess[] = [];

describe.skipIf(missingServers !== undefined)(`watching nodes${why}`, () => {
  beforeAll(async () => {
    servers = await startServers();
    shop = await openShop(servers.natsUrl);
    return async () => {
      await shop.close();
      await servers.stop();
    };
  });

  afterEach(async () => {
    shop.release();
    await Promise.all(running.map((process) => process.stop('SIGKILL')));
    running = [];
  });

  test('a node tells at /metrics what it did, and in its log what became of each saga, without what it was about', async () => {
    const node = start(['serve', sagasProgram], { SAGACHART_LOG_LEVEL: 'debug', SAGACHART_HEALTH_PORT: '0' });
    const api = await node.until(/API +(http:\S+)/);
    const health = await node.until(/Health +(http:\S+)/);
    await startSaga(api, { name: 'order', input: { amount: -1 } });
    for (const url of [api, health]) {
      const series = parseExposition(await (await fetch(`${url}/metrics`)).text());
      expect(valueOf(series, 'saga_settled_total', { saga: 'order', status: 'compensated' })).toBe(1);
      expect(valueOf(series, 'process_cpu_seconds_total')).toBeGreaterThan(0);
      expect(valueOf(series, 'saga_node_ready')).toBe(1);
    }
    expect(await (await fetch(`${health}/readyz`)).json()).toMatchObject({ isReady: true, unrunnable: [] });
    const lines = parsed(node.stderr().trim().split('\n'));
    expect(lines).toContainEqual(
      expect.objectContaining({
        level: 'debug',
        saga: 'order@1',
        sagaId: expect.any(String) as string,
        event: 'charge.refused',
        step: 'charge',
        op: 'do',
        attempt: 1,
        traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      }),
    );
    expect(node.stderr()).not.toMatch(/amount|no money/);
  });

  test('a worker posts an alert of a saga that parked, whichever node parked it', async () => {
    const { url, posted } = await receiveAlerts();
    start(['worker', doomedProgram], {
      SAGACHART_ALERT_WEBHOOK_URL: url,
      SAGACHART_ALERT_WEBHOOK_SECRET: 'a secret of sixteen',
    });
    const api = await start(['serve', doomedProgram]).until(/API +(http:\S+)/);
    const { id, status } = await startSaga(api, { name: 'doomed', input: {} });
    expect(status).toBe('failed');
    await expect.poll(() => posted.map(({ alert }) => alert.sagaId), { timeout: 15_000 }).toEqual([id]);
    expect(posted[0]?.alert).toMatchObject({ kind: 'parked', saga: 'doomed', errorCode: 'no_responders' });
    expect(posted[0]?.headers['sagachart-signature']).toMatch(/^v1=[\da-f]{64}$/);
  });

  test('a node holds stored sagas against their journals, and tells of one that somebody meddled with', async () => {
    const { url, posted } = await receiveAlerts();
    const node = start(['serve', sagasProgram], {
      SAGACHART_CONFORMANCE_INTERVAL: '100ms',
      SAGACHART_ALERT_WEBHOOK_URL: url,
    });
    const api = await node.until(/API +(http:\S+)/);
    const { id } = await startSaga(api, { name: 'order', input: { amount: 1 } });
    const found = async (): Promise<unknown> =>
      ((await (await fetch(`${api}/v1/stats`)).json()) as { conformance?: { nonconformant?: unknown } })
        .conformance?.nonconformant;
    await expect.poll(found, { timeout: 15_000 }).toEqual([]);
    const client = postgres(servers.env['DATABASE_URL'] ?? '', { max: 1 });
    await client`update sagas set snapshot = replace(snapshot, '"parked":null', '"parked":null,"meddled":1') where id = ${id}`;
    await client.end();
    await expect
      .poll(found, { timeout: 15_000 })
      .toMatchObject([{ sagaId: id, kind: 'differs', what: 'its journal gives another context.meddled' }]);
    const kinds = () => posted.map(({ alert }) => [alert.kind, alert.sagaId]);
    await expect.poll(kinds, { timeout: 15_000 }).toContainEqual(['nonconformant', id]);
    const series = parseExposition(await (await fetch(`${api}/metrics`)).text());
    expect(valueOf(series, 'saga_nonconformant', { saga: 'order' })).toBe(1);
    expect(node.stderr()).toContain('a saga is not what its journal makes of it');
    const other = await start(['serve', sagasProgram], { SAGACHART_CONFORMANCE: 'off' }).until(
      /API +(http:\S+)/,
    );
    expect(await (await fetch(`${other}/v1/stats`)).json()).not.toHaveProperty('conformance');
  });
});

function start(argv: readonly string[], env: Env = {}): CliProcess {
  const started = startCli(argv, { ...servers.env, ...env });
  running.push(started);
  return started;
}

/** Starts a saga within a trace, and waits until it is settled. */
async function startSaga(
  api: string,
  body: object,
): Promise<{ readonly id: string; readonly status: string }> {
  const answer = await fetch(`${api}/v1/sagas?wait=10s`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', traceparent },
    body: JSON.stringify(body),
  });
  return (await answer.json()) as { readonly id: string; readonly status: string };
}
