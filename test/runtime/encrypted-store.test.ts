import { randomBytes } from 'node:crypto';
import postgres from 'postgres';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { UnreadablePayloadError } from '../../src/core/errors.ts';
import type { SagaStore } from '../../src/core/store.ts';
import { MemoryStore } from '../../src/memory/store.ts';
import { createPostgresStore } from '../../src/postgres/create-store.ts';
import { createAesPayloadCodec, payloadKeyId } from '../../src/runtime/aes-payload-codec.ts';
import { encryptedStore } from '../../src/runtime/encrypted-store.ts';
import { systemClock } from '../../src/runtime/system.ts';
import { storeContract } from '../../src/testing/store-contract.ts';
import { StoreScene } from '../../src/testing/store-scene.ts';
import { createDatabase } from '../servers/postgres.ts';

const serverUrl = inject('postgresUrl');
const [oldKey, newKey] = [randomBytes(32), randomBytes(32)];
const withKeys = (store: SagaStore, ...keys: readonly Uint8Array[]) =>
  encryptedStore(store, createAesPayloadCodec({ keys }));
const createMemory = () => new MemoryStore({ clock: systemClock });

/** Error messages are not kept in columns that are searched: what is about them does not hold. */
const aboutMessages: readonly string[] = [
  'every column comes back as it was, filled and emptied again',
  'sagas are found by words in the code, the message and the step of their fault, in whatever case',
  'faults are grouped by definition, step, command and code, with the newest of their sagas',
];

/** All rules but those; fails where one of them is no rule. */
function contract(create: () => Promise<SagaStore>): void {
  const rules = storeContract({ create });
  for (const rule of rules) if (!aboutMessages.includes(rule.name)) it(rule.name, rule.run);
  it('breaks no rules but those about error messages', () => {
    expect(rules.map(({ name }) => name)).toEqual(expect.arrayContaining([...aboutMessages]));
  });
}

describe('an encrypted store in memory', () => {
  const store = withKeys(createMemory(), newKey, oldKey);
  contract(() => Promise.resolve(store));

  it('keeps the kind of a saga’s fault, but not its words', async () => {
    const scene = new StoreScene(store, systemClock.now());
    const error = { step: 'charge', op: 'do', code: 'no_money', message: 'card 4711', at: 1 } as const;
    const started = await scene.start({ state: { error } });
    expect(started.error).toEqual({ ...error, message: '' });
    const { tenant } = scene;
    const find = async (text: string) =>
      (await store.list({ tenant, text }, { limit: 1 })).records.map(({ id }) => id);
    expect([await find('NO_money charge'), await find('4711')]).toEqual([[started.id], []]);
    expect(await store.faults({ tenant, limit: 1 })).toMatchObject([
      { code: 'no_money', message: '', count: 1 },
    ]);
  });
});

describe('keys', () => {
  it('are rotated: the newest writes, older ones still read', async () => {
    const memory = createMemory();
    const before = await new StoreScene(withKeys(memory, oldKey), 0).start({ id: 's1' });
    const scene = new StoreScene(withKeys(memory, newKey, oldKey), 0);
    expect(await withKeys(memory, newKey, oldKey).get(before)).toEqual(before);
    const { key } = scene.toStart({ id: 's1', tenant: before.tenant });
    expect(await scene.write(scene.toMove(await scene.read(key), { state: { snapshot: '{"a":1}' } }))).toBe(
      true,
    );
    expect((await memory.get(key))?.snapshot).toContain(payloadKeyId(newKey));
    expect((await withKeys(memory, newKey, oldKey).get(key))?.snapshot).toBe('{"a":1}');
    await expect(withKeys(memory, newKey).history(key, { limit: 10 })).rejects.toThrow(
      UnreadablePayloadError,
    );
    expect(await withKeys(memory, newKey, oldKey).history(key, { limit: 10 })).toHaveLength(2);
  });

  it('may come later than the first sagas: what is not encrypted is read as it is', async () => {
    const memory = createMemory();
    const plain = await new StoreScene(memory, 0).start();
    expect(await withKeys(memory, newKey).get(plain)).toEqual(plain);
  });

  it('that are missing are named, and nothing is taken, parked or lost for it', async () => {
    const memory = createMemory();
    const scene = new StoreScene(withKeys(memory, oldKey), systemClock.now());
    const { id } = await scene.start({ state: { dueAt: 1 } });
    const stored = await memory.get(scene.key(id));
    const blind = withKeys(memory, newKey);
    const options = { node: scene.node, limit: 10, definitions: [scene.definition] };
    await memory.renewLease(scene.node, 60_000);

    const keyId = /^enc:1:([0-9a-f]{16}):/.exec(stored?.snapshot ?? '')?.[1];
    await expect(blind.get(scene.key(id))).rejects.toThrow(`key ${keyId}, which this process does not have`);
    await expect(blind.claimOne(scene.key(id), scene.node)).rejects.toThrow(UnreadablePayloadError);
    expect(await memory.get(scene.key(id))).toEqual(stored);
    // It cannot know before it looks; after that it does not look again.
    expect(await blind.claim(options)).toEqual([]);
    for (let time = 0; time < 3; time += 1)
      await expect(blind.claim(options)).rejects.toThrow(UnreadablePayloadError);
    expect(await memory.get(scene.key(id))).toMatchObject({ owner: null, dueAt: 1, claims: 1, version: 1 });
    // What is published waits, in its order.
    await expect(blind.readJournal({ after: 0, limit: 10 })).rejects.toThrow(UnreadablePayloadError);
    // A list still shows that there is something.
    const { records } = await blind.list({ tenant: scene.tenant }, { limit: 10 });
    expect(records.map((record) => record.id)).toEqual([id]);
    // Somebody who has the key goes on.
    expect(await scene.claim(scene.node)).toEqual([id]);
  });
});

describe('what was tampered with', () => {
  it.each([
    ['the row of another saga', 'other'],
    ['the row of another tenant', 'tenant'],
  ])('is not read: %s', async (_what, from) => {
    const memory = createMemory();
    const scene = new StoreScene(withKeys(memory, newKey), 0);
    const victim = await scene.start({ id: 'victim' });
    const other = await scene.start({
      id: from === 'tenant' ? 'victim' : 'other',
      ...(from === 'tenant' ? { tenant: 'elsewhere' } : {}),
    });
    const stored = await memory.get(other);
    const write = new StoreScene(memory, 0).toMove(victim, { state: { snapshot: stored?.snapshot ?? '' } });
    await memory.commit('t', [write]);
    await expect(scene.read(victim)).rejects.toMatchObject({ why: 'damaged' });
  });

  it('is not read: a line of the journal in the place of another', async () => {
    const memory = createMemory();
    const scene = new StoreScene(withKeys(memory, newKey), 0);
    const started = await scene.start();
    const [line] = await memory.history(started, { limit: 1 });
    await memory.commit('t', [
      new StoreScene(memory, 0).toMove(started, { entry: { data: line?.data ?? '' } }),
    ]);
    await expect(withKeys(memory, newKey).history(started, { limit: 2 })).rejects.toMatchObject({
      why: 'damaged',
    });
  });

  it('keeps neither other sagas from going on nor other events from being published', async () => {
    const memory = createMemory();
    const store = withKeys(memory, newKey);
    const scene = new StoreScene(store, systemClock.now());
    await store.renewLease(scene.node, 60_000);
    const [bad, good] = [
      await scene.start({ state: { dueAt: 1 } }),
      await scene.start({ state: { dueAt: 2 } }),
    ];
    const stored = await memory.get(bad);
    const broken = `${stored?.snapshot.slice(0, -2)}AA`;
    const change = { state: { snapshot: broken, dueAt: 1 }, entry: { data: broken } };
    await memory.commit('t', [new StoreScene(memory, 0).toMove(bad, change)]);
    expect(await scene.claim(scene.node)).toEqual([good.id]);
    expect(await scene.claim(scene.node)).toEqual([]);
    const lines = await store.readJournal({ after: 0, limit: 10 });
    expect(lines.map(({ data }) => data)).toEqual(['{"input":1}', '{"input":1}', broken]);
  });
});

describe.skipIf(serverUrl === undefined)('an encrypted store in PostgreSQL', () => {
  it('lets nobody who reads the database see what sagas carry', async () => {
    const database = await createDatabase(serverUrl ?? '');
    const store = await createPostgresStore({ url: database.url });
    const sql = postgres(database.url, { max: 1 });
    onTestFinished(async () => {
      await Promise.all([store.close(), sql.end()]);
      await database.drop();
    });
    const encrypted = withKeys(store, newKey);
    const scene = new StoreScene(encrypted, Date.now());
    const error = { step: 'charge', op: 'do', code: 'declined', message: 'SECRET-message', at: 1 } as const;
    const state = { snapshot: '{"input":"SECRET-snapshot"}', hooks: '["SECRET-hook"]', error };
    const started = await scene.start({
      origin: { requestHash: 'SECRET-hash' },
      state,
      entry: { data: '{"input":"SECRET-data"}' },
    });
    await encrypted.release([{ key: started, version: 1, epoch: 1, dueAt: null, hooks: '["SECRET-again"]' }]);
    const order = { tenant: scene.tenant, id: 'b1', action: 'resolve', actor: 'ada', createdAt: 1 };
    await encrypted.createBatch({ ...order, fields: '{"a":"SECRET-field"}', reason: 'SECRET-reason' }, [
      started.id,
    ]);
    await encrypted.settleBatch(order, [{ sagaId: started.id, outcome: 'refused', detail: 'SECRET-detail' }]);
    const tables = await sql<{ name: string }[]>`
      select table_name as name from information_schema.tables where table_schema = 'public'`;
    expect(tables.map(({ name }) => name)).toEqual(expect.arrayContaining(['sagas', 'saga_events']));
    for (const { name } of tables) {
      const rows = await sql<{ row: string }[]>`select to_jsonb(t)::text as row from ${sql(name)} t`;
      expect([name, rows.filter(({ row }) => row.includes('SECRET'))]).toEqual([name, []]);
    }
    expect((await scene.read(started)).hooks).toBe('["SECRET-again"]');
    expect(await encrypted.getBatch(order)).toMatchObject({
      fields: '{"a":"SECRET-field"}',
      reason: 'SECRET-reason',
    });
    const [item] = await encrypted.batchItems(order, { outcome: 'refused', limit: 1 });
    expect(item?.detail).toBe('SECRET-detail');
  });
});
