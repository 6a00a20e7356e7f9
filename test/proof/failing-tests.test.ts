import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { run } from '../cli/in-process.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const core = JSON.stringify(join(root, 'src/core/definition.ts'));

/** Sagas that are wrong in different ways, exported in every way that a module can. */
const broken = `import { defineSaga } from ${core};
const stray = defineSaga('stray-undo').step('book', { action: 'hotel.book', compensation: 'office.cancel' });
export const guardedSaga = defineSaga('guarded')
  .step('look', { kind: 'readonly', action: 'hotel.look', when: ({ input }) => input.wanted.length > 0 })
  .step('book', { action: 'hotel.book', compensation: 'office.cancel' });
export const all = [stray];
export default defineSaga('slow').step('look', { kind: 'readonly', action: 'hotel.look' }).waitFor('approval');
`;

test('tests that check writes import what the module exports, and each of them fails', async () => {
  const folder = mkdtempSync(join(root, 'test/proof/failing-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const module = join(folder, 'sagas.ts');
  writeFileSync(module, broken);
  const { out } = await run(['check', module, '-o', 'test']);
  const texts = out.join('\n').split(/(?=import \{ given \})/);
  expect(texts).toHaveLength(3);
  mkdirSync(join(folder, 'written'));
  for (const [index, text] of texts.entries())
    writeFileSync(join(folder, 'written', `written${index}.test.ts`), text);
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const config = join(root, 'test/proof/generated.config.ts');
  const argv = [vitest, 'run', '--config', config, '--dir', join(folder, 'written'), '--reporter', 'json'];
  const { stdout } = await promisify(execFile)(process.execPath, argv, { cwd: root }).catch(
    (error: { stdout: string }) => error,
  );
  const { testResults } = JSON.parse(stdout) as {
    testResults: readonly {
      readonly assertionResults: readonly {
        readonly title: string;
        readonly status: string;
        readonly failureMessages: readonly string[];
      }[];
    }[];
  };
  const results = testResults.flatMap(({ assertionResults }) => assertionResults);
  expect(results.map(({ title, status }) => `${status} ${title}`).toSorted()).toEqual([
    'failed does not come to this: nothing ends the wait in running.approval.waiting but an answer',
    'failed does not come to this: the effect of book is left behind',
    'failed does not come to this: the effect of book is left behind',
  ]);
  const messages = results.flatMap(({ failureMessages }) => failureMessages).join('\n');
  expect(messages).toContain('the effect of book is left behind');
  expect(messages).toContain('hasAlarm');
}, 120_000);
