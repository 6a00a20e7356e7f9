import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { startCliWithTsx } from './cli-process.ts';
import { run } from './in-process.ts';

const source = fileURLToPath(new URL('../../src/core/definition.ts', import.meta.url));
const participants = fileURLToPath(new URL('./dev-participants.ts', import.meta.url));

/** A module of sagas as its author has it at some moment. */
const define = (...names: readonly string[]) => `
  import { defineSaga } from '${source}';
  const names: readonly string[] = ${JSON.stringify(names)};
  export default names.map((name) => defineSaga(name).step('ping', { kind: 'readonly', action: 'shop.ping' }));
`;

/** `sagachart dev` in a folder of its own, with TypeScript as it is written. */
function startDev(code: string) {
  const folder = mkdtempSync(join(tmpdir(), 'sagachart-dev-'));
  const module = join(folder, 'sagas.mts');
  const save = (text: string) => writeFileSync(module, text);
  save(code);
  const env = {
    SAGACHART_DATA: join(folder, 'data'),
    SAGACHART_NATS_PORT: '0',
    SAGACHART_PORT: '0',
    SAGACHART_LEASE_TTL: '1s',
  };
  const dev = startCliWithTsx(['dev', 'sagas.mts', '-p', participants], { env, cwd: folder });
  onTestFinished(async () => {
    await dev.stop('SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  });
  return { dev, save };
}

test('a module of sagas is tried out with one command, started again when it changes, and waited for while it is broken', async () => {
  const { dev, save } = startDev('export const = 1;');
  await expect.poll(dev.stderr, { timeout: 40_000 }).toContain('it is started again when a file changes');
  expect(dev.stderr()).toContain('cannot be loaded');

  save(define('first'));
  const url = await dev.until(/first@1[^]*API +(http:\S+)/);
  const started = await run(['start', 'first', '--id', 'f1', '--input', '{}', '--wait', '--url', url]);
  expect(started).toMatchObject({ code: 0, out: ['first@1 f1 completed'] });
  expect((await run(['participants', '--url', url])).out.join('\n')).toMatch(/^shop +1\.0\.0 +1 +1 +0 /m);

  save(define('first', 'second'));
  const again = await dev.until(/second@1[^]*API +(http:\S+)/);
  const listed = await run(['ls', '--json', '--url', again]);
  expect(listed.out.map((line) => (JSON.parse(line) as { id: string }).id)).toEqual(['f1']);
  expect(dev.stderr()).toContain('a file changed: starting again');
  expect([await dev.stop('SIGINT'), dev.stderr()]).toEqual([0, expect.any(String)]);
}, 90_000);

test('without a module to be found it says where it looked', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sagachart-dev-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const ended = await run(['dev', '--no-watch'], { cwd: folder });
  expect(ended).toMatchObject({ code: 2, notes: expect.stringContaining(`no module of sagas in ${folder}`) });
  copyFileSync(participants, join(folder, 'empty.ts'));
  writeFileSync(join(folder, 'sagas.mts'), define('a'));
  writeFileSync(join(folder, 'none.mjs'), 'export const x = 1;\n');
  const none = await run(['dev', '--no-watch', '-p', 'none.mjs', '--log-level', 'silent'], { cwd: folder });
  expect(none).toMatchObject({
    code: 2,
    notes: expect.stringContaining("exports no function 'participants'"),
  });
});
