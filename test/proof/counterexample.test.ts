import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { replay } from '../../src/runtime/replay.ts';
import { stateText } from '../../src/core/snapshot.ts';
import type { SagaLogic } from '../../src/core/transition.ts';
import { toFailingTest } from '../../src/proof/failing-test.ts';
import { toPathMermaid } from '../../src/proof/path-mermaid.ts';
import { proof } from '../../src/proof/proof.ts';
import { storyLines } from '../../src/proof/report-text.ts';
import { given } from '../../src/testing/given.ts';
import { shop } from './sagas.ts';

const participants = { payment: 'idempotent' } as const;
const [left] = proof(shop, { participants }).counterexamples;
if (left === undefined) throw new Error('the proof found nothing');

test('a counterexample is a story', () => {
  expect(storyLines(left)).toEqual([
    '1. inventory.reserve does reserve, and answers.',
    '2. No answer from payment.charge within 2 s; the command is still on its way.',
    '3. A person says: cancel.',
    '4. payment.refund undoes charge, and answers.',
    '5. inventory.release undoes reserve, and answers.',
    '6. Late, the command arrives at payment.charge.',
  ]);
});

test('a counterexample is a journal that the real machine gives again', () => {
  const logic = { plan: shop.plan, machine: shop.machine as unknown as SagaLogic['machine'] };
  const snapshot = replay(logic, { id: 'counterexample', deadlineAt: null }, left.journal);
  expect(stateText(snapshot)).toBe('compensated');
  expect(left.snapshot?.value).toBe('compensated');
});

test('attempts that were folded are told in full', () => {
  const report = proof(shop, { participants: { payment: 'plain' } });
  const found = report.counterexamples.flatMap(({ lines }) => lines.map(({ name }) => name));
  expect(found.length).toBeGreaterThan(0);
  const exhausted = report.needs.flatMap(({ because }) => because.map(({ story }) => story));
  for (const { lines, journal } of exhausted) expect(journal.length).toBeLessThanOrEqual(lines.length + 1);
});

test('a counterexample is a chart with the path in it', () => {
  const text = toPathMermaid(left);
  expect(text).toContain('state "compensating.charge.executing"');
  expect(text).toMatch(/s\d --> s\d : 6\. charge\.arrives/);
});

test('a counterexample is a test that fails, until the defect is mended', async () => {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const folder = mkdtempSync(join(root, 'test/proof/failing-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const run = async (text: string) => {
    writeFileSync(join(folder, 'generated.test.ts'), text);
    const vitest = join(root, 'node_modules/vitest/vitest.mjs');
    const config = join(root, 'test/proof/generated.config.ts');
    return promisify(execFile)(process.execPath, [vitest, 'run', '--config', config, '--dir', folder], {
      cwd: root,
    })
      .then(({ stdout }) => ({ code: 0, stdout }))
      .catch((error: { code: number; stdout: string }) => error);
  };
  const options = { exportName: 'shop', module: '../sagas.ts' };
  const broken = await run(toFailingTest(left, { ...options, participants }));
  expect(broken.code).toBe(1);
  expect(broken.stdout).toContain('the effect of charge is left behind');
  expect((await run(toFailingTest(left, options))).code).toBe(0);
}, 120_000);

test('what the test says, given says at once', () => {
  const names = left.lines.map(({ name }) => name);
  expect(() =>
    given(shop, { participants })
      .when(...names)
      .then(),
  ).toThrow(left.what);
});
