import { readdir, readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildPage } from './page-world.ts';

/** As much as the page may weigh, gzipped, all its files together; bytes. */
const most = 60_000;

describe('the built page', () => {
  const files = new Map<string, string>();
  let remove = () => Promise.resolve();

  beforeAll(async () => {
    const built = await buildPage();
    ({ remove } = built);
    const names = await readdir(built.folder, { recursive: true });
    for (const name of names.filter((one) => /\.\w+$/.test(one)))
      files.set(name, await readFile(new URL(name, built.folder), 'utf8'));
  });
  afterAll(() => remove());

  it('weighs no more than 60 kB', () => {
    const sizes = [...files.values()].map((text) => gzipSync(text, { level: 9 }).length);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(most);
    expect([...files.keys()].map((name) => name.replace(/-[\w-]+\./, '.')).toSorted()).toEqual([
      'assets/index.css',
      'assets/index.js',
      'index.html',
    ]);
  });

  it('has no script and no style in its HTML, and names no other server', () => {
    const html = files.get('index.html') ?? '';
    expect(html).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/);
    const named = [...files.values()].flatMap(
      (text) => text.match(/(?:https?:)?\/\/[a-z][\w.-]+\.[a-z]{2,}/g) ?? [],
    );
    // The namespaces of XML, and the inspector that a button opens.
    expect([...new Set(named)].toSorted()).toEqual(['http://www.w3.org', 'https://stately.ai']);
    expect([...files.values()].some((text) => /\beval\(|new Function\(/.test(text))).toBe(false);
  });
});
