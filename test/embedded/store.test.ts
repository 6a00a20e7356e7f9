import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { StorageUnavailableError } from '../../src/core/errors.ts';
import { createEmbeddedStore, type EmbeddedStore } from '../../src/embedded/pglite-store.ts';
import { lockDataDir } from '../../src/embedded/pglite-lock.ts';
import { storeContract } from '../../src/testing/store-contract.ts';
import { StoreScene } from '../../src/testing/store-scene.ts';
import { programIn } from '../servers/programs.ts';

describe('the embedded store in memory', () => {
  let embedded: EmbeddedStore;

  beforeAll(async () => {
    embedded = await createEmbeddedStore();
  });

  afterAll(() => embedded.store.close());

  for (const rule of storeContract({ create: () => Promise.resolve(embedded.store) }))
    it(rule.name, rule.run);
});

describe('the embedded store on files', () => {
  let folder: string;
  let dataDir: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sagachart-embedded-'));
    dataDir = join(folder, 'pg');
  });

  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('keeps sagas when it is closed and opened again', async () => {
    const first = await createEmbeddedStore({ dataDir });
    const saga = await new StoreScene(first.store, Date.now()).start();
    await first.store.close();
    await expect(first.store.get(saga)).rejects.toThrow(StorageUnavailableError);
    const second = await createEmbeddedStore({ dataDir });
    expect(await second.store.get(saga)).toEqual(saga);
    await second.store.close();
  });

  it('keeps what it acknowledged before it was killed, and lets the sagas be claimed at once', async () => {
    const program = programIn(inject('programs'), 'test/embedded/killed-writer.ts');
    const writer = spawn(process.execPath, [program, dataDir], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let acknowledged = 0;
    for await (const line of createInterface({ input: writer.stdout })) {
      acknowledged = Number(line);
      if (acknowledged === 200) break;
    }
    await expect(createEmbeddedStore({ dataDir })).rejects.toThrow(`in use by process ${writer.pid}`);
    const exit = once(writer, 'exit');
    writer.kill('SIGKILL');
    await exit;
    const { store } = await createEmbeddedStore({ dataDir });
    const definition = { name: 'killed', version: 1, hash: 'h' };
    const claimed = await store.claim({ node: 'survivor', limit: 100_000, definitions: [definition] });
    expect(claimed.length).toBeGreaterThanOrEqual(acknowledged);
    await store.close();
  });

  it('refuses a directory that this process uses already, and frees it when closed', async () => {
    const first = await createEmbeddedStore({ dataDir });
    await expect(createEmbeddedStore({ dataDir })).rejects.toThrow(/in use by process \d+: stop that one/);
    await first.store.close();
    expect(existsSync(`${dataDir}.lock`)).toBe(false);
  });

  it.each([
    ['a process that is gone', '999999999 1'],
    ['a process whose id another one has now', `${process.ppid} 1`],
    ['a former process with our own id', `${process.pid} 1`],
    ['a process that was killed while it wrote it', ''],
  ])('takes over a lock that was left by %s', (_, content) => {
    writeFileSync(`${dataDir}.lock`, content);
    const unlock = lockDataDir(dataDir);
    expect(() => lockDataDir(dataDir)).toThrow(StorageUnavailableError);
    unlock();
    expect(existsSync(`${dataDir}.lock`)).toBe(false);
  });

  it('leaves the lock of another process that lives alone', () => {
    writeFileSync(`${dataDir}.lock`, `${process.ppid}`);
    expect(() => lockDataDir(dataDir)).toThrow(`in use by process ${process.ppid}`);
    expect(readFileSync(`${dataDir}.lock`, 'utf8')).toBe(`${process.ppid}`);
  });

  it('starts over when a first start was killed half-way', async () => {
    mkdirSync(`${dataDir}.new`);
    writeFileSync(join(`${dataDir}.new`, 'PG_VERSION'), 'half');
    const { store } = await createEmbeddedStore({ dataDir });
    expect(await store.counts()).toEqual({});
    await store.close();
  });
});
