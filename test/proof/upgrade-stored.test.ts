import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { AnySagaDefinition } from '../../src/core/definition.ts';
import { createApp } from '../../src/http/app.ts';
import { createPostgresStore } from '../../src/postgres/create-store.ts';
import type { PostgresStore } from '../../src/postgres/store.ts';
import { createOrchestrator } from '../../src/runtime/orchestrator.ts';
import { ScriptedParticipants, type Script } from '../../src/testing/scripted-participants.ts';
import { run } from '../cli/in-process.ts';
import { createDatabase, postgresHint } from '../servers/postgres.ts';
import { better } from './better-shop.ts';
import { shop } from './sagas.ts';

const serverUrl = inject('postgresUrl');
const source = (path: string) => fileURLToPath(new URL(`../../src/${path}`, import.meta.url));
const refusal = { type: 'refused', error: { code: 'no', message: 'no' } } as const;

describe.skipIf(serverUrl === undefined)(
  `sagas in PostgreSQL${serverUrl === undefined ? ` (${postgresHint})` : ''}`,
  () => {
    let database: Awaited<ReturnType<typeof createDatabase>>;
    let store: PostgresStore;
    let folder = '';

    beforeAll(async () => {
      database = await createDatabase(serverUrl ?? '');
      store = await createPostgresStore({ url: database.url });
      folder = mkdtempSync(join(tmpdir(), 'sagachart-upgrade-'));
      const sagas = fileURLToPath(new URL('sagas.ts', import.meta.url));
      write('old.ts', `export { shop } from ${JSON.stringify(sagas)};`);
      write(
        'new.ts',
        `export { better } from ${JSON.stringify(fileURLToPath(new URL('better-shop.ts', import.meta.url)))};`,
      );
      write(
        'less.ts',
        `import { defineSaga } from ${JSON.stringify(source('core/definition.ts'))};\nexport const less = defineSaga('shop', { version: 3 }).step('ship', { kind: 'retriable', action: 'shipping.create' });`,
      );
      write(
        'migrate.ts',
        'export function shop(snapshot) { snapshot.context.results.migrated = true; return snapshot; }',
      );
    });

    afterAll(async () => {
      await store.close();
      await database.drop();
      rmSync(folder, { recursive: true, force: true });
    });

    const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
    const cli = (...argv: readonly string[]) =>
      run(argv, { cwd: folder, env: { DATABASE_URL: database.url } });

    /** Lets sagas run on a node of their own until they are at a rest. */
    async function drive(
      sagas: readonly AnySagaDefinition[],
      script: Script,
      work: (node: Awaited<ReturnType<typeof createOrchestrator>>) => Promise<void>,
    ) {
      const node = await createOrchestrator({
        store,
        transport: new ScriptedParticipants({ script }),
        sagas,
        limits: { claimInterval: 20 },
      });
      await work(node);
      await node.close();
    }

    test('are looked at, moved, moved back, and go on as if they had always been of the new version', async () => {
      // Parked where shipping is refused: it owes no undo any more, but it is not done.
      await drive([shop], { ship: [refusal] }, async (node) => {
        for (const id of ['a', 'b']) {
          await node.start('shop', {}, { id });
          await node.settled(id, { timeout: 10_000 });
        }
      });

      const unsafe = await cli('upgrade', 'old.ts', 'less.ts', '--json');
      expect(unsafe.code).toBe(1);
      expect(JSON.parse(unsafe.out[0] ?? '')).toMatchObject({
        states: [
          {
            verdict: 'unsafe',
            count: 2,
            reasons: expect.arrayContaining(['the compensation of charge would be lost']),
          },
        ],
      });

      const checked = await cli('upgrade', 'old.ts', 'new.ts', '--json');
      expect(checked).toMatchObject({ code: 0 });
      expect(JSON.parse(checked.out[0] ?? '')).toMatchObject({
        from: 1,
        to: 2,
        diff: { added: ['mail'] },
        states: [{ verdict: 'safe', count: 2, state: '{"failed":"ship"}' }],
        moved: 0,
      });
      expect((await store.get({ tenant: 'default', id: 'a' }))?.definition.version).toBe(1);

      const applied = await cli(
        'upgrade',
        'old.ts',
        'new.ts',
        '--apply',
        '--actor',
        'kim',
        '--reason',
        'mails',
        '--batch',
        '1',
        '--json',
      );
      expect(applied).toMatchObject({ code: 0 });
      expect(JSON.parse(applied.out[0] ?? '')).toMatchObject({ moved: 2, left: 0 });
      const record = await store.get({ tenant: 'default', id: 'a' });
      expect(record).toMatchObject({
        definition: { version: 2 },
        status: 'failed',
        step: 'ship',
        participant: 'shipping',
        error: { step: 'ship', op: 'do', code: 'no' },
        owner: null,
      });
      const journal = await store.history({ tenant: 'default', id: 'a' }, { limit: 100 });
      expect(JSON.parse(journal.at(-1)?.data ?? '')).toMatchObject({
        from: { version: 1 },
        to: { version: 2 },
        actor: 'kim',
        reason: 'mails',
      });
      expect(journal.at(-1)).toMatchObject({ type: 'migrated', seq: record?.version, state: 'failed.ship' });
      expect(await cli('conformance', 'old.ts', 'new.ts')).toMatchObject({ code: 0, out: [] });

      // One goes on, on the new version; it is not taken back any more.
      await drive([shop, better], {}, async (node) => {
        await node.retry('a');
        const { status, results } = await node.settled('a', { timeout: 10_000 });
        expect(status).toBe('completed');
        expect(Object.keys(results)).toContain('mail');
        expect((await node.snapshot('a')).value).toBe('completed');
        const audit = await createApp({ orchestrator: node }).request('/v1/audit?action=migrated&saga=a');
        expect(await audit.json()).toMatchObject({
          entries: [{ sagaId: 'a', actor: 'kim', reason: 'mails', data: { fromVersion: 1, toVersion: 2 } }],
        });
      });
      expect(await cli('conformance', 'old.ts', 'new.ts')).toMatchObject({ code: 0, out: [] });

      const reverted = await cli('upgrade', 'old.ts', 'new.ts', '--revert', '--json');
      expect(JSON.parse(reverted.out[0] ?? '')).toMatchObject({ moved: 1, left: 0 });
      expect((await store.get({ tenant: 'default', id: 'b' }))?.definition.version).toBe(1);
      expect((await store.counts('default')).failed).toBe(1);
      await drive([shop], {}, async (node) => {
        await node.retry('b');
        expect((await node.settled('b', { timeout: 10_000 })).status).toBe('completed');
      });
      expect(await cli('conformance', 'old.ts', 'new.ts')).toMatchObject({ code: 0, out: [] });
    });

    test('are moved by a function, tried before', async () => {
      await drive([shop], { charge: [refusal], undoReserve: [refusal] }, async (node) => {
        await node.start('shop', {}, { id: 'm' });
        expect((await node.settled('m', { timeout: 10_000 })).status).toBe('failed');
      });
      write('throws.ts', "export function shop() { throw new Error('not ready'); }");
      const broken = await cli('upgrade', 'old.ts', 'less.ts', '--migrate', 'throws.ts', '--apply', '--json');
      expect(broken.code).toBe(1);
      expect(JSON.parse(broken.out[0] ?? '')).toMatchObject({
        states: [{ verdict: 'needsMapping', reasons: ['migrate threw: not ready'] }],
        moved: 0,
      });
      expect(await cli('upgrade', 'old.ts', 'old.ts')).toMatchObject({ code: 2 });
    });
  },
);
