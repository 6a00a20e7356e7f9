import postgres from 'postgres';
import { beforeAll, describe, expect, test } from 'vitest';
import { diagnoseNode } from '../../src/cli/doctor.ts';
import { openApi, parsed } from './api-world.ts';
import { closedAddress, run } from './in-process.ts';
import { missingServers, secret, type Servers, startServers } from './servers.ts';

async function doctor(env: Readonly<Record<string, string>>) {
  const { code, out } = await run(['doctor', '--json'], { env });
  expect(out.join('')).not.toContain(secret);
  return { code, found: Object.fromEntries(parsed(out).map((one) => [one.name, one])) };
}

test.each([
  ['18.20.0', 'failed'],
  ['20.18.3', 'failed'],
  ['20.19.0', 'ok'],
  ['22.1.0', 'ok'],
])('Node %s is %s', (version, status) => {
  expect(diagnoseNode(version).status).toBe(status);
});

test('the doctor finds what is not configured', async () => {
  const { code, found } = await doctor({ SAGACHART_URL: `http://${await closedAddress()}` });
  expect(code).toBe(1);
  expect(found).toMatchObject({
    node: { status: 'ok' },
    postgresql: { status: 'failed', detail: 'DATABASE_URL is not set' },
    nats: { status: 'failed' },
    api: { status: 'failed' },
  });
});

test('the doctor finds what does not answer, and does not mind that no node runs yet', async () => {
  const { code, found } = await doctor({
    DATABASE_URL: `postgres://u:${secret}@127.0.0.1:1/x`,
    NATS_URL: `nats://u:${secret}@127.0.0.1:1`,
  });
  expect(code).toBe(1);
  expect(found).toMatchObject({
    postgresql: { status: 'failed' },
    nats: { status: 'failed' },
    // Another program may answer at the default address.
    api: { status: expect.stringMatching(/^(?:warn|ok)$/) },
  });
});

test('the doctor finds what is wrong with the configuration', async () => {
  const { code, found } = await doctor({ SAGACHART_PRT: '1' });
  expect(code).toBe(1);
  expect(found['configuration']).toMatchObject({
    status: 'failed',
    detail: expect.stringContaining('SAGACHART_PORT'),
  });
});

test('the doctor talks to people, too', async () => {
  const { out } = await run(['doctor']);
  expect(out[0]).toMatch(/^ok +node +\d+/);
  expect(out.find((line) => line.includes('postgresql'))).toMatch(
    /^failed +postgresql +DATABASE_URL is not set$/,
  );
});

describe.skipIf(missingServers !== undefined)(
  `doctor and migrate, on servers${missingServers === undefined ? '' : ` (${missingServers})`}`,
  () => {
    let servers: Servers;
    beforeAll(async () => {
      servers = await startServers();
      return () => servers.stop();
    });

    test('tables are missing, then made, then up to date', async () => {
      const env = { DATABASE_URL: servers.databaseUrl };
      const check = () => run(['migrate', '--check', '--json'], { env });
      const before = await check();
      expect(before.code).toBe(1);
      expect(parsed(before.out)[0]).toMatchObject({ pending: expect.arrayContaining(['0000_sagas']) });
      expect((await doctor(env)).found['migrations']).toMatchObject({
        status: 'failed',
        detail: expect.stringContaining('0000_sagas'),
      });
      expect(await run(['migrate'], { env })).toMatchObject({
        code: 0,
        out: [expect.stringMatching(/^postgres:.*done: 0000_sagas/)],
      });
      expect(await check()).toMatchObject({ code: 0, out: ['{"done":[],"pending":[],"isAhead":false}'] });
      expect((await doctor(env)).found['migrations']).toMatchObject({ status: 'ok' });
    });

    test('a whole installation is looked at', async () => {
      await run(['migrate'], { env: servers.env });
      const { url } = await openApi();
      const { found } = await doctor({ ...servers.env, SAGACHART_URL: url });
      const statuses = Object.fromEntries(Object.values(found).map(({ name, status }) => [name, status]));
      expect(statuses).toMatchObject({
        node: 'ok',
        configuration: 'ok',
        postgresql: 'ok',
        role: 'ok',
        clock: 'ok',
        migrations: 'ok',
        nats: 'ok',
        api: 'ok',
      });
      expect(found['postgresql']?.['detail']).toMatch(/PostgreSQL \d+/);
      expect(found['nats']?.['detail']).toMatch(/nats-server \d+.*JetStream off/);
    });

    test('a database that may forget what it acknowledged is a failure', async () => {
      const sql = postgres(servers.databaseUrl, { max: 1, onnotice: () => undefined });
      await sql.unsafe(
        `alter database ${new URL(servers.databaseUrl).pathname.slice(1)} set synchronous_commit = off`,
      );
      await sql.end();
      const { code, found } = await doctor(servers.env);
      expect(code).toBe(1);
      expect(found['durability']).toMatchObject({
        status: 'failed',
        detail: expect.stringContaining('synchronous_commit'),
      });
    });

    test('migrate without a database ends with 2, and with one that does not answer with 5', async () => {
      expect(await run(['migrate'])).toMatchObject({ code: 2 });
      expect(
        await run(['migrate'], { env: { DATABASE_URL: `postgres://u:${secret}@127.0.0.1:1/x` } }),
      ).toMatchObject({ code: 5, notes: expect.not.stringContaining(secret) });
    });
  },
);
