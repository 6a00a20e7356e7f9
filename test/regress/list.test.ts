import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const lines = readFileSync(`${root}docs/regressions.md`, 'utf8')
  .split('\n')
  .filter((line) => /^\| T\d\d \|/.test(line));

it('holds every report once, in order', () => {
  const ids = lines.map((line) => line.slice(2, 5));
  expect(ids).toEqual(Array.from({ length: 70 }, (_, index) => `T${String(index + 1).padStart(2, '0')}`));
});

it.each(lines.map((line) => [line.slice(2, 5), line] as const))(
  '%s names tests that there are, or says why it does not apply',
  (_id, line) => {
    const tests = [...line.matchAll(/`([^`#]+)#([^`]+)`/g)];
    if (tests.length === 0) expect(line).toMatch(/Does not apply: .{20,}/);
    for (const [, file = '', name = ''] of tests) {
      const names = readFileSync(`${root}${file}`, 'utf8').match(/(['"`])(?:(?!\1).)+\1/g) ?? [];
      expect(
        names.filter((text) => text.includes(name)),
        `${file} has a test "${name}"`,
      ).not.toEqual([]);
    }
  },
);
