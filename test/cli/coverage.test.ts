import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { ModelCoverage } from '../../src/testing/coverage.ts';
import { given } from '../../src/testing/given.ts';
import { shop } from '../proof/sagas.ts';
import { run } from './in-process.ts';

const shopModule = fileURLToPath(new URL('../proof/sagas.ts', import.meta.url));

/** What tests of the shop wrote down. */
function written(): string {
  const coverage = new ModelCoverage(shop);
  given(shop, { coverage }).when('charge.refused').then();
  given(shop, { coverage }).then();
  return JSON.stringify(coverage.report);
}

test('what tests covered is printed, and drawn on the chart', async () => {
  const text = await run(['coverage', shopModule, '--tests', '-'], { stdin: written() });
  expect(text).toMatchObject({ code: 0 });
  expect(text.out[0]).toMatch(/^shop@1: [1-9]\d* of \d+ transitions taken/);
  const drawn = await run(['coverage', shopModule, '--tests', `[${written()}]`, '-o', 'svg']);
  const taken = (svg: string | undefined) => svg?.match(/class="[^"]*\btaken\b/g)?.length ?? 0;
  expect(drawn.out[0]).toMatch(/^<svg /);
  const nothing = JSON.stringify(new ModelCoverage(shop).report);
  const untouched = await run(['coverage', shopModule, '--tests', nothing, '-o', 'svg']);
  // The legend names it, too.
  expect(taken(untouched.out[0])).toBeLessThan(2);
  expect(taken(drawn.out[0])).toBeGreaterThan(taken(untouched.out[0]) + 3);
});

test('what is no report of tests is refused', async () => {
  const ran = await run(['coverage', shopModule, '--tests', '{"saga":"shop"}']);
  expect(ran).toMatchObject({ code: 2, notes: expect.stringContaining('ModelCoverage') as string });
});
