import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { loadSagas } from '../../src/cli/load-sagas.ts';
import { parsed } from './api-world.ts';
import { run, sagasModule } from './in-process.ts';

const source = fileURLToPath(new URL('../../src/core/definition.ts', import.meta.url));

/** A directory with a module in it. */
function folderWith(name: string, code: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'sagachart-module-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, name), code.replaceAll('SAGACHART', source));
  return folder;
}

const define = `import { defineSaga } from 'SAGACHART';\nconst a = defineSaga('a').step('s', { kind: 'readonly', action: 'p.s' });\n`;

test('definitions are found under any name, alone and in lists, each once', async () => {
  const cwd = folderWith(
    'sagas.mjs',
    `${define}export { a, a as again };\nexport const rest = null;\nexport function f() {}\nexport default [a, defineSaga('b').step('s', { kind: 'readonly', action: 'p.s' }), 7];`,
  );
  expect((await loadSagas(cwd, ['sagas.mjs', './sagas.mjs'])).map(({ name }) => name).toSorted()).toEqual([
    'a',
    'b',
  ]);
});

test.each([
  ['none.mjs', '', 'there is no module'],
  ['.', '', 'there is no module'],
  ['sagas.mjs', 'export const x = 1;', 'exports no saga definition'],
  ['sagas.mjs', 'export const = 1;', 'cannot be loaded'],
  ['sagas.mjs', "throw new Error('no database');", 'no database'],
  ['sagas.mjs', "import 'nowhere-to-be-found';", 'cannot be loaded'],
  ['sagas.mjs', `${define}export const bad = defineSaga('bad');`, "saga 'bad'"],
])('a module that cannot be used is refused: %s %j', async (module, code, words) => {
  const cwd = folderWith('sagas.mjs', code);
  const ran = await run(['definitions', '--module', module], { cwd });
  expect(ran).toMatchObject({ code: 2, out: [] });
  expect(ran.notes).toContain(words);
});

test('definitions and charts are read from a module without any node', async () => {
  expect(
    parsed((await run(['definitions', '-m', sagasModule, '--json'])).out).map(({ name }) => name),
  ).toEqual(expect.arrayContaining(['order', 'ping']));
  expect((await run(['chart', 'order', '-m', sagasModule])).out.join('\n')).toContain('stateDiagram-v2');
  expect(
    JSON.parse((await run(['chart', 'order@1', '-m', sagasModule, '-o', 'json'])).out.join('\n')),
  ).toMatchObject({ name: 'order' });
  expect(
    JSON.parse((await run(['chart', 'order', '-m', sagasModule, '-o', 'machine'])).out.join('\n')),
  ).toMatchObject({ id: 'order' });
  expect((await run(['chart', 'order', '-m', sagasModule, '-o', 'svg'])).out.join('\n')).toMatch(
    /^<svg [^]*<\/svg>$/,
  );
  expect((await run(['chart', 'order', '-m', sagasModule, '-o', 'sequence'])).out.join('\n')).toContain(
    'sequenceDiagram',
  );
  expect(await run(['chart', 'nothing', '-m', sagasModule])).toMatchObject({
    code: 3,
    notes: expect.stringContaining('order@1'),
  });
  expect(await run(['chart', 'order', '-m', sagasModule, '--saga'])).toMatchObject({ code: 2 });
});
