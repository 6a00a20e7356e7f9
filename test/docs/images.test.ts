import { readdirSync, readFileSync, statSync } from 'node:fs';
import { expect, test } from 'vitest';

const root = new URL('../../', import.meta.url);
const docs = new URL('docs/', root);
const images = new URL('images/', docs);
const texts = [
  new URL('README.md', root),
  ...readdirSync(docs)
    .filter((name) => name.endsWith('.md'))
    .map((name) => new URL(name, docs)),
].map((file) => readFileSync(file, 'utf8'));

test('every picture of the docs is there, in both themes, and none that nothing shows', () => {
  const shown = texts.flatMap((text) =>
    [...text.matchAll(/images\/([\w-]+\.png)/g)].map(([, name]) => name ?? ''),
  );
  expect(shown.length).toBeGreaterThan(10);
  expect(readdirSync(images).toSorted()).toEqual([...new Set(shown)].toSorted());
  const themes = (theme: string) => shown.filter((name) => name.endsWith(`-${theme}.png`)).length;
  expect(new Set(shown.map((name) => name.replace(/-(?:light|dark)\.png$/, ''))).size).toBeLessThanOrEqual(
    Math.min(themes('light'), themes('dark')),
  );
});

test('they stay small: a clone pays for all of them', () => {
  const sizes = readdirSync(images).map((name) => statSync(new URL(name, images)).size);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(5_000_000);
});
