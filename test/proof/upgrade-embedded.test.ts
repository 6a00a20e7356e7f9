import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AnySagaDefinition } from '../../src/core/definition.ts';
import { createEmbeddedStore } from '../../src/embedded/pglite-store.ts';
import { createOrchestrator } from '../../src/runtime/orchestrator.ts';
import { type Script, ScriptedParticipants } from '../../src/testing/scripted-participants.ts';
import { run } from '../cli/in-process.ts';
import { shop } from './sagas.ts';

const refusal = { type: 'refused', error: { code: 'no', message: 'no' } } as const;
const key = { tenant: 'default', id: 'a' };
let folder = '';
let courier: AnySagaDefinition;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sagachart-embedded-upgrade-'));
  const here = (name: string) => JSON.stringify(fileURLToPath(new URL(name, import.meta.url)));
  writeFileSync(join(folder, 'old.ts'), `export { shop } from ${here('sagas.ts')};`);
  writeFileSync(join(folder, 'new.ts'), `export { courier } from ${here('courier-shop.ts')};`);
  writeFileSync(
    join(folder, 'migrate.ts'),
    `export function shop(snapshot) {
      return { ...snapshot, value: { failed: 'charge' }, context: { ...snapshot.context,
        parked: { command: 'charge', why: 'refused', error: { code: 'moved', message: 'by migrate' } } } };
    }`,
  );
  ({ courier } = await import('./courier-shop.ts'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const cli = (...argv: readonly string[]) => run(argv, { cwd: folder, env: { SAGACHART_DATA: data() } });
const data = () => join(folder, 'data');

/** The embedded database in the folder, and a node on it. */
async function open(sagas: readonly AnySagaDefinition[], script: Script) {
  const { store } = await createEmbeddedStore({ dataDir: data() });
  const transport = new ScriptedParticipants({ script });
  const node = await createOrchestrator({ store, transport, sagas, limits: { claimInterval: 20 } });
  const close = async () => {
    await node.close();
    await store.close();
  };
  return { store, node, transport, close };
}

test('sagas of the embedded database are looked at, moved, and found where the new version has them', async () => {
  const before = await open([shop], { ship: [refusal] });
  await before.node.start('shop', {}, { id: 'a' });
  expect((await before.node.settled('a', { timeout: 10_000 })).status).toBe('failed');
  expect((await before.store.get(key))?.participant).toBe('shipping');
  await before.close();

  const compared = await cli('upgrade', 'old.ts', 'new.ts', '--json');
  expect(compared).toMatchObject({ code: 0, notes: expect.stringContaining('--embedded') });
  expect(JSON.parse(compared.out[0] ?? '')).toMatchObject({ states: [] });
  expect(await cli('upgrade', 'old.ts', 'new.ts', '--apply')).toMatchObject({ code: 2 });

  const checked = await cli('upgrade', 'old.ts', 'new.ts', '--embedded', '--json');
  expect(checked).toMatchObject({ code: 0 });
  expect(JSON.parse(checked.out[0] ?? '')).toMatchObject({
    diff: { changed: ['ship: asks shipping.create → courier.send'] },
    states: [{ verdict: 'safe', count: 1 }],
  });
  const applied = await cli('upgrade', 'old.ts', 'new.ts', '--embedded', '--apply', '--json');
  expect(JSON.parse(applied.out[0] ?? '')).toMatchObject({ moved: 1, left: 0 });

  const after = await open([courier], {});
  expect(await after.store.get(key)).toMatchObject({
    definition: { version: 2 },
    status: 'failed',
    step: 'ship',
    participant: 'courier',
    error: { step: 'ship', code: 'no' },
  });
  const found = await after.node.list({ participant: 'courier' });
  expect(found.items.map(({ id }) => id)).toEqual(['a']);
  await after.close();

  const reverted = await cli('upgrade', 'old.ts', 'new.ts', '--embedded', '--revert', '--json');
  expect(JSON.parse(reverted.out[0] ?? '')).toMatchObject({ moved: 1, left: 0 });
  const again = await open([shop], {});
  expect(await again.store.get(key)).toMatchObject({ definition: { version: 1 }, participant: 'shipping' });
  await again.node.retry('a');
  expect((await again.node.settled('a', { timeout: 10_000 })).status).toBe('completed');
  await again.close();
}, 120_000);

test('what a mapping makes of a saga is what it is found and counted by', async () => {
  const before = await open([shop], { ship: [refusal] });
  await before.node.start('shop', {}, { id: 'mapped' });
  await before.node.settled('mapped', { timeout: 10_000 });
  await before.close();
  // The state is at home in the new version as it is: only what needs a mapping is mapped.
  writeFileSync(
    join(folder, 'moved.ts'),
    `export { moved } from ${JSON.stringify(modulePath('moved-shop.ts'))};`,
  );
  const applied = await cli(
    'upgrade',
    'old.ts',
    'moved.ts',
    '--embedded',
    '--migrate',
    'migrate.ts',
    '--apply',
    '--json',
  );
  expect(JSON.parse(applied.out[0] ?? '')).toMatchObject({
    states: [{ verdict: 'safe', isMapped: true }],
    moved: 1,
  });
  const { store, close } = await open([], {});
  expect(await store.get({ tenant: 'default', id: 'mapped' })).toMatchObject({
    status: 'failed',
    step: 'charge',
    participant: 'payment',
    error: { step: 'charge', code: 'moved', message: 'by migrate' },
  });
  const tallies = await store.tallies('default');
  expect(tallies.filter(({ count, status }) => count > 0 && status === 'failed')).toMatchObject([
    { version: 3, error: { step: 'charge', op: 'do', code: 'moved' }, count: 1 },
  ]);
  await close();
}, 120_000);

function modulePath(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}
