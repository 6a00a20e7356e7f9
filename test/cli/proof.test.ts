import { fileURLToPath } from 'node:url';
import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { createPostgresStore } from '../../src/postgres/create-store.ts';
import { createOrchestrator } from '../../src/runtime/orchestrator.ts';
import { ScriptedParticipants } from '../../src/testing/scripted-participants.ts';
import { shop } from '../proof/sagas.ts';
import { createDatabase } from '../servers/postgres.ts';
import { run, sagasModule } from './in-process.ts';

const shopModule = fileURLToPath(new URL('../proof/sagas.ts', import.meta.url));
const orderModule = fileURLToPath(new URL('../../examples/order/saga.ts', import.meta.url));

describe('sagachart check', () => {
  test('ends with 0 for sagas that are sound, such as those of the examples', async () => {
    for (const module of [orderModule, shopModule, sagasModule]) {
      const { code, out } = await run(['check', module]);
      expect([module, code]).toEqual([module, 0]);
      expect(out.join('\n')).toMatch(/@1: sound \(\d+ states\)/);
    }
  });

  test('ends with 1 for one that is not, and shows why', async () => {
    const { code, out } = await run(['check', shopModule, '--participant', 'payment=idempotent']);
    expect(code).toBe(1);
    const text = out.join('\n');
    expect(text).toContain('shop@1: NOT SOUND');
    expect(text).toContain('BROKEN  a saga that turned back leaves no effect behind');
    expect(text).toContain('6. Late, the command arrives at payment.charge.');
  });

  test('gives counterexamples as JSON, as charts, and as tests', async () => {
    const show = (format: string) =>
      run(['check', shopModule, '--participant', 'payment=idempotent', '-o', format]);
    const { counterexamples } = JSON.parse((await show('json')).out[0] ?? '') as {
      counterexamples: readonly { property: string }[];
    };
    expect(counterexamples[0]).toMatchObject({ property: 'nothingLeft' });
    expect((await show('mmd')).out.join('\n')).toContain('stateDiagram-v2');
    expect((await show('svg')).out.join('\n')).toMatch(/^<svg [^]*charge[^]*<\/svg>$/);
    const { out, notes, code } = await show('test');
    expect(code).toBe(1);
    expect(out.join('\n')).toContain(`import { shop } from ${JSON.stringify(shopModule)}`);
    expect(notes).toContain('NOT SOUND');
  });

  test('ends with 1 where it could not look at everything', async () => {
    const { code, out } = await run(['check', shopModule, '--limit', '20']);
    expect(code).toBe(1);
    expect(out.join('\n')).toContain('sound as far as it was explored');
    expect(out.join('\n')).toContain('NOT EXPLORED');
  });

  test('takes the description of a saga of another engine', async () => {
    const description = JSON.stringify({
      name: 'theirs',
      steps: [
        { name: 'a', undo: 'after' },
        { name: 'b', undo: 'after' },
      ],
    });
    const { code, out } = await run(['check', '--foreign', description]);
    expect(code).toBe(1);
    expect(out.join('\n')).toContain('the effect of a is left behind');
    const sound = { name: 'ours', steps: [{ name: 'a', undo: 'before', guarantee: 'barrier' }] };
    expect(await run(['check', '--foreign', '-', '--json'], { stdin: JSON.stringify(sound) })).toMatchObject({
      code: 0,
    });
  });

  test.each([
    [[], 'nothing to check'],
    [['--foreign', '{"name":"x"}'], 'is written'],
    [['--foreign', '{', '--json'], 'is no JSON'],
    [['--foreign', '{"name":"x","steps":[{"name":"a","undo":"after"}]}', '-o', 'svg'], 'has no chart'],
    [['x.js', '--participant', 'payment=good'], 'name=barrier'],
  ])('refuses what makes no sense: %j', async (argv, words) => {
    const ran = await run(['check', ...argv]);
    expect(ran.code).toBe(2);
    expect(ran.notes).toContain(words);
  });
});

const serverUrl = inject('postgresUrl');

describe.skipIf(serverUrl === undefined)('what sagas in PostgreSQL did', () => {
  let database: Awaited<ReturnType<typeof createDatabase>>;
  let folder = '';

  beforeAll(async () => {
    database = await createDatabase(serverUrl ?? '');
    folder = mkdtempSync(join(tmpdir(), 'sagachart-coverage-'));
    const store = await createPostgresStore({ url: database.url });
    const node = await createOrchestrator({ store, transport: new ScriptedParticipants(), sagas: [shop] });
    await node.start('shop', {}, { id: 'a' });
    await node.settled('a', { timeout: 10_000 });
    await node.close();
    await store.close();
  });

  afterAll(async () => {
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  const cli = (...argv: readonly string[]) => run(argv, { cwd: folder, env: { DATABASE_URL: database.url } });

  test('is counted on their charts', async () => {
    const { code, out } = await cli('coverage', shopModule);
    expect(code).toBe(0);
    expect(out[0]).toMatch(/^shop@1: [1-9]\d* of \d+ transitions taken/);
    expect(JSON.parse((await cli('coverage', shopModule, '--json')).out[0] ?? '')).toMatchObject({
      taken: { 'running.ship.executing: ship.succeeded → completed': 1 },
    });
    expect((await cli('coverage', shopModule, '-o', 'svg')).out[0]).toMatch(/^<svg /);
    expect(await cli('coverage', sagasModule, '-o', 'svg')).toMatchObject({ code: 2 });
  });

  test('is what their journals say', async () => {
    expect(await cli('conformance', shopModule)).toMatchObject({
      code: 0,
      out: [],
      notes: '1 sagas replayed, 0 differ',
    });
    writeFileSync(
      join(folder, 'other.ts'),
      `export { quick } from ${JSON.stringify(shopModule.replace('sagas.ts', 'quick-shop.ts'))};`,
    );
    const { notes } = await cli('conformance', 'other.ts');
    expect(notes).toContain('not known here: 1 of shop@1');
  });
});
