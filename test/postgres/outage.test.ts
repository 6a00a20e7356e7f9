import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { StorageUnavailableError } from '../../src/core/errors.ts';
import { createPostgresStore } from '../../src/postgres/create-store.ts';
import { StoreScene } from '../../src/testing/store-scene.ts';
import { createDatabase } from '../servers/postgres.ts';

const serverUrl = inject('postgresUrl');

describe.skipIf(serverUrl === undefined)('the PostgreSQL store, when the database fails', () => {
  let database: Awaited<ReturnType<typeof createDatabase>>;

  beforeAll(async () => {
    database = await createDatabase(serverUrl ?? '');
  });

  afterAll(() => database.drop());

  it('loses no acknowledged write and goes on while its connections are killed', async () => {
    const store = await createPostgresStore({ url: database.url });
    const killer = postgres(database.url, { max: 1, onnotice: () => undefined });
    const scene = new StoreScene(store, Date.now());
    const acknowledged: string[] = [];
    const failures: unknown[] = [];
    let isOver = false;
    const writer = async () => {
      while (!isOver) {
        const starts = Array.from({ length: 5 }, () => scene.toStart());
        await store.commit(randomUUID(), starts).then(
          (written) =>
            acknowledged.push(...starts.filter((_, index) => written[index]).map(({ key }) => key.id)),
          (error: unknown) => failures.push(error),
        );
      }
    };
    const killAll = async () => {
      const written = acknowledged.length;
      await expect.poll(() => acknowledged.length, { timeout: 5000, interval: 5 }).toBeGreaterThan(written);
      return killer`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'sagachart'`;
    };
    const writers = Promise.all(Array.from({ length: 8 }, writer));
    try {
      for (let kills = 0; kills < 40 || failures.length < 20;) kills += (await killAll()).length;
    } finally {
      isOver = true;
      await writers;
    }
    expect(failures.filter((error) => !(error instanceof StorageUnavailableError))).toEqual([]);
    const kept = new Set(
      (await killer<{ id: string }[]>`select id from sagas join saga_events on saga_id = id`).map(
        ({ id }) => id,
      ),
    );
    expect(acknowledged.filter((id) => !kept.has(id))).toEqual([]);
    await expect.poll(() => scene.start().then(() => 'written', String)).toBe('written');
    await killer.end();
    await store.close();
  });

  it('tells what became durable although the answer was lost', async () => {
    const store = await createPostgresStore({ url: database.url });
    const admin = postgres(database.url, { max: 1 });
    // The commit waits for this lock after its rows are written, and is killed there.
    await admin`create function stall() returns trigger language plpgsql as ${admin.unsafe(`'begin perform pg_sleep(60); return null; end'`)}`;
    const scene = new StoreScene(store, Date.now());
    const writes = [scene.toStart()];
    await admin`create constraint trigger stall after insert on saga_events deferrable initially deferred for each row execute function stall()`;
    const commit = store.commit('lost', writes).then(
      () => undefined,
      (error: unknown) => error,
    );
    await expect
      .poll(
        async () =>
          (await admin`select pg_terminate_backend(pid) from pg_stat_activity where wait_event = 'PgSleep'`)
            .length,
      )
      .toBe(1);
    expect(await commit).toBeInstanceOf(StorageUnavailableError);
    expect(await store.committed('lost', writes)).toEqual([false]);
    await admin`drop trigger stall on saga_events`;
    expect(await store.commit('lost', writes)).toEqual([true]);
    expect(await store.committed('lost', writes)).toEqual([true]);
    await admin.end();
    await store.close();
  });

  it('fails within its deadline when the database falls silent, and recovers when it is back', async () => {
    const proxy = await createProxy(database.url);
    const store = await createPostgresStore({ url: proxy.url, statementTimeout: 300, connections: 1 });
    const scene = new StoreScene(store, Date.now());
    const saga = await scene.start();
    proxy.silence();
    await expect(store.get(saga)).rejects.toThrow(StorageUnavailableError);
    await expect(scene.write(scene.toMove(saga))).rejects.toThrow(StorageUnavailableError);
    proxy.resume();
    await expect.poll(() => store.get(saga).catch(String)).toEqual(saga);
    proxy.silence();
    await store.close();
    await proxy.close();
  });

  it('tells that a write is durable whose answer never came', async () => {
    const proxy = await createProxy(database.url);
    const store = await createPostgresStore({ url: proxy.url, statementTimeout: 300 });
    const scene = new StoreScene(store, Date.now());
    await scene.start();
    const writes = [scene.toStart()];
    proxy.muffle();
    await expect(store.commit('unanswered', writes)).rejects.toThrow(StorageUnavailableError);
    proxy.resume();
    await expect.poll(() => store.committed('unanswered', writes).catch(String)).toEqual([true]);
    await store.close();
    await proxy.close();
  });

  it('gives up a statement that waits too long for another one', async () => {
    const store = await createPostgresStore({ url: database.url, statementTimeout: 200 });
    const scene = new StoreScene(store, Date.now());
    const saga = await scene.start();
    const other = postgres(database.url, { max: 1 });
    await other.unsafe(`begin; select 1 from sagas where id = '${saga.id}' for update`).simple();
    await expect(scene.write(scene.toMove(saga))).rejects.toThrow(/57014/);
    await other.unsafe('rollback');
    expect(await scene.write(scene.toMove(saga))).toBe(true);
    await other.end();
    await store.close();
  });

  it('says so when there is no database', async () => {
    const probe = createServer().listen(0, '127.0.0.1');
    await once(probe, 'listening');
    const { port } = probe.address() as AddressInfo;
    probe.close();
    await once(probe, 'close');
    const url = `postgres://nobody@127.0.0.1:${port}/none`;
    await expect(createPostgresStore({ url })).rejects.toThrow(StorageUnavailableError);
    const store = await createPostgresStore({ url, migrate: false });
    await expect(store.counts()).rejects.toThrow(/ECONNREFUSED/);
    await store.close();
  });
});

/** A way to the database that can fall silent, both ways or only towards us: bytes are taken and never passed on. */
async function createProxy(url: string) {
  const { hostname, port } = new URL(url);
  const sockets = new Set<Socket>();
  let isSilent = false;
  let isMuffled = false;
  const server = createServer((client) => {
    const upstream = connect(Number(port || 5432), hostname);
    sockets.add(client).add(upstream);
    pass(client, upstream, () => isSilent);
    pass(upstream, client, () => isSilent || isMuffled);
  }).listen(0, '127.0.0.1');
  const pass = (from: Socket, to: Socket, isLost: () => boolean) => {
    from.on('data', (chunk) => isLost() || to.write(chunk));
    from.on('error', () => undefined);
    from.on('close', () => to.destroy());
  };
  await once(server, 'listening');
  const proxied = new URL(url);
  proxied.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: proxied.href,
    silence: () => (isSilent = true),
    muffle: () => (isMuffled = true),
    resume: () => (isSilent = isMuffled = false),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
