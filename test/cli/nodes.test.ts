import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import postgres from 'postgres';
import { afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { idsOf, parsed } from './api-world.ts';
import { type CliProcess, type Env, runProcess, sagasProgram, startCli } from './cli-process.ts';
import { run } from './in-process.ts';
import { missingServers, secret, type Servers, startServers } from './servers.ts';
import { openShop, type Shop } from './shop.ts';

const why = missingServers === undefined ? '' : ` (${missingServers})`;
let servers: Servers;
let shop: Shop;
let running: CliProcess[] = [];

describe.skipIf(missingServers !== undefined)(`nodes as processes${why}`, () => {
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
    const said = running.map(({ stdout, stderr }) => stdout() + stderr()).join('');
    await Promise.all(running.map((process) => process.stop('SIGKILL')));
    running = [];
    expect(said).not.toContain(secret);
  });

  test('what a node that is killed had under way, a worker finishes, and nothing happens twice', async () => {
    const worker = start(['worker', sagasProgram, '--health-port', '0']);
    const [node, health] = await Promise.all([serve(), worker.until(/Health +(http:\S+)/)]);
    expect((await fetch(`${health}/readyz`)).status).toBe(200);
    expect((await fetch(`${health}/v1/sagas`)).status).toBe(404);
    shop.hold();
    const ids = Array.from({ length: 30 }, (_, index) => `kill-${index}`);
    const ordered = await Promise.all(ids.map((id) => order(node.url, id)));
    expect(ordered.map(({ code }) => code)).toEqual(ids.map(() => 0));
    await expect.poll(() => shop.held(), { timeout: 10_000 }).toBeGreaterThanOrEqual(ids.length);
    await node.process.stop('SIGKILL');
    shop.release();
    const shipped = () => ids.filter((id) => shop.effects.has(`${id} ship do`)).length;
    await expect.poll(shipped, { timeout: 20_000 }).toBe(ids.length);
    const other = await serve();
    const list = async () =>
      idsOf((await run(['ls', '--json', '--status', 'completed', '--url', other.url])).out);
    await expect.poll(list, { timeout: 10_000 }).toEqual(ids.toSorted());
    const expected = ids.flatMap((id) =>
      ['reserve', 'charge', 'ship'].map((step) => [`${id} ${step} do`, 1]),
    );
    expect(Object.fromEntries(shop.effects)).toEqual(Object.fromEntries(expected));
    expect(await worker.stop('SIGINT')).toBe(0);
  }, 60_000);

  test('a node that is told to end takes nothing more, finishes what it is writing, and lets go of its sagas', async () => {
    const node = await serve();
    shop.hold();
    await order(node.url, 'held');
    await expect.poll(() => shop.held()).toBeGreaterThan(0);
    const lock = await lockSagas();
    const writing = order(node.url, 'writing');
    await lock.waiters();
    node.process.child.kill('SIGTERM');
    await expect.poll(async () => (await fetch(`${node.url}/readyz`)).status).toBe(503);
    expect(await order(node.url, 'refused')).toMatchObject({ code: 5, out: [] });
    await lock.release();
    expect(await writing).toMatchObject({ code: 0 });
    expect(await node.process.ended()).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('"msg":"closed"'),
    });
    expect(await rows('select id from sagas where owner is not null')).toEqual([]);
    shop.release();
    await serve();
    await expect
      .poll(() => [...shop.effects.keys()], { timeout: 10_000 })
      .toEqual(expect.arrayContaining(['held ship do', 'writing ship do']));
  });

  test('a second signal ends a node at once, and a node that cannot close in time ends with 1', async () => {
    const [node, slow] = await Promise.all([serve(), serve({ SAGACHART_SHUTDOWN_TIMEOUT: '200ms' })]);
    const lock = await lockSagas();
    const blocked = [order(node.url, 'blocked-1'), order(slow.url, 'blocked-2')];
    await lock.waiters(2);
    expect(await slow.process.stop('SIGTERM')).toBe(1);
    expect(slow.process.stderr()).toContain('did not close in order');
    const again = () => {
      node.process.child.kill('SIGTERM');
      return node.process.child.exitCode;
    };
    await expect.poll(again, { timeout: 5_000 }).toBe(143);
    await lock.release();
    expect((await Promise.all(blocked)).map(({ code }) => code)).toEqual([5, 5]);
  });

  test('a command as a process: data on stdout, notes on stderr, and the exit status', async () => {
    const { url, process } = await serve();
    const argv = ['start', 'order', '--input', '-', '--wait', '--json', '--url', url];
    const [good, bad, none] = await Promise.all([
      runProcess(argv, {}, '{"amount":5}'),
      runProcess(argv, {}, '{"amount":-1}'),
      runProcess(['show', 'none', '--url', url]),
    ]);
    expect(good).toMatchObject({ code: 0, stderr: expect.stringContaining('waiting') });
    expect(parsed(good.stdout.trim().split('\n'))).toMatchObject([{ status: 'completed' }]);
    expect(bad.code).toBe(1);
    expect(parsed(bad.stdout.trim().split('\n'))).toMatchObject([{ status: 'compensated' }]);
    expect(none).toMatchObject({ code: 3, stdout: '' });
    const logged = parsed(process.stderr().trim().split('\n'));
    expect(logged).toContainEqual(
      expect.objectContaining({
        level: 'info',
        msg: 'a saga is compensated',
        saga: 'order@1',
        sagaId: expect.any(String),
        cause: 'stepFailed',
      }),
    );
  });

  test('a node that cannot start says why, and what to do', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const port = String((taken.address() as AddressInfo).port);
    const { env } = servers;
    const cases: readonly (readonly [readonly string[], Env, number, string])[] = [
      [['serve', sagasProgram], {}, 2, 'DATABASE_URL is not set'],
      [['worker', sagasProgram], { DATABASE_URL: servers.databaseUrl }, 2, 'NATS_URL is not set'],
      [
        ['serve', sagasProgram],
        { ...env, DATABASE_URL: `postgres://u:${secret}@127.0.0.1:1/x` },
        5,
        'PostgreSQL at postgres://u:***@127.0.0.1:1/x cannot be used',
      ],
      [
        ['serve', sagasProgram],
        { ...env, NATS_URL: `nats://u:${secret}@127.0.0.1:1` },
        5,
        'NATS at nats://u:***@127.0.0.1:1 cannot be used',
      ],
      [['serve', sagasProgram, '--embedded'], { NODE_ENV: 'production' }, 2, 'NODE_ENV is production'],
      [['serve', sagasProgram, '--port', port], env, 1, 'Something listens there already'],
      [['serve', 'nothing.ts'], env, 2, 'there is no module'],
    ];
    const ended = await Promise.all(cases.map(([argv, world]) => runProcess(argv, world)));
    taken.close();
    for (const [index, [, , code, words]] of cases.entries()) {
      expect(ended[index]).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(words) });
      expect(ended[index]?.stderr).not.toContain(secret);
    }
  });

  test('whoever reads no further is no failure', async () => {
    const { url } = await serve();
    await order(url, 'read');
    const watch = start(['watch', '--url', url, '--interval', '20ms']);
    await watch.until(/read/);
    watch.child.stdout?.destroy();
    await order(url, 'unread');
    expect(await watch.ended()).toMatchObject({ code: 0, stderr: '' });
  });
});

function start(argv: readonly string[], env: Env = {}): CliProcess {
  const started = startCli(argv, { ...servers.env, ...env });
  running.push(started);
  return started;
}

async function serve(env: Env = {}): Promise<{ readonly process: CliProcess; readonly url: string }> {
  const process = start(['serve', sagasProgram], env);
  return { process, url: await process.until(/API +(http:\S+)/) };
}

function order(url: string, id: string) {
  return run(['start', 'order', '--id', id, '--input', '{"amount":5}', '--url', url]);
}

async function rows(statement: string): Promise<readonly postgres.Row[]> {
  const sql = postgres(servers.databaseUrl, { max: 1, onnotice: () => undefined });
  try {
    return [...(await sql.unsafe(statement))];
  } finally {
    await sql.end();
  }
}

/** Keeps everybody from reading and writing sagas, until `release`. */
async function lockSagas() {
  const sql = postgres(servers.databaseUrl, { max: 1, onnotice: () => undefined });
  const release = () => sql.end({ timeout: 0 });
  onTestFinished(release);
  await sql.unsafe('begin');
  await sql.unsafe('lock table sagas in access exclusive mode');
  const waiting = `select 1 from pg_stat_activity where wait_event_type = 'Lock' and query ilike '%insert into%sagas%'`;
  return {
    /** Waits until so many starts wait for the lock. */
    waiters: (count = 1) =>
      expect.poll(async () => (await rows(waiting)).length).toBeGreaterThanOrEqual(count),
    release,
  };
}
